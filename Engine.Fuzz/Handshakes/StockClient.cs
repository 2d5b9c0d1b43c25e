using System.Security.Authentication;
using System.Text;
using Org.BouncyCastle.Tls;
using Org.BouncyCastle.Tls.Crypto;
using Org.BouncyCastle.Tls.Crypto.Impl.BC;

namespace TlsFsm.Fuzz.Handshakes;

/// <summary>BouncyCastle's client with its own cryptography, set as a setting says. It trusts any certificate that it can read.</summary>
internal sealed class StockClient(SeededCrypto crypto, Setting setting, SslProtocols versions, bool isPeer)
    : AbstractTlsClient(crypto), TlsAuthentication
{
    public override TlsAuthentication GetAuthentication() => this;

    public void NotifyServerCertificate(TlsServerCertificate serverCertificate)
    {
        if (serverCertificate.Certificate.IsEmpty)
            throw new TlsFatalAlert(AlertDescription.bad_certificate);
    }

    public TlsCredentials GetClientCredentials(CertificateRequest certificateRequest)
    {
        var offered = certificateRequest.SupportedSignatureAlgorithms;
        return setting.HasClientCertificate
            ? Signers.Of(
                Identities.Client(setting.ServerKey), m_context, crypto, offered, certificateRequest.GetCertificateRequestContext())!
            : null!;
    }

    public override IList<int> GetEarlyKeyShareGroups() => isPeer && setting.Retries ? [] : [NamedGroups.First(setting, isPeer)];

    public override IList<TlsPskExternal> GetExternalPsks() => setting.HasPsk
        ? [new BasicTlsPskExternal(EngineOptions.PskIdentity, crypto.CreateSecret((byte[])EngineOptions.PskSecret.Clone()))] : null!;

    protected override ProtocolVersion[] GetSupportedVersions() => Versions.Of(versions);

    protected override int[] GetSupportedCipherSuites() => Suites.Of(versions, setting, isPeer);

    protected override IList<int> GetSupportedGroups(IList<int> namedGroupRoles) => NamedGroups.Of(setting, isPeer);

    protected override IList<SignatureAndHashAlgorithm> GetSupportedSignatureAlgorithms() => Signers.Schemes;

    protected override CertificateStatusRequest GetCertificateStatusRequest() => setting.HasStaple
        ? new CertificateStatusRequest(CertificateStatusType.ocsp, new OcspStatusRequest(null, null)) : null!;

    protected override IList<ServerName> GetSniServerNames() =>
        [new ServerName(NameType.host_name, Encoding.ASCII.GetBytes(Identities.Host))];

    protected override IList<ProtocolName> GetProtocolNames() => setting.HasProtocols ? Signers.Protocols : null!;
}

/// <summary>BouncyCastle's server with its own cryptography, set as a setting says. It trusts any certificate that it can read.</summary>
internal sealed class StockServer(SeededCrypto crypto, Setting setting, SslProtocols versions, bool isPeer) : AbstractTlsServer(crypto)
{
    public override TlsCredentials GetCredentials() => SelectsPsk ? null!
        : Signers.Of(Identities.Server(setting.ServerKey), m_context, crypto, m_context.SecurityParameters.ClientSigAlgs, [])
        ?? throw new TlsFatalAlert(AlertDescription.handshake_failure);

    public override TlsPskExternal GetExternalPsk(IList<PskIdentity> identities) => setting.HasPsk
        ? new BasicTlsPskExternal(EngineOptions.PskIdentity, crypto.CreateSecret((byte[])EngineOptions.PskSecret.Clone())) : null!;

    public override CertificateRequest GetCertificateRequest()
    {
        if (setting.ClientCertificates == ClientCertificateMode.None)
            return null!;

        var schemes = new List<SignatureAndHashAlgorithm>(Signers.Schemes);
        return TlsUtilities.IsTlsV13(m_context)
            ? new CertificateRequest(TlsUtilities.EmptyBytes, schemes, null, null)
            : new CertificateRequest([ClientCertificateType.ecdsa_sign, ClientCertificateType.rsa_sign], schemes, null);
    }

    public override void NotifyClientCertificate(Certificate clientCertificate)
    {
        if (clientCertificate.IsEmpty && setting.ClientCertificates == ClientCertificateMode.Require)
            throw new TlsFatalAlert(AlertDescription.handshake_failure);
    }

    public override CertificateStatus GetCertificateStatus() => setting.HasStaple
        ? new CertificateStatus(
            CertificateStatusType.ocsp,
            Org.BouncyCastle.Asn1.Ocsp.OcspResponse.GetInstance(Staples.Good(setting.ServerKey)))
        : null!;

    public override int[] GetSupportedGroups() => isPeer && setting.Retries
        ? [NamedGroup.secp256r1] : [.. NamedGroups.Of(setting, isPeer)];

    protected override ProtocolVersion[] GetSupportedVersions() => Versions.Of(versions);

    protected override int[] GetSupportedCipherSuites() => Suites.Of(versions, setting, isPeer);

    protected override IList<ProtocolName> GetProtocolNames() => setting.HasProtocols ? Signers.Protocols : null!;

    private bool SelectsPsk => m_context.SecurityParameters.KeyExchangeAlgorithm == KeyExchangeAlgorithm.NULL
        && setting.HasPsk && TlsUtilities.IsTlsV13(m_context) && m_context.SecurityParameters.PskIdentity is not null;
}

internal static class Versions
{
    public static ProtocolVersion[] Of(SslProtocols versions) => versions switch
    {
        SslProtocols.Tls12 => [ProtocolVersion.TLSv12],
        SslProtocols.Tls13 => [ProtocolVersion.TLSv13],
        _ => [ProtocolVersion.TLSv13, ProtocolVersion.TLSv12],
    };
}

internal static class NamedGroups
{
    public static int First(Setting setting, bool isPeer) => Of(setting, isPeer)[0];

    public static List<int> Of(Setting setting, bool isPeer) => setting.IsHybrid
        ? [NamedGroup.X25519MLKEM768, NamedGroup.x25519, NamedGroup.secp256r1]
        : isPeer || setting.Retries ? [NamedGroup.x25519, NamedGroup.secp256r1] : [NamedGroup.x25519, NamedGroup.secp256r1];
}

internal static class Suites
{
    private static readonly int[] Of13 =
        [CipherSuite.TLS_AES_128_GCM_SHA256, CipherSuite.TLS_AES_256_GCM_SHA384, CipherSuite.TLS_CHACHA20_POLY1305_SHA256];

    private static readonly int[] Of12 =
    [
        CipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, CipherSuite.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
        CipherSuite.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, CipherSuite.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
        CipherSuite.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, CipherSuite.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
    ];

    /// <summary>A peer has one of each version, in turn; the stock endpoint in our place has all of them.</summary>
    public static int[] Of(SslProtocols versions, Setting setting, bool isPeer)
    {
        var suites = new List<int>();
        var which = setting.Suite % 3;
        if (versions.HasFlag(SslProtocols.Tls13))
            suites.AddRange(isPeer ? [Of13[which]] : Of13);
        if (versions.HasFlag(SslProtocols.Tls12))
            suites.AddRange(isPeer ? Of12[(2 * which)..(2 * which + 2)] : Of12);
        return [.. suites];
    }
}

internal static class Signers
{
    public static readonly IList<ProtocolName> Protocols = [ProtocolName.Http_2_Tls, ProtocolName.Http_1_1];

    public static readonly IList<SignatureAndHashAlgorithm> Schemes =
    [
        SignatureScheme.GetSignatureAndHashAlgorithm(SignatureScheme.ecdsa_secp256r1_sha256),
        SignatureScheme.GetSignatureAndHashAlgorithm(SignatureScheme.ed25519),
        SignatureScheme.GetSignatureAndHashAlgorithm(SignatureScheme.rsa_pss_rsae_sha256),
        SignatureScheme.GetSignatureAndHashAlgorithm(SignatureScheme.rsa_pkcs1_sha256),
    ];

    /// <summary>The identity's signer.</summary>
    /// <returns>Null when the other side takes no scheme of it.</returns>
    public static BcDefaultTlsCredentialedSigner? Of(
        Identity identity, TlsContext context, BcTlsCrypto crypto, IList<SignatureAndHashAlgorithm>? offered, byte[]? requestContext)
    {
        var scheme = identity.Kind switch
        {
            KeyKind.Ecdsa => SignatureScheme.ecdsa_secp256r1_sha256,
            KeyKind.Ed25519 => SignatureScheme.ed25519,
            _ => SignatureScheme.rsa_pss_rsae_sha256,
        };
        var algorithm = SignatureScheme.GetSignatureAndHashAlgorithm(scheme);
        if (offered is not null && !offered.Contains(algorithm))
            return null;

        var chain = identity.Chain.Select(one => crypto.CreateCertificate(CertificateType.X509, one.RawData)).ToArray();
        var certificate = TlsUtilities.IsTlsV13(context)
            ? new Certificate(requestContext ?? TlsUtilities.EmptyBytes, [.. chain.Select(one => new CertificateEntry(one, null))])
            : new Certificate(chain);
        return new BcDefaultTlsCredentialedSigner(new TlsCryptoParameters(context), crypto, identity.Key, certificate, algorithm);
    }
}
