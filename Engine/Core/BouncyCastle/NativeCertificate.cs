using System.Security.Cryptography;
using Org.BouncyCastle.Asn1;
using Org.BouncyCastle.Asn1.X509;
using Org.BouncyCastle.Tls;
using Org.BouncyCastle.Tls.Crypto;
using Org.BouncyCastle.Tls.Crypto.Impl.BC;
using TlsFsm.Abstractions;

namespace TlsFsm.Core.BouncyCastle;

/// <summary>A peer's certificate whose signatures the platform checks, and only by the schemes of <see cref="SecurityPolicy"/>.</summary>
/// <remarks>BouncyCastle takes 14 ms to read an RSA-2048 key, because it tests the modulus; the platform takes 0.1 ms.</remarks>
internal sealed class NativeCertificate(NativeCrypto crypto, byte[] encoding) : BcTlsCertificate(crypto, encoding)
{
    private const string EcdsaKey = "1.2.840.10045.2.1";
    private const string RsaKey = "1.2.840.113549.1.1.1";
    private const string P256 = "1.2.840.10045.3.1.7";
    private const string P384 = "1.3.132.0.34";
    private const string P521 = "1.3.132.0.35";

    /// <summary>Its bytes as the peer sent them.</summary>
    public byte[] Presented { get; } = encoding;

    /// <summary>TLS 1.3: the scheme names hash and curve.</summary>
    public override Tls13Verifier CreateVerifier(int signatureScheme) => Create(signatureScheme, isTls13: true);

    /// <summary>TLS 1.2: the hash comes with the signature.</summary>
    public override TlsVerifier CreateVerifier(short signatureAlgorithm) => new Verifier12(this);

    private NativeVerifier Create(int scheme, bool isTls13)
    {
        if (!SecurityPolicy.Permits(scheme, isTls13))
            throw new TlsFatalAlert(AlertDescription.illegal_parameter, $"the signature scheme {SignatureScheme.GetName(scheme)} is not allowed here");

        ValidateKeyUsage(KeyUsage.DigitalSignature);
        var isEcdsa = SignatureScheme.IsECDsa(scheme);
        var key = ReadKey(isEcdsa);
        if (isTls13 && isEcdsa && CurveOf(scheme) != CurveOid())
        {
            key.Dispose();
            throw new TlsFatalAlert(
                AlertDescription.illegal_parameter, $"the signature scheme {SignatureScheme.GetName(scheme)} does not fit the curve of the certificate's key");
        }

        crypto.RememberPeerSignature(scheme);
        return new NativeVerifier(key, PublicKeys.NameOf(Presented), HashOf(scheme),
            SignatureScheme.IsRsaPss(scheme) ? RSASignaturePadding.Pss : RSASignaturePadding.Pkcs1);
    }

    private AsymmetricAlgorithm ReadKey(bool isEcdsa)
    {
        var algorithm = SubjectPublicKeyInfo.Algorithm.Algorithm.Id;
        if (algorithm != (isEcdsa ? EcdsaKey : RsaKey))
            throw new TlsFatalAlert(AlertDescription.illegal_parameter, "the signature is of another kind than the certificate's key");
        if (isEcdsa && CurveOid() is not (P256 or P384 or P521))
            throw Unusable($"its curve ({CurveOid() ?? "unnamed"}) is none of P-256, P-384, P-521");

        // It was put there after the checks below.
        if (PublicKeys.Borrow(PublicKeys.NameOf(Presented)) is { } known)
            return known;

        AsymmetricAlgorithm key = isEcdsa ? ECDsa.Create() : RSA.Create();
        try
        {
            key.ImportSubjectPublicKeyInfo(SubjectPublicKeyInfo.GetEncoded(Asn1Encodable.Der), out _);
        }
        catch (CryptographicException e)
        {
            key.Dispose();
            throw Unusable($"its key cannot be read: {e.Message}");
        }

        if (!isEcdsa && key.KeySize is < SecurityPolicy.MinRsaKeyBits or > SecurityPolicy.MaxRsaKeyBits)
        {
            var bits = key.KeySize;
            key.Dispose();
            throw Unusable($"its RSA key has {bits} bits; {SecurityPolicy.MinRsaKeyBits} to {SecurityPolicy.MaxRsaKeyBits} are accepted");
        }

        return key;
    }

    private string? CurveOid() => (SubjectPublicKeyInfo.Algorithm.Parameters as DerObjectIdentifier)?.Id;

    private static string CurveOf(int scheme) => scheme switch
    {
        SignatureScheme.ecdsa_secp256r1_sha256 => P256,
        SignatureScheme.ecdsa_secp384r1_sha384 => P384,
        _ => P521,
    };

    private static HashAlgorithmName HashOf(int scheme) => SignatureScheme.GetCryptoHashAlgorithm(scheme) switch
    {
        CryptoHashAlgorithm.sha256 => HashAlgorithmName.SHA256,
        CryptoHashAlgorithm.sha384 => HashAlgorithmName.SHA384,
        _ => HashAlgorithmName.SHA512,
    };

    private TlsFatalAlert Unusable(string why) => Faults.Carry(new TlsCertificateException(
        $"The peer's certificate '{X509CertificateStructure.Subject}' cannot be used: {why}.", TlsAlert.BadCertificate, "key", certificate: null, host: null));

    /// <summary>TLS 1.2 asks for a verifier before it says which hash was used.</summary>
    private sealed class Verifier12(NativeCertificate certificate) : TlsVerifier
    {
        public TlsStreamVerifier GetStreamVerifier(DigitallySigned digitallySigned) => null!;

        public bool VerifyRawSignature(DigitallySigned digitallySigned, byte[] hash) =>
            certificate.Create(SignatureScheme.From(digitallySigned.Algorithm), isTls13: false).VerifyHash(hash, digitallySigned.Signature);
    }
}
