using System.Security.Cryptography.X509Certificates;
using Org.BouncyCastle.Tls;
using Org.BouncyCastle.Tls.Crypto;
using CertificateRequest = Org.BouncyCastle.Tls.CertificateRequest;

namespace TlsFsm.Benchmarks.Peers;

/// <summary>The least that a BouncyCastle client needs, with the same policy as all contenders.</summary>
internal sealed class RawClient(PairSettings settings, TlsCrypto crypto) : AbstractTlsClient(crypto), TlsAuthentication
{
    public SecurityParameters? Negotiated { get; private set; }

    public override TlsAuthentication GetAuthentication() => this;

    public void NotifyServerCertificate(TlsServerCertificate serverCertificate)
    {
        var presented = serverCertificate.Certificate.GetCertificateList();
        using var chain = new X509Chain { ChainPolicy = BenchmarkCertificates.Policy() };
        using var leaf = X509CertificateLoader.LoadCertificate(presented[0].GetEncoded());
        foreach (var one in presented.Skip(1))
            chain.ChainPolicy.ExtraStore.Add(X509CertificateLoader.LoadCertificate(one.GetEncoded()));
        if (!chain.Build(leaf) || !leaf.MatchesHostname(BenchmarkCertificates.Host))
            throw new TlsFatalAlert(AlertDescription.bad_certificate);
    }

    public TlsCredentials GetClientCredentials(CertificateRequest certificateRequest) => null!;

    public override void NotifyHandshakeComplete()
    {
        base.NotifyHandshakeComplete();
        Negotiated = m_context.SecurityParameters;
    }

    public override IList<int> GetEarlyKeyShareGroups() => [NamedGroup.x25519];

    protected override ProtocolVersion[] GetSupportedVersions() => [ProtocolVersion.TLSv13];

    protected override int[] GetSupportedCipherSuites() => [(int)settings.Suite];

    protected override IList<int> GetSupportedGroups(IList<int> namedGroupRoles) => [NamedGroup.x25519];

    protected override IList<SignatureAndHashAlgorithm> GetSupportedSignatureAlgorithms() => SignatureSchemes;

    protected override CertificateStatusRequest GetCertificateStatusRequest() => null!;

    private static readonly SignatureAndHashAlgorithm[] SignatureSchemes =
    [
        SignatureScheme.GetSignatureAndHashAlgorithm(SignatureScheme.ecdsa_secp256r1_sha256),
        SignatureScheme.GetSignatureAndHashAlgorithm(SignatureScheme.rsa_pss_rsae_sha256),
        SignatureScheme.GetSignatureAndHashAlgorithm(SignatureScheme.rsa_pkcs1_sha256),
    ];
}
