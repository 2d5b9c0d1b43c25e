using System.Net.Security;
using System.Security.Authentication;
using Microsoft.Extensions.Time.Testing;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Core.Sessions;

/// <summary>One client and one server that know each other from earlier connections, and the clock of both.</summary>
internal sealed class SessionPair
{
    public FakeTimeProvider Time { get; } = new(DateTimeOffset.UtcNow);

    public MemorySessionCache Cache { get; }

    public SslProtocols Version { get; init; }

    public ITicketKeyRing? Keys { get; set; }

    public MemorySessionIds? SessionIds { get; set; }

    public string Host { get; set; } = TestCertificates.Host;

    public CertificateVerification Trust { get; set; } = TestCertificates.Verification;

    public IReadOnlyList<TlsCredential> ServerCredentials { get; set; } = [TestCertificates.Server];

    public TlsPolicy ClientPolicy { get; set; } = TlsPolicy.Default;

    public TlsCredential? ClientCredential { get; set; }

    public ClientCertificateMode ClientCertificates { get; set; }

    public CertificateVerification ClientTrust { get; set; } = TestCertificates.Verification;

    public SslApplicationProtocol[] Offered { get; set; } = [];

    public SslApplicationProtocol[] Spoken { get; set; } = [];

    public SslProtocols ServerVersions { get; set; }

    public TimeSpan MaxSessionAge { get; set; } = TimeSpan.FromDays(1);

    public int TicketCount { get; set; } = 2;

    public TlsSessionInfo? ClientRequires { get; set; }

    public TlsSessionInfo? ServerRequires { get; set; }

    public SessionPair(SslProtocols version)
    {
        Version = ServerVersions = version;
        Cache = new MemorySessionCache(timeProvider: Time);
        Keys = new MemoryTicketKeyRing(timeProvider: Time);
    }

    public TlsClientOptions ClientOptions() => new()
    {
        TargetHost = Host, Verification = Trust, EnabledProtocols = Version, Credential = ClientCredential, ApplicationProtocols = Offered,
        Policy = ClientPolicy,
        SessionCache = Cache, TimeProvider = Time, MaxSessionAge = MaxSessionAge, RequireResumption = ClientRequires,
    };

    public TlsServerOptions ServerOptions() => new()
    {
        Credential = null, Credentials = ServerCredentials, EnabledProtocols = ServerVersions, ClientCertificates = ClientCertificates,
        ClientVerification = ClientTrust,
        ApplicationProtocols = Spoken, TicketKeys = Keys, SessionIds = SessionIds, TimeProvider = Time, MaxSessionAge = MaxSessionAge,
        TicketCount = TicketCount, RequireResumption = ServerRequires,
    };

    /// <summary>A connection of the two, its handshake done and its tickets delivered.</summary>
    public CorePair Connect()
    {
        var pair = CorePair.Connected(ClientOptions(), ServerOptions());
        pair.ToClient();
        Assert.That(CorePair.ReadAll(pair.Client), Is.Empty);
        return pair;
    }

    /// <summary>A connection that has come and gone.</summary>
    /// <returns>What both sides say about it.</returns>
    public (TlsSessionInfo Client, TlsSessionInfo Server) Visit()
    {
        using var pair = Connect();
        var (client, server) = (pair.Client.Session!, pair.Server.Session!);
        Assert.That(server.IsResumed, Is.EqualTo(client.IsResumed), "both sides agree");

        pair.Client.Write("there"u8);
        pair.Server.Write("and back"u8);
        pair.ToServer();
        pair.ToClient();
        Assert.That(CorePair.ReadAll(pair.Server), Is.EqualTo("there"u8.ToArray()));
        Assert.That(CorePair.ReadAll(pair.Client), Is.EqualTo("and back"u8.ToArray()));
        return (client, server);
    }
}
