using Org.BouncyCastle.Tls;
using Org.BouncyCastle.Tls.Crypto;

namespace TlsFsm.Benchmarks.Peers;

/// <summary>The least that a BouncyCastle server needs, with the same policy as all contenders.</summary>
internal sealed class RawServer(
    PairSettings settings, TlsCrypto crypto, Func<TlsContext, TlsCredentials> credentials) : AbstractTlsServer(crypto)
{
    public override TlsCredentials GetCredentials() => credentials(m_context);

    public override int[] GetSupportedGroups() => [NamedGroup.x25519];

    protected override ProtocolVersion[] GetSupportedVersions() => [ProtocolVersion.TLSv13];

    protected override int[] GetSupportedCipherSuites() => [(int)settings.Suite];
}
