using Org.BouncyCastle.Asn1;
using Org.BouncyCastle.Asn1.X509;
using Org.BouncyCastle.Tls;
using Org.BouncyCastle.Tls.Crypto;
using Org.BouncyCastle.Tls.Crypto.Impl.BC;
using TlsFsm.Abstractions.Words;
using TlsFsm.Core.BouncyCastle.Library;
using TlsFsm.Core.Certificates;
using TlsFsm.Core.Strictness;

namespace TlsFsm.Core.BouncyCastle.Identity;

/// <summary>A peer's certificate whose signatures the platform checks, and only by the schemes of <see cref="SecurityPolicy"/>.</summary>
/// <remarks>BouncyCastle takes 14 ms to read an RSA-2048 key, because it tests the modulus; the platform takes 0.1 ms.</remarks>
internal sealed class NativeCertificate(BcTlsCrypto crypto, HandshakeFacts facts, byte[] encoding)
    : BcTlsCertificate(crypto, StructureOf(encoding))
{
    // BouncyCastle's objects for ASN.1 do not change. One of these is 13 kB, and takes as long to make as half a signature.
    private static readonly ContentMemory<X509CertificateStructure> Known =
        new(KnownCertificates.Capacity, KnownCertificates.MaxSize);

    private readonly byte[] _encoding = encoding;

    /// <summary>As it came; BouncyCastle would put it together again. Not to be written to.</summary>
    public override byte[] GetEncoded() => _encoding;

    /// <summary>TLS 1.3: the scheme names hash and curve.</summary>
    public override Tls13Verifier CreateVerifier(int signatureScheme) => Create(signatureScheme, isTls13: true);

    /// <summary>TLS 1.2: the hash comes with the signature.</summary>
    public override TlsVerifier CreateVerifier(short signatureAlgorithm) => new Verifier12(scheme => Create(scheme, isTls13: false));

    // BouncyCastle would look for the staple of TLS 1.3 in the wrong message and refuse every certificate that demands one. Ours is the
    // check that counts.
    public override byte[] GetExtension(DerObjectIdentifier extensionOid) =>
        TlsObjectIdentifiers.id_pe_tlsfeature.Equals(extensionOid) ? null! : base.GetExtension(extensionOid);

    /// <summary>Kept of what the platform's reading is kept of too: certificates that were on good chains.</summary>
    private static X509CertificateStructure StructureOf(byte[] encoding)
    {
        if (Known.Find(encoding) is { } known)
            return known;

        var read = ParseCertificate(encoding);
        if (KnownCertificates.Has(encoding))
            Known.Keep(encoding, () => read);
        return read;
    }

    private bool MaySign()
    {
        try
        {
            ValidateKeyUsage(KeyUsage.DigitalSignature);
            return true;
        }
        catch (TlsFatalAlert)
        {
            return false;
        }
    }

    private SignatureVerifier Create(int scheme, bool isTls13)
    {
        // Where our own checks of certificates were not asked for, this one is made all the same (RFC 8446 section 4.4.2.2).
        if (facts.Policy.Permits(scheme, isTls13) && !MaySign())
            throw Faults.Carry(new TlsCertificateException(
                $"The peer's certificate '{SafeText.Of(X509CertificateStructure.Subject.ToString(), 160)}' cannot be used: its key usage "
                + "does not let it sign a handshake (no digitalSignature).",
                CertificateFaults.WrongUsage.Alert, "usage", certificate: null, host: null));
        return PeerKey.CreateVerifier(
            facts, SubjectPublicKeyInfo, scheme, isTls13,
            () => $"certificate '{SafeText.Of(X509CertificateStructure.Subject.ToString(), 160)}'");
    }
}

/// <summary>A peer's bare public key (RFC 7250), as <see cref="NativeCertificate"/>.</summary>
internal sealed class NativeRawKey(BcTlsCrypto crypto, HandshakeFacts facts, byte[] encoding) : BcTlsRawKeyCertificate(crypto, encoding)
{
    public override Tls13Verifier CreateVerifier(int signatureScheme) =>
        PeerKey.CreateVerifier(facts, SubjectPublicKeyInfo, signatureScheme, isTls13: true, static () => "raw public key");

    public override TlsVerifier CreateVerifier(short signatureAlgorithm) => new Verifier12(
        scheme => PeerKey.CreateVerifier(facts, SubjectPublicKeyInfo, scheme, isTls13: false, static () => "raw public key"));
}

/// <summary>TLS 1.2 asks for a verifier before it says which hash was used.</summary>
internal sealed class Verifier12(Func<int, SignatureVerifier> create) : TlsVerifier
{
    /// <summary>For a scheme that hashes by itself, and so wants the whole message.</summary>
    public TlsStreamVerifier GetStreamVerifier(DigitallySigned digitallySigned) =>
        SignatureScheme.From(digitallySigned.Algorithm) == SignatureScheme.ed25519
        ? new MessageVerifier(create(SignatureScheme.ed25519), digitallySigned.Signature)
        : null!;

    public bool VerifyRawSignature(DigitallySigned digitallySigned, byte[] hash) =>
        ((NativeVerifier)create(SignatureScheme.From(digitallySigned.Algorithm))).VerifyHash(hash, digitallySigned.Signature);

    private sealed class MessageVerifier(SignatureVerifier verifier, byte[] signature) : TlsStreamVerifier
    {
        public Stream Stream => verifier.Stream;

        public bool IsVerified() => verifier.VerifySignature(signature);
    }
}
