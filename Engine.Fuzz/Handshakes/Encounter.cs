using Org.BouncyCastle.Tls;
using TlsFsm.Fuzz.Running;

namespace TlsFsm.Fuzz.Handshakes;

/// <summary>One connection between the engine and a peer whose messages are changed, from its beginning to its end.</summary>
internal static class Encounter
{
    /// <summary>Rounds of giving and taking; a handshake takes four at most, and the rest a few more.</summary>
    private const int MaxRounds = 60;

    // A handshake with a hybrid group allocates a megabyte whatever comes, one over P-384 in managed code two.
    private static readonly (long Base, long PerByte) MostAllocated = (3 << 20, 400);

    /// <summary>The engine on one side.</summary>
    /// <returns>What became of it, in words that are the same however the bytes were cut.</returns>
    public static string Run(bool isEngineServer, Setting setting, Hand hand, Cutting cutting)
    {
        Identities.Prepare(setting.ServerKey);
        var loop = new FuzzLoop();
        var peer = Peer(isServer: !isEngineServer, setting, setting.PeerVersions, hand, isPeer: true);
        TlsConnectionOptions options = isEngineServer
            ? EngineOptions.Server(setting, loop.Time, Later) : EngineOptions.Client(setting, loop.Time, Later);
        using var core = options is TlsServerOptions server
            ? BouncyCastleCore.CreateServer(server) : BouncyCastleCore.CreateClient((TlsClientOptions)options);
        var engine = new EngineSide(loop, core, options);

        peer.Begin();
        engine.Connection.ConnectionMade(engine);
        Drive(engine, peer, cutting);
        engine.EndStream();
        var words = engine.Conclude();
        Oracle.CheckAllocation(engine.Allocated, engine.Received, MostAllocated);
        return words;

        void Later(Action action) => loop.CallSoon(static state => ((Action)state!)(), action);
    }

    /// <summary>Stock BouncyCastle in the engine's place.</summary>
    /// <returns>Why it refuses; null when it goes through with all of it.</returns>
    public static Exception? RunStock(bool isEngineServer, Setting setting, Hand hand)
    {
        var peer = Peer(isServer: !isEngineServer, setting, setting.PeerVersions, hand, isPeer: true);
        var stock = Peer(isServer: isEngineServer, setting, setting.EngineVersions, hand: null, isPeer: false);
        peer.Begin();
        stock.Begin();
        var stage = 0;
        for (var round = 0; round < MaxRounds; round++)
        {
            var (toStock, toPeer) = (peer.TakeOutput(), stock.TakeOutput());
            if (toStock.Length == 0 && toPeer.Length == 0 && !Advance(peer, ref stage))
                break;
            stock.Take(toStock);
            peer.Take(toPeer);
            stock.ReadData();
        }

        // What the peer says to a stock endpoint is no refusal of that endpoint's.
        return stock.Failure is TlsFatalAlertReceived ? null : stock.Failure;
    }

    /// <summary>A plain handshake, and then what happens, one thing after the other.</summary>
    /// <exception cref="FindException">The handshake does not finish, besides all else.</exception>
    public static string RunEstablished(
        bool isEngineServer, Setting setting, Cutting cutting, IReadOnlyList<Action<EngineSide, PeerSide>> steps)
    {
        Identities.Prepare(setting.ServerKey);
        var loop = new FuzzLoop();
        var peer = Peer(isServer: !isEngineServer, setting, setting.PeerVersions, hand: null, isPeer: true);
        TlsConnectionOptions options = isEngineServer
            ? EngineOptions.Server(setting, loop.Time, static _ => { }) : EngineOptions.Client(setting, loop.Time, static _ => { });
        using var core = options is TlsServerOptions server
            ? BouncyCastleCore.CreateServer(server) : BouncyCastleCore.CreateClient((TlsClientOptions)options);
        var engine = new EngineSide(loop, core, options);
        peer.Begin();
        engine.Connection.ConnectionMade(engine);
        for (var round = 0; round < 8; round++)
            Exchange(engine, peer, Cutting.Whole);
        if (!peer.IsConnected || !engine.IsMade)
            throw new FindException($"A plain handshake does not finish: {engine.Connection.Failure?.Message} {peer.Failure?.Message}");

        foreach (var step in steps)
        {
            step(engine, peer);
            engine.Loop.Run();
            Exchange(engine, peer, cutting);
        }

        engine.EndStream();
        var words = engine.Conclude();
        Oracle.CheckAllocation(engine.Allocated, engine.Received, MostAllocated);
        return words;
    }

    private static void Exchange(EngineSide engine, PeerSide peer, Cutting cutting)
    {
        engine.Loop.Run();
        var (toPeer, toEngine) = (engine.TakeOutput(), peer.TakeOutput());
        if (toPeer.Length > 0)
            peer.Take(toPeer);
        engine.Deliver(toEngine, cutting);
        peer.ReadData();
    }

    /// <summary>BouncyCastle's endpoint for a setting.</summary>
    public static PeerSide Peer(
        bool isServer, Setting setting, System.Security.Authentication.SslProtocols versions, IHand? hand, bool isPeer)
    {
        var crypto = new SeededCrypto(new SeededRandom(isPeer ? setting.PeerSeed : setting.PeerSeed + 1000));
        return new PeerSide(isServer
            ? new HandledServer(new StockServer(crypto, setting, versions, isPeer), hand, setting.IsTranscriptKept)
            : new HandledClient(new StockClient(crypto, setting, versions, isPeer), hand, setting.IsTranscriptKept));
    }

    private static void Drive(EngineSide engine, PeerSide peer, Cutting cutting)
    {
        var stage = 0;
        for (var round = 0; ; round++)
        {
            if (round > MaxRounds)
                throw new FindException($"There is no end to it: more than {MaxRounds} rounds.");

            engine.Loop.Run();
            var (toPeer, toEngine) = (engine.TakeOutput(), peer.TakeOutput());
            if (toPeer.Length == 0 && toEngine.Length == 0 && !Advance(peer, ref stage))
                return;
            if (toPeer.Length > 0)
                peer.Take(toPeer);
            engine.Deliver(toEngine, cutting);
            peer.ReadData();
        }
    }

    /// <summary>Nothing moves: the peer sends data, then its end.</summary>
    /// <returns>Whether there was anything left to do.</returns>
    private static bool Advance(PeerSide peer, ref int stage)
    {
        switch (stage++)
        {
            case 0:
                peer.Write("first"u8.ToArray());
                return true;
            case 1:
                peer.Write("second"u8.ToArray());
                return true;
            case 2:
                peer.Close();
                return true;
            default:
                return false;
        }
    }
}
