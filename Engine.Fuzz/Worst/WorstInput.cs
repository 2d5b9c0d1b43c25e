using System.Security.Authentication;
using TlsFsm.Fuzz.Handshakes;

namespace TlsFsm.Fuzz.Worst;

/// <summary>The most work that a peer can make of a message before it has proved anything, at any size.</summary>
/// <param name="Name">What of which message.</param>
/// <param name="IsForServer">Whether a client sends it.</param>
/// <param name="Run">Sends one of about so many bytes; says what it came to.</param>
internal sealed record WorstInput(string Name, bool IsForServer, Func<int, WorstCost> Run)
{
    /// <summary>A ClientHello to a server.</summary>
    /// <param name="name">What of it.</param>
    /// <param name="make">Makes one of about so many bytes.</param>
    /// <param name="chooses">Whether the server chooses its options by it.</param>
    /// <param name="recordSize">What a record has of it.</param>
    /// <param name="version">Of the server.</param>
    public static WorstInput Hello(
        string name, Func<int, byte[]> make, bool chooses = false, int recordSize = 1 << 14, SslProtocols version = SslProtocols.None) =>
        Bytes($"ClientHello, {name}{(chooses ? ", chosen by" : "")}", size => Hellos.Records(make(size), recordSize), chooses, version);

    /// <summary>Bytes to a server.</summary>
    public static WorstInput Bytes(string name, Func<int, byte[]> make, bool chooses = false, SslProtocols version = SslProtocols.None) =>
        new(name, IsForServer: true, size =>
        {
            var loop = new FuzzLoop();
            var options = new TlsServerOptions
            {
                Credential = Identities.Server(KeyKind.Ed25519).Credential, TimeProvider = loop.Time,
                EnabledProtocols = version == SslProtocols.None ? SslProtocols.Tls12 | SslProtocols.Tls13 : version,
                Policy = TlsPolicy.Default with { Groups = [TlsNamedGroup.X25519] },
                Choose = chooses ? TlsDecisions.AtOnce<TlsClientHello, TlsServerChoice>(_ => TlsServerChoice.Default) : null,
                FindPsk = _ => null,
            };
            using var core = BouncyCastleCore.CreateServer(options);
            var engine = new EngineSide(loop, core, options);
            engine.Connection.ConnectionMade(engine);
            engine.Deliver(make(size), Cutting.Reads);
            return Conclude(engine);
        });

    /// <summary>Something that a server puts in the place of one of its messages.</summary>
    /// <param name="name">What.</param>
    /// <param name="version">Of both.</param>
    /// <param name="change">Given size, type of the record and its content.</param>
    /// <param name="kept">Whether the client keeps sessions.</param>
    public static WorstInput ToClient(
        string name, SslProtocols version, Func<int, byte, byte[], IReadOnlyList<(byte Type, byte[] Content)>> change, bool kept = false) =>
        new(name, IsForServer: false, size =>
        {
            var setting = Plain(version);
            var loop = new FuzzLoop();
            var peer = Encounter.Peer(isServer: true, setting, version, new SizedHand(size, change), isPeer: true);
            var options = EngineOptions.Client(setting, loop.Time, static _ => { }) with
            {
                Verification = Identities.Trust with { Memory = null }, SessionCache = kept ? new MemorySessionCache() : null,
                ApplicationProtocols = [System.Net.Security.SslApplicationProtocol.Http11],
            };
            using var core = BouncyCastleCore.CreateClient(options);
            return Drive(new EngineSide(loop, core, options), peer);
        });

    /// <summary>Something that a client puts in the place of one of its messages, to a server that asks for its certificate.</summary>
    /// <param name="name">What.</param>
    /// <param name="version">Of both.</param>
    /// <param name="change">Given size, type of the record and its content.</param>
    public static WorstInput ToServer(
        string name, SslProtocols version, Func<int, byte, byte[], IReadOnlyList<(byte Type, byte[] Content)>> change) =>
        new(name, IsForServer: true, size =>
        {
            var setting = Plain(version) with { ClientCertificates = ClientCertificateMode.Require, HasClientCertificate = true };
            var loop = new FuzzLoop();
            var peer = Encounter.Peer(isServer: false, setting, version, new SizedHand(size, change), isPeer: true);
            var options = EngineOptions.Server(setting, loop.Time, static _ => { }) with
            {
                ClientVerification = Identities.Trust with { Memory = null },
            };
            using var core = BouncyCastleCore.CreateServer(options);
            return Drive(new EngineSide(loop, core, options), peer);
        });

    private static WorstCost Drive(EngineSide engine, PeerSide peer)
    {
        peer.Begin();
        engine.Connection.ConnectionMade(engine);
        for (var round = 0; round < 6; round++)
        {
            peer.Take(engine.TakeOutput());
            engine.Deliver(peer.TakeOutput(), Cutting.Reads);
        }

        return Conclude(engine);
    }

    private static WorstCost Conclude(EngineSide engine)
    {
        engine.EndStream();
        return new WorstCost(engine.Received, engine.Allocated, engine.Time, engine.Conclude());
    }

    private static Setting Plain(SslProtocols version) => new()
    {
        EngineVersions = version, PeerVersions = version, ServerKey = KeyKind.Ed25519, ClientCertificates = ClientCertificateMode.None,
        HasClientCertificate = false, Retries = false, IsHybrid = false, HasPsk = false, Chooses = false, IsLate = false, SignsLate = false,
        HasProtocols = false, HasStaple = true, IsTranscriptKept = true, Suite = 0, PeerSeed = 1, Cutting = 0,
    };

    private sealed class SizedHand(int size, Func<int, byte, byte[], IReadOnlyList<(byte Type, byte[] Content)>> change) : IHand
    {
        public Action<byte[]> SendRaw { get; set; } = static _ => { };

        public IReadOnlyList<(byte Type, byte[] Content)> Change(byte type, byte[] content, bool isTls13)
        {
            // BouncyCastle writes no empty record.
            var records = change(size, type, content);
            foreach (var (other, _) in records.Where(record => record.Content.Length == 0))
                SendRaw([other, 3, 3, 0, 0]);
            return [.. records.Where(record => record.Content.Length > 0)];
        }
    }
}

/// <summary>What an input came to.</summary>
/// <param name="Received">Bytes that were brought.</param>
/// <param name="Allocated">Bytes that were allocated over them.</param>
/// <param name="Time">The processor's time for it: for reports alone.</param>
/// <param name="Words">How it ended.</param>
internal sealed record WorstCost(long Received, long Allocated, TimeSpan Time, string Words);
