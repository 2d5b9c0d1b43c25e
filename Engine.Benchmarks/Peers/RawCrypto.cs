using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Org.BouncyCastle.Security;
using Org.BouncyCastle.Tls;
using Org.BouncyCastle.Tls.Crypto;
using Org.BouncyCastle.Tls.Crypto.Impl.BC;
using TlsFsm.Abstractions;
using TlsFsm.Abstractions.Policy;
using TlsFsm.Core.BouncyCastle;
using TlsFsm.Core.BouncyCastle.Crypto;
using TlsFsm.Core.BouncyCastle.Identity;
using TlsFsm.Core.BouncyCastle.Library;
using TlsFsm.Core.BouncyCastle.Records;

namespace TlsFsm.Benchmarks.Peers;

/// <summary>Where a raw BouncyCastle connection takes its cryptography from.</summary>
/// <param name="Create">One for each end of each connection.</param>
/// <param name="Credentials">The server's signer.</param>
internal sealed record RawCrypto(Func<BcTlsCrypto> Create, Func<BcTlsCrypto, TlsContext, TlsCredentials> Credentials)
{
    /// <summary>Ours: records and signatures by the platform.</summary>
    /// <param name="credential">The server's.</param>
    /// <param name="platform">Which ciphers there are; null for those that are.</param>
    public static RawCrypto Native(TlsCredential credential, PlatformCiphers? platform = null) => new(
        () => new NativeCrypto(
            new RecordContents(new PeerConduct(TlsLimits.Default, TimeProvider.System)), new HandshakeFacts(), platform: platform),
        (_, context) => PresentableCredential.Of(credential).SignerFor(
            context.SecurityParameters.ClientSigAlgs, isTls13: true, TlsUtilities.EmptyBytes,
            SecurityPolicy.Of(TlsPolicy.Modern, SslProtocols.Tls13))!);

    /// <summary>BouncyCastle's own, all managed code.</summary>
    public static RawCrypto Stock(TlsCredential credential)
    {
        var isEcdsa = credential.Certificate.GetECDsaPublicKey() is not null;
        using AsymmetricAlgorithm key =
            (AsymmetricAlgorithm?)credential.Certificate.GetECDsaPrivateKey() ?? credential.Certificate.GetRSAPrivateKey()!;
        var privateKey = PrivateKeyFactory.CreateKey(key.ExportPkcs8PrivateKey());
        var scheme = SignatureScheme.GetSignatureAndHashAlgorithm(
            isEcdsa ? SignatureScheme.ecdsa_secp256r1_sha256 : SignatureScheme.rsa_pss_rsae_sha256);
        var maker = new BcTlsCrypto();
        var chain = new Certificate(
            TlsUtilities.EmptyBytes,
            [.. credential.Intermediates.Prepend(credential.Certificate)
                .Select(one => new CertificateEntry(maker.CreateCertificate(CertificateType.X509, one.RawData), null))]);
        return new RawCrypto(
            static () => new BcTlsCrypto(),
            (crypto, context) => new BcDefaultTlsCredentialedSigner(new TlsCryptoParameters(context), crypto, privateKey, chain, scheme));
    }
}
