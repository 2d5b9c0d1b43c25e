using System.Runtime.CompilerServices;
using System.Security.Cryptography.X509Certificates;
using Org.BouncyCastle.Tls;
using Org.BouncyCastle.Tls.Crypto;
using Org.BouncyCastle.Tls.Crypto.Impl.BC;
using TlsFsm.Abstractions;

namespace TlsFsm.Core.BouncyCastle;

/// <summary>A credential in the forms in which TLS 1.3 and 1.2 present it, made once for all its connections.</summary>
internal sealed class PresentableCredential
{
    private static readonly ConditionalWeakTable<TlsCredential, PresentableCredential> Known = [];

    private readonly Certificate _chain12;
    private readonly CertificateEntry[] _entries13;
    private readonly Certificate _chain13;
    private readonly int _ecdsaScheme;

    private PresentableCredential(TlsCredential source)
    {
        Source = source;
        var crypto = new BcTlsCrypto();
        var certificates = source.Intermediates.Prepend(source.Certificate)
            .Select(one => crypto.CreateCertificate(CertificateType.X509, one.RawData))
            .ToArray();
        _chain12 = new Certificate(certificates);
        _entries13 = [.. certificates.Select(one => new CertificateEntry(one, null))];
        _chain13 = new Certificate(TlsUtilities.EmptyBytes, _entries13);

        using var ecdsa = source.Certificate.GetECDsaPublicKey();
        _ecdsaScheme = ecdsa?.KeySize switch
        {
            null => -1,
            256 => SignatureScheme.ecdsa_secp256r1_sha256,
            384 => SignatureScheme.ecdsa_secp384r1_sha384,
            _ => SignatureScheme.ecdsa_secp521r1_sha512,
        };
    }

    public TlsCredential Source { get; }

    /// <summary>Whether the key is ECDSA; otherwise it is RSA.</summary>
    public bool IsEcdsa => _ecdsaScheme >= 0;

    /// <summary>The presentable form of a credential, the same one each time.</summary>
    public static PresentableCredential Of(TlsCredential credential) => Known.GetValue(credential, static one => new PresentableCredential(one));

    /// <summary>A signer by a scheme that the peer takes and that fits the key.</summary>
    /// <param name="accepted">The peer's signature algorithms; null when it named none.</param>
    /// <param name="isTls13">TLS 1.3 or 1.2.</param>
    /// <param name="requestContext">TLS 1.3: the context of the request that is answered; empty on a server.</param>
    /// <returns>Null when no scheme fits.</returns>
    public NativeSigner? SignerFor(IList<SignatureAndHashAlgorithm>? accepted, bool isTls13, byte[] requestContext)
    {
        var scheme = SelectScheme(accepted, isTls13);
        if (scheme < 0)
            return null;

        var chain = !isTls13 ? _chain12
            : requestContext.Length == 0 ? _chain13
            : new Certificate(requestContext, _entries13);
        return new NativeSigner(this, chain, scheme);
    }

    /// <summary>The scheme that this key signs with for a peer that takes these; negative when none fits.</summary>
    public int SelectScheme(IList<SignatureAndHashAlgorithm>? accepted, bool isTls13)
    {
        // RFC 5246 section 7.4.1.4.1 reads a missing list as SHA-1, which we do not sign with.
        if (accepted is null)
            return -1;

        var offered = accepted.Select(SignatureScheme.From).ToHashSet();
        foreach (var scheme in Candidates(isTls13))
        {
            if (offered.Contains(scheme) && SecurityPolicy.Permits(scheme, isTls13))
                return scheme;
        }

        return -1;
    }

    private IEnumerable<int> Candidates(bool isTls13)
    {
        if (!IsEcdsa)
            return
            [
                SignatureScheme.rsa_pss_rsae_sha256, SignatureScheme.rsa_pss_rsae_sha384, SignatureScheme.rsa_pss_rsae_sha512,
                SignatureScheme.rsa_pkcs1_sha256, SignatureScheme.rsa_pkcs1_sha384, SignatureScheme.rsa_pkcs1_sha512,
            ];

        // TLS 1.2 does not tie the hash to the curve (RFC 8422 section 5.1.3): the usual one first, then any.
        return isTls13
            ? [_ecdsaScheme]
            : [_ecdsaScheme, SignatureScheme.ecdsa_secp256r1_sha256, SignatureScheme.ecdsa_secp384r1_sha384, SignatureScheme.ecdsa_secp521r1_sha512];
    }
}
