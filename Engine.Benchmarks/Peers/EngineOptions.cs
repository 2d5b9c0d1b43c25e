using System.Security.Authentication;

namespace TlsFsm.Benchmarks.Peers;

/// <summary>Our options, made once and used for all connections.</summary>
internal sealed class EngineOptions(PairSettings settings, bool isHybrid = false, bool isChainBuiltAnew = false, bool isSodium = false)
{
    // X25519, as the others have it; on request the policy's own choice, X25519 with ML-KEM-768.
    private readonly TlsPolicy _policy = new()
    {
        Protocols = SslProtocols.Tls13,
        CipherSuites = [settings.Suite],
        Groups = isHybrid ? TlsPolicy.Modern.Groups : [TlsNamedGroup.X25519],
    };

    // Good verdicts on chains are remembered for a second, which is the default, or not at all: then each handshake builds its chain, as
    // the others' do.
    private static readonly CertificateVerification Verification = CertificateVerification.TrustedRoots([BenchmarkCertificates.Root]);

    // Over sockets, what waits above the transport is latency and a colder cache: as much as the transport itself takes will do.
    private const int HighWaterMark = 64 * 1024;

    public TlsClientOptions Client => field ??= isSodium ? PlainClient.WithSodium() : PlainClient;

    public TlsServerOptions Server => field ??= isSodium ? PlainServer.WithSodium() : PlainServer;

    private TlsClientOptions PlainClient => new()
    {
        TargetHost = BenchmarkCertificates.Host,
        Verification = isChainBuiltAnew ? Verification with { Memory = null } : Verification,
        EnabledProtocols = SslProtocols.Tls13,
        Policy = _policy,
        WriteHighWaterMark = HighWaterMark,
        SessionCache = settings.Resumes ? new MemorySessionCache() : null,
    };

    private TlsServerOptions PlainServer => new()
    {
        Credential = settings.Credential,
        EnabledProtocols = SslProtocols.Tls13,
        Policy = _policy,
        WriteHighWaterMark = HighWaterMark,
        TicketKeys = settings.Resumes ? new MemoryTicketKeyRing() : null,
    };
}
