using System.Security.Authentication;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Connection;

/// <summary>A client and a server, both real engines over the real core, joined by a pipe in memory, on virtual time.</summary>
internal sealed class TwoEngines
{
    public TwoEngines(
        Setting setting, TlsClientOptions? client = null, TlsServerOptions? server = null, int? bufferSize = null,
        Func<List<string>, RecordingApplication>? application = null)
    {
        var (clientPipe, serverPipe) = PipeTransport.CreatePair(Loop, setting.ChunkSize);
        client ??= ClientOptions(setting.Version);
        server ??= ServerOptions(setting.Version);
        Client = new End(Loop, clientPipe, BouncyCastleCore.CreateClient(client), client, bufferSize);
        Server = new End(Loop, serverPipe, BouncyCastleCore.CreateServer(server), server, bufferSize, application);
    }

    public TurnByTurnLoop Loop { get; } = new();

    public End Client { get; }

    public End Server { get; }

    /// <summary>Bytes of a payload that is worth the chunk size: no more than some thousand turns.</summary>
    public static int PayloadSize(int chunkSize) => chunkSize < 17 ? 2000 : chunkSize < 1000 ? 50_000 : 1024 * 1024;

    public static TlsClientOptions ClientOptions(SslProtocols version) => new()
    {
        TargetHost = TestCertificates.Host,
        Verification = TestCertificates.Verification,
        EnabledProtocols = version,
    };

    public static TlsServerOptions ServerOptions(SslProtocols version, TlsCredential? credential = null) => new()
    {
        Credential = credential ?? TestCertificates.Server,
        EnabledProtocols = version,
    };

    /// <summary>Both ends, their handshakes finished.</summary>
    public static TwoEngines Connected(Setting setting, int? bufferSize = null)
    {
        var pair = new TwoEngines(setting, bufferSize: bufferSize);
        pair.Connect();
        Assert.That(pair.Client.Connection.State, Is.EqualTo(TlsState.Wrapped), () => $"{pair.Client.Connection.Failure}");
        Assert.That(pair.Server.Connection.State, Is.EqualTo(TlsState.Wrapped), () => $"{pair.Server.Connection.Failure}");
        return pair;
    }

    public void Connect()
    {
        Server.Connection.ConnectionMade(Server.Lower);
        Client.Connection.ConnectionMade(Client.Lower);
        Run();
    }

    public void Run() => Loop.Run(maxTurns: 2_000_000);

    public void AssertBothEnded(CloseReason client, CloseReason server)
    {
        Assert.That(
            (Client.Connection.CloseReason, Server.Connection.CloseReason), Is.EqualTo((client, server)),
            () => $"{Client.Connection.Failure}\n{Server.Connection.Failure}");
        Assert.That((Client.Connection.State, Server.Connection.State), Is.EqualTo((TlsState.Unwrapped, TlsState.Unwrapped)));
        Assert.That(Loop.ArmedTimers, Is.Zero);
    }

    /// <summary>The versions and the chunk sizes that every scenario runs with.</summary>
    public static IEnumerable<Setting> Settings() =>
        from version in new[] { SslProtocols.Tls12, SslProtocols.Tls13 }
        from chunkSize in new[] { 1, 2, 17, 16384, int.MaxValue }
        select new Setting(version, chunkSize);

    public sealed record Setting(SslProtocols Version, int ChunkSize)
    {
        public override string ToString() => $"{Version}, {(ChunkSize == int.MaxValue ? "all at once" : $"chunks of {ChunkSize}")}";
    }

    /// <summary>One end: the engine between its end of the pipe and an application.</summary>
    internal sealed class End
    {
        public End(
            TurnByTurnLoop loop, ISwitchableTransport lower, ITlsCore core, TlsConnectionOptions options, int? bufferSize,
            Func<List<string>, RecordingApplication>? application = null)
        {
            Application = application?.Invoke(Events)
                ?? (bufferSize is { } size ? new RecordingBufferedApplication(Events, size) : new RecordingApplication(Events));
            Lower = lower;
            Connection = new TlsConnection(loop, Application, core, options);
            lower.Protocol = Connection;
        }

        /// <summary>What its application was told.</summary>
        public List<string> Events { get; } = [];

        public RecordingApplication Application { get; }

        public ISwitchableTransport Lower { get; }

        public PipeTransport Pipe => (PipeTransport)Lower;

        public TlsConnection Connection { get; }

        public TlsTransport Transport => Connection.Transport;
    }
}
