using System.Net.Security;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Org.BouncyCastle.Asn1.Ocsp;
using Org.BouncyCastle.Crypto.Parameters;
using Org.BouncyCastle.Tls;
using Org.BouncyCastle.Tls.Crypto;
using Org.BouncyCastle.Tls.Crypto.Impl.BC;
using TlsFsm.Abstractions.Policy;
using TlsFsm.Core.BouncyCastle.Library;
using TlsFsm.Core.BouncyCastle.Replay;
using TlsFsm.Core.Certificates;
using TlsFsm.Core.Options;
using CertificateStatus = Org.BouncyCastle.Tls.CertificateStatus;

namespace TlsFsm.Core.BouncyCastle.Identity;

/// <summary>A credential in the forms in which TLS 1.3 and 1.2 present it, made once for all its connections.</summary>
internal sealed class PresentableCredential
{
    private static readonly ConditionalWeakTable<TlsCredential, PresentableCredential> Known = [];

    private readonly Certificate _chain12;
    private readonly CertificateEntry[] _entries13;
    private readonly Certificate _chain13;
    private readonly CertificateEntry[] _rawKey;
    private readonly int _ownScheme;
    private readonly int _rsaBytes;

    private PresentableCredential(TlsCredential source)
    {
        Source = source;
        var crypto = new BcTlsCrypto();
        var certificates = source.Intermediates.Prepend(source.Certificate)
            .Select(TlsCertificate (one) => new OwnCertificate(crypto, one.RawData))
            .ToArray();
        _chain12 = new Certificate(certificates);
        _entries13 = [.. certificates.Select(one => new CertificateEntry(one, null))];
        _chain13 = new Certificate(TlsUtilities.EmptyBytes, _entries13);

        var key = source.Certificate.PublicKey.ExportSubjectPublicKeyInfo();
        CertificateIdentity = SHA256.HashData(source.Certificate.RawData);
        KeyIdentity = SHA256.HashData(key);
        _rawKey = [new CertificateEntry(crypto.CreateCertificate(CertificateType.RawPublicKey, key), null)];
        using var ecdsa = source.Certificate.GetECDsaPublicKey();
        (_ownScheme, Curve) = ecdsa?.KeySize switch
        {
            256 => (SignatureScheme.ecdsa_secp256r1_sha256, NamedGroup.secp256r1),
            384 => (SignatureScheme.ecdsa_secp384r1_sha384, NamedGroup.secp384r1),
            521 => (SignatureScheme.ecdsa_secp521r1_sha512, NamedGroup.secp521r1),
            _ => (source.Certificate.PublicKey.Oid.Value == PeerKey.Ed25519 ? SignatureScheme.ed25519 : -1, -1),
        };
        using var rsa = source.Certificate.GetRSAPublicKey();
        _rsaBytes = (rsa?.KeySize ?? 0) / 8;
    }

    public TlsCredential Source { get; }

    /// <summary>The hash of the certificate.</summary>
    public byte[] CertificateIdentity { get; }

    /// <summary>The hash of the bare key.</summary>
    public byte[] KeyIdentity { get; }

    /// <summary>The curve that an ECDSA key is on; negative for the others.</summary>
    public int Curve { get; }

    /// <summary>Whether the key is RSA; otherwise it is ECDSA or Ed25519, which TLS 1.2 treats alike (RFC 8422 section 5.10).</summary>
    public bool IsRsa => _ownScheme < 0;

    /// <summary>Whether a suite of TLS 1.2 is signed with a key of this kind.</summary>
    public bool IsFor(int suite) =>
        SupportedSuites.KindOf((TlsCipherSuite)suite) == (IsRsa ? SuiteKind.EcdheRsa : SuiteKind.EcdheEcdsa);

    /// <summary>The presentable form of a credential, the same one each time.</summary>
    public static PresentableCredential Of(TlsCredential credential) =>
        Known.GetValue(credential, static one => new PresentableCredential(one));

    /// <summary>Refuses a credential whose key is another's.</summary>
    /// <exception cref="ArgumentException">It is.</exception>
    public static void CheckKeys(IReadOnlyList<TlsCredential> credentials, string parameter)
    {
        foreach (var credential in credentials)
        {
            if (KeyFaultOf(credential) is { } fault)
                throw new ArgumentException($"A credential cannot be presented: {fault}.", parameter);
        }
    }

    /// <summary>
    /// Whether an Ed25519 key is not its certificate's, in words; null when it is. Of the other kinds the platform has seen to it when the
    /// two were joined.
    /// </summary>
    public static string? KeyFaultOf(TlsCredential credential) =>
        credential is { Ed25519: { } key, DangerousPresentUnfit: false }
        && !credential.Certificate.PublicKey.EncodedKeyValue.RawData.AsSpan().SequenceEqual(
            new Ed25519PrivateKeyParameters(key).GeneratePublicKey().GetEncoded())
            ? $"its Ed25519 key does not belong to the certificate {CertificateText.NameOf(credential.Certificate)}" : null;

    /// <summary>A signer by a scheme that the peer takes and that fits the key.</summary>
    /// <param name="accepted">The peer's signature algorithms; null when it named none.</param>
    /// <param name="isTls13">TLS 1.3 or 1.2.</param>
    /// <param name="requestContext">TLS 1.3: the context of the request that is answered; empty on a server.</param>
    /// <param name="policy">What we sign with at all, most wanted first.</param>
    /// <param name="staple">TLS 1.3: an OCSP response to send with the certificate; null or empty for none.</param>
    /// <param name="isRaw">Whether the bare key is presented in place of the certificate.</param>
    /// <param name="tape">For a key that is somewhere else.</param>
    /// <returns>Null when no scheme fits.</returns>
    public NativeSigner? SignerFor(
        IList<SignatureAndHashAlgorithm>? accepted, bool isTls13, byte[] requestContext, SecurityPolicy policy, byte[]? staple = null,
        bool isRaw = false, HandshakeTape? tape = null)
    {
        var scheme = SelectScheme(accepted, isTls13, policy);
        if (scheme < 0)
            return null;

        // RFC 7250 section 3: the key in place of the chain.
        var chain = isRaw ? new Certificate(CertificateType.RawPublicKey, isTls13 ? requestContext : null, _rawKey)
            : !isTls13 ? _chain12
            : staple is { Length: > 0 } ? new Certificate(requestContext, [WithStaple(staple), .. _entries13[1..]])
            : requestContext.Length == 0 ? _chain13
            : new Certificate(requestContext, _entries13);
        return new NativeSigner(this, chain, scheme) { Tape = tape };
    }

    /// <summary>RFC 8446 section 4.4.2.1: the response is an extension of the leaf.</summary>
    private CertificateEntry WithStaple(byte[] staple)
    {
        var status = new MemoryStream();
        new CertificateStatus(CertificateStatusType.ocsp, OcspResponse.GetInstance(staple)).Encode(status);
        return new CertificateEntry(
            _entries13[0].Certificate, new Dictionary<int, byte[]> { [ExtensionType.status_request] = status.ToArray() });
    }

    /// <summary>The scheme that this key signs with for a peer that takes these; negative when none fits.</summary>
    public int SelectScheme(IList<SignatureAndHashAlgorithm>? accepted, bool isTls13, SecurityPolicy policy)
    {
        // RFC 5246 section 7.4.1.4.1 reads a missing list as SHA-1, which we do not sign with.
        if (accepted is null)
            return -1;

        foreach (var scheme in Candidates(isTls13, policy))
        {
            // RFC 8446 section 4.2.3: PKCS#1 v1.5 signs no handshake of TLS 1.3.
            if (!(isTls13 && PolicyRules.IsPkcs1((TlsSignatureScheme)scheme)) && IsIn(accepted, scheme))
                return scheme;
        }

        return -1;
    }

    private static bool IsIn(IList<SignatureAndHashAlgorithm> accepted, int scheme)
    {
        foreach (var one in accepted)
        {
            if (SignatureScheme.From(one) == scheme)
                return true;
        }

        return false;
    }

    /// <summary>RFC 8017 section 9.1.1: PSS with a salt as long as the hash takes both, and two bytes.</summary>
    private bool IsLongEnough(int scheme) => !SignatureScheme.IsRsaPss(scheme)
        || _rsaBytes >= 2 * TlsCryptoUtilities.GetHashOutputSize(SignatureScheme.GetCryptoHashAlgorithm(scheme)) + 2;

    private IEnumerable<int> Candidates(bool isTls13, SecurityPolicy policy)
    {
        var own = Source.SignatureSchemes?.Select(scheme => (int)scheme) ?? policy.Schemes;
        if (IsRsa)
            return own.Where(scheme => PolicyRules.IsRsa((TlsSignatureScheme)scheme) && IsLongEnough(scheme));
        if (isTls13 || _ownScheme == SignatureScheme.ed25519)
            return own.Where(scheme => scheme == _ownScheme);

        // TLS 1.2 does not tie the hash to the curve (RFC 8422 section 5.1.3): the usual one first, then any, unless an order was given.
        var any = own.Where(SignatureScheme.IsECDsa);
        return Source.SignatureSchemes is null ? any.OrderBy(scheme => scheme == _ownScheme ? 0 : 1) : any;
    }

    /// <summary>A certificate of ours. BouncyCastle would encode it anew for each handshake.</summary>
    private sealed class OwnCertificate(BcTlsCrypto crypto, byte[] encoding) : BcTlsCertificate(crypto, encoding)
    {
        private readonly byte[] _encoding = encoding;

        public override byte[] GetEncoded() => _encoding;
    }
}
