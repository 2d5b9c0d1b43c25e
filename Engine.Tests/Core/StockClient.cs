using System.Security.Authentication;
using Org.BouncyCastle.Tls;
using Org.BouncyCastle.Tls.Crypto.Impl.BC;
using TlsFsm.Tests.Strictness;

namespace TlsFsm.Tests.Core;

/// <summary>BouncyCastle's own client, with none of our code, that offers what a test wants it to.</summary>
internal sealed class StockClient(SslProtocols version) : TlsClientProtocol
{
    private readonly Wishes _peer = new(version);

    public int[]? CipherSuites { init => _peer.Suites = value; }

    public int[]? Groups { init => _peer.Groups = value; }

    public int[]? KeyShares { init => _peer.KeyShares = value; }

    public int[]? SignatureSchemes { init => _peer.Schemes = value; }

    public bool IsExtendedMasterSecret { init => _peer.IsExtendedMasterSecret = value; }

    /// <summary>Announces early data, without which no server expects any (RFC 8446 section 4.2.10).</summary>
    public bool AnnouncesEarlyData { init => _peer.AnnouncesEarlyData = value; }

    /// <summary>The names of authorities that it names (RFC 8446 section 4.2.4), in DER.</summary>
    public byte[][] Authorities { init => _peer.Authorities = value; }

    public void Begin() => Connect(_peer);

    public void SendKeyUpdate() => Send13KeyUpdate(updateRequested: true);

    private sealed class Wishes(SslProtocols version) : DefaultTlsClient(new BcTlsCrypto()), TlsAuthentication
    {
        public int[]? Suites { get; set; }

        public int[]? Groups { get; set; }

        public int[]? KeyShares { get; set; }

        public int[]? Schemes { get; set; }

        public bool IsExtendedMasterSecret { get; set; } = true;

        public bool AnnouncesEarlyData { get; set; }

        public byte[][] Authorities { get; set; } = [];

        public override IDictionary<int, byte[]> GetClientExtensions()
        {
            var extensions = base.GetClientExtensions();
            if (Authorities.Length > 0)
                extensions[ExtensionType.certificate_authorities] = Messages.Vector16([.. Authorities.SelectMany(Messages.Vector16)]);
            if (AnnouncesEarlyData)
                extensions[ExtensionType.early_data] = [];
            return extensions;
        }

        public override TlsAuthentication GetAuthentication() => this;

        public void NotifyServerCertificate(TlsServerCertificate serverCertificate)
        {
        }

        public TlsCredentials GetClientCredentials(CertificateRequest certificateRequest) => null!;

        public override bool ShouldUseExtendedMasterSecret() => IsExtendedMasterSecret;

        public override IList<int> GetEarlyKeyShareGroups() => KeyShares ?? base.GetEarlyKeyShareGroups();

        protected override int[] GetSupportedCipherSuites() => Suites ?? base.GetSupportedCipherSuites();

        protected override IList<int> GetSupportedGroups(IList<int> namedGroupRoles) => Groups ?? base.GetSupportedGroups(namedGroupRoles);

        protected override IList<SignatureAndHashAlgorithm> GetSupportedSignatureAlgorithms() =>
            Schemes?.Select(SignatureScheme.GetSignatureAndHashAlgorithm).ToList() ?? base.GetSupportedSignatureAlgorithms();

        protected override ProtocolVersion[] GetSupportedVersions() =>
            version == SslProtocols.Tls13 ? [ProtocolVersion.TLSv13] : [ProtocolVersion.TLSv12];
    }
}
