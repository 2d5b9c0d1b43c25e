using System.Net.Security;
using System.Security.Authentication;
using Org.BouncyCastle.Tls;
using TlsFsm.Abstractions;

namespace TlsFsm.Benchmarks.Peers;

/// <summary>Our options, made once and used for all connections.</summary>
internal sealed class EngineOptions(PairSettings settings, bool isHybrid = false, bool remembersVerdicts = true)
{
    // X25519, as the others have it; on request the policy's own choice, X25519 with ML-KEM-768.
    private readonly int[]? _groups = isHybrid ? null : [NamedGroup.x25519];
    private readonly TlsCipherSuite[] _suites = [settings.Suite];

    private static readonly CertificateVerification Verification = CertificateVerification.TrustedRoots([BenchmarkCertificates.Root]);

    // Over sockets, what waits above the transport is latency and a colder cache: as much as the transport itself takes will do.
    private const int HighWaterMark = 64 * 1024;

    public TlsClientOptions Client => field ??= new TlsClientOptions
    {
        TargetHost = BenchmarkCertificates.Host,
        Verification = remembersVerdicts ? Verification : Verification.WithVerdictLifetime(TimeSpan.Zero),
        EnabledProtocols = SslProtocols.Tls13,
        CipherSuites = _suites,
        WriteHighWaterMark = HighWaterMark,
        Groups = _groups,
        SessionCache = settings.Resumes ? new MemorySessionCache() : null,
    };

    public TlsServerOptions Server => field ??= new TlsServerOptions
    {
        Credential = settings.Credential,
        EnabledProtocols = SslProtocols.Tls13,
        CipherSuites = _suites,
        WriteHighWaterMark = HighWaterMark,
        Groups = _groups,
        TicketKeys = settings.Resumes ? new MemoryTicketKeyRing() : null,
    };
}
