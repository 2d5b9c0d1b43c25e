using System.Globalization;
using System.Security.Authentication;
using System.Text;
using TlsFsm.Fuzz.Handshakes;
using TlsFsm.Fuzz.Worst;

namespace TlsFsm.Benchmarks.Cost;

/// <summary>What a connection holds in each phase of its life: all objects of the engine, after a full collection.</summary>
internal static class PhaseMemory
{
    private const int Connections = 300;
    private const int FewConnections = 20;

    /// <summary>The phases, with what brings a connection into each.</summary>
    private static IEnumerable<(string Side, string Phase, Func<FuzzLoop, EngineSide> Make)> Phases() =>
    [
        ("server", "connected, nothing received", loop => Server(loop, [])),
        ("server", "half a usual ClientHello", loop => Server(loop, Half(Hellos.Records(Hellos.Usual[0])))),
        ("server", "half of the largest ClientHello", loop => Server(loop, Half(Largest()))),
        ("server", "half of the largest ClientHello, options chosen by it", loop => Server(loop, Half(Largest()), waits: true)),
        ("server", "a usual ClientHello, waiting for the choice of options", loop =>
            Server(loop, Hellos.Records(Hellos.Usual[0]), waits: true)),
        ("server", "the largest ClientHello, waiting for the choice of options", loop => Server(loop, Largest(), waits: true)),
        ("server", "answered, waiting for the client's Finished", loop => Server(loop, Hellos.Records(Hellos.Usual[1]))),
        ("server", "established, idle, TLS 1.3", loop => Meet(loop, isServer: true, SslProtocols.Tls13)),
        ("server", "established, idle, TLS 1.2", loop => Meet(loop, isServer: true, SslProtocols.Tls12)),
        ("server", "established, idle after 16 KB", loop => Meet(loop, isServer: true, SslProtocols.Tls13, data: 16 << 10)),
        ("server", "at rest for some seconds after that", loop => Rest(Meet(loop, isServer: true, SslProtocols.Tls13, data: 16 << 10))),
        ("client", "ClientHello sent, nothing received", loop => Client(loop)),
        ("client", "certificate received, waiting for the choice of its own", loop => Meet(
            loop, isServer: false, SslProtocols.Tls13, waits: true)),
        ("client", "established, idle, TLS 1.3", loop => Meet(loop, isServer: false, SslProtocols.Tls13)),
        ("client", "established, idle, TLS 1.2", loop => Meet(loop, isServer: false, SslProtocols.Tls12)),
        ("client", "established, idle after 16 KB", loop => Meet(loop, isServer: false, SslProtocols.Tls13, data: 16 << 10)),
        ("client", "at rest for some seconds after that", loop => Rest(Meet(loop, isServer: false, SslProtocols.Tls13, data: 16 << 10))),
    ];

    /// <summary>Phases that take long to come to.</summary>
    private static IEnumerable<(string Side, string Phase, Func<FuzzLoop, EngineSide> Make)> LongPhases() =>
    [
        ("server", "established, idle, and a day of KeyUpdates and empty records later", loop => Meet(
            loop, isServer: true, SslProtocols.Tls13, minutes: 24 * 60)),
        ("client", "established, idle, and a day of KeyUpdates, tickets and empty records later", loop => Meet(
            loop, isServer: false, SslProtocols.Tls13, minutes: 24 * 60)),
    ];

    public static string Measure()
    {
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture,
            $"Measured on {TimeProvider.System.GetUtcNow():yyyy-MM-dd} with {Connections} connections of each kind.");
        text.AppendLine();
        text.AppendLine("| side | phase | bytes for each connection |");
        text.AppendLine("|---|---|---:|");
        foreach (var (side, phase, make) in Phases())
            text.AppendLine(CultureInfo.InvariantCulture, $"| {side} | {phase} | {MeasureOne(make, Connections):N0} |");
        foreach (var (side, phase, make) in LongPhases())
            text.AppendLine(CultureInfo.InvariantCulture, $"| {side} | {phase} | {MeasureOne(make, FewConnections):N0} |");
        return text.ToString();
    }

    /// <summary>What an idle connection holds, by type, without what its host has.</summary>
    public static string Types(bool isServer)
    {
        var loop = new FuzzLoop();
        var sides = Enumerable.Range(0, 3).Select(_ => Meet(loop, isServer, SslProtocols.Tls13, data: 16 << 10)).ToArray();
        return Table(HeldObjects.Of(sides[1].Connection, sides[2].Connection, found => found is FuzzLoop or EngineSide));
    }

    public static string HostedTypes() => Table(HostedConnections.HeldByOne());

    private static string Table(IReadOnlyList<HeldObjects.Kind> kinds)
    {
        var text = new StringBuilder();
        text.AppendLine("| type | objects | bytes | of |");
        text.AppendLine("|---|---:|---:|---|");
        foreach (var kind in kinds)
            text.AppendLine(CultureInfo.InvariantCulture, $"| {kind.Name} | {kind.Count} | {kind.Bytes:N0} | {kind.Holders} |");
        text.AppendLine(CultureInfo.InvariantCulture, $"| all | {kinds.Sum(kind => kind.Count)} | {kinds.Sum(kind => kind.Bytes):N0} | |");
        return text.ToString();
    }

    private static long MeasureOne(Func<FuzzLoop, EngineSide> make, int count)
    {
        var loop = new FuzzLoop();
        make(loop);
        var held = new EngineSide[count];
        var before = Held();
        for (var i = 0; i < held.Length; i++)
            held[i] = make(loop);
        var after = Held();
        GC.KeepAlive(held);
        GC.KeepAlive(loop);
        return (after - before) / count;
    }

    /// <summary>After collections enough that pools have let go of what nobody uses.</summary>
    private static long Held()
    {
        for (var i = 0; i < 5; i++)
        {
            GC.Collect(2, GCCollectionMode.Aggressive, blocking: true, compacting: true);
            GC.WaitForPendingFinalizers();
        }

        return GC.GetTotalMemory(forceFullCollection: false);
    }

    private static EngineSide Rest(EngineSide engine)
    {
        engine.Connection.Parts.Rest();
        return engine;
    }

    /// <summary>Options, which all connections of a phase share.</summary>
    private static T Shared<T>(FuzzLoop loop, Setting setting, Func<T> make) where T : TlsConnectionOptions
    {
        if (s_shared is not { } shared || shared.Loop != loop || shared.Setting != setting || shared.Options is not T options)
            s_shared = (loop, setting, options = make());
        return options;
    }

    private static (FuzzLoop Loop, Setting Setting, TlsConnectionOptions Options)? s_shared;

    private static EngineSide Server(FuzzLoop loop, byte[] bytes, bool waits = false)
    {
        var setting = Setting(SslProtocols.Tls13, waits);
        var usual = Setting(SslProtocols.Tls13, waits: false);
        var options = Shared(loop, setting, () => EngineOptions.Server(usual, loop.Time, static _ => { }) with
        {
            EnabledProtocols = SslProtocols.Tls12 | SslProtocols.Tls13, Choose = waits ? static (_, _) => { } : null,
        });
        var engine = new EngineSide(loop, BouncyCastleCore.CreateServer(options), options);
        engine.Connection.ConnectionMade(engine);
        engine.Deliver(bytes, Cutting.Reads);
        engine.TakeOutput();
        return engine;
    }

    private static EngineSide Client(FuzzLoop loop)
    {
        var setting = Setting(SslProtocols.Tls13, waits: false);
        var options = Shared(loop, setting, () => EngineOptions.Client(setting, loop.Time, static _ => { }));
        var engine = new EngineSide(loop, BouncyCastleCore.CreateClient(options), options);
        engine.Connection.ConnectionMade(engine);
        engine.TakeOutput();
        return engine;
    }

    /// <summary>With a peer that is forgotten when all has been said.</summary>
    private static EngineSide Meet(FuzzLoop loop, bool isServer, SslProtocols version, bool waits = false, int data = 0, int minutes = 0)
    {
        var setting = Setting(version, waits);
        var peer = Encounter.Peer(!isServer, setting, version, hand: null, isPeer: true);
        TlsConnectionOptions options = isServer
            ? Shared(loop, setting, () => EngineOptions.Server(setting, loop.Time, static _ => { }))
            : Shared(loop, setting, () => EngineOptions.Client(setting, loop.Time, static _ => { }));
        ITlsCore core = options is TlsServerOptions server
            ? BouncyCastleCore.CreateServer(server) : BouncyCastleCore.CreateClient((TlsClientOptions)options);
        var engine = new EngineSide(loop, core, options);
        peer.Begin();
        engine.Connection.ConnectionMade(engine);
        for (var round = 0; round < 8; round++)
        {
            if (round == 6 && data > 0)
                peer.Write(new byte[data]);
            engine.Deliver(peer.TakeOutput(), Cutting.Whole);
            peer.Take(engine.TakeOutput());
            peer.ReadData();
        }

        if (!waits && !engine.IsMade)
            throw new InvalidOperationException($"The handshake did not finish: {engine.Connection.Failure?.Message}");
        for (var minute = 0; minute < minutes; minute++)
            Age(loop, engine, peer, isServer);
        engine.ForgetData();
        return engine;
    }

    /// <summary>A minute passes in which the peer does what decent ones do now and then.</summary>
    private static void Age(FuzzLoop loop, EngineSide engine, PeerSide peer, bool isServer)
    {
        loop.Time.Advance(TimeSpan.FromMinutes(1));
        peer.SendKeyUpdate();
        peer.Send(23, []);
        if (!isServer)
            peer.Send(22, Ticket);
        engine.Deliver(peer.TakeOutput(), Cutting.Whole);
        peer.Take(engine.TakeOutput());
        if (!engine.IsMade || engine.IsTransportClosed)
            throw new InvalidOperationException($"The connection has ended: {engine.Connection.Failure?.Message}");
    }

    /// <summary>NewSessionTicket: lifetime, age_add, nonce of 0 bytes, ticket of 1 byte, no extensions.</summary>
    private static readonly byte[] Ticket = [4, 0, 0, 14, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0, 1, 7, 0, 0];

    private static byte[] Half(byte[] bytes) => bytes[..(bytes.Length / 2)];

    private static byte[] Largest() => Hellos.Records(new HelloBuilder(Hellos.Usual[0]).Set(0xFACE, new byte[60_000]).Write());

    private static Setting Setting(SslProtocols version, bool waits) => new()
    {
        EngineVersions = version, PeerVersions = version, ServerKey = KeyKind.Ecdsa,
        ClientCertificates = waits ? ClientCertificateMode.Request : ClientCertificateMode.None,
        HasClientCertificate = waits, Retries = false, IsHybrid = false, HasPsk = false, Chooses = waits, IsLate = waits, SignsLate = false,
        HasProtocols = false, HasStaple = false, IsTranscriptKept = true, Suite = 0, PeerSeed = 1, Cutting = 0,
    };
}
