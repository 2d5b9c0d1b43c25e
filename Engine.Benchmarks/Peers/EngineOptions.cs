using System.Security.Authentication;

namespace TlsFsm.Benchmarks.Peers;

/// <summary>Our options, made once and used for all connections.</summary>
internal sealed class EngineOptions(PairSettings settings, EngineVariant? variant = null)
{
    private readonly EngineVariant _variant = variant ?? EngineVariant.Plain;

    private readonly TlsPolicy _policy = new()
    {
        Protocols = SslProtocols.Tls13,
        CipherSuites = [settings.Suite],
        Groups = variant?.Groups switch { null => [TlsNamedGroup.X25519], [] => TlsPolicy.Modern.Groups, var groups => groups },
    };

    // Good verdicts on chains are remembered for a second, which is the default, or not at all: then each handshake builds its chain, as
    // the others' do.
    private static readonly CertificateVerification Verification = CertificateVerification.TrustedRoots([BenchmarkCertificates.Root]);

    // Over sockets, what waits above the transport is latency and a colder cache: as much as the transport itself takes will do.
    private const int HighWaterMark = 64 * 1024;

    /// <summary>The one end whose work is counted; null for both.</summary>
    public PairEnd? Counted => _variant.Counted;

    public TlsClientOptions Client => field ??= _variant.IsSodium ? PlainClient.WithSodium() : PlainClient;

    public TlsServerOptions Server => field ??= _variant.IsSodium ? PlainServer.WithSodium() : PlainServer;

    private TlsClientOptions PlainClient => new()
    {
        TargetHost = BenchmarkCertificates.Host,
        Verification = _variant.IsChainBuiltAnew ? Verification with { Memory = null } : Verification,
        EnabledProtocols = SslProtocols.Tls13,
        Policy = _policy,
        WriteHighWaterMark = HighWaterMark,
        SessionCache = settings.Resumes ? new MemorySessionCache() : null,
        X25519 = _variant.IsManaged ? TlsX25519.Managed : null,
    };

    private TlsServerOptions PlainServer => new()
    {
        Credential = settings.Credential,
        EnabledProtocols = SslProtocols.Tls13,
        Policy = _policy,
        WriteHighWaterMark = HighWaterMark,
        TicketKeys = settings.Resumes ? new MemoryTicketKeyRing() : null,
        X25519 = _variant.IsManaged ? TlsX25519.Managed : null,
    };
}
