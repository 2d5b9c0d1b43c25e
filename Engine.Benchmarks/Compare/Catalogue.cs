using TlsFsm.Benchmarks.Figures;
using TlsFsm.Benchmarks.Measuring;
using TlsFsm.Benchmarks.Peers;

namespace TlsFsm.Benchmarks.Compare;

/// <summary>Who does what, for every figure that is a rate.</summary>
internal static class Catalogue
{
    public const string BulkAes = "bulk-aes128";
    public const string BulkChaCha = "bulk-chacha20";
    public const string Tcp = "tcp-aes128";
    public const string RoundTrip = "round-trip-64";
    public const string OneWay = "one-way-1k";
    public const string HandshakeEcdsa = "handshake-ecdsa";
    public const string HandshakeRsa = "handshake-rsa";
    public const string Resumed = "resumed";
    public const string Growth = "growth";

    /// <summary>All that can be asked for by id, the two that are no rates included.</summary>
    public static IReadOnlyList<string> Ids { get; } =
        [BulkAes, BulkChaCha, Tcp, RoundTrip, OneWay, HandshakeEcdsa, HandshakeRsa, Resumed, Growth, EchoLatency.Id, Comparison.Memory];

    public const int RecordSize = 16 * 1024;

    public static IReadOnlyList<int> Connections(Effort effort) => effort.IsShort ? [1, 10, 100] : [1, 10, 100, 1000];

    public static IReadOnlyList<Figure> Figures(Effort effort)
    {
        var megabytes = RecordSize / 1e6;
        var aes = PairSettings.Aes128;
        var rsa = aes with { Credential = BenchmarkCertificates.Rsa };

        // SslStream resumes only without a suite of the caller's choice, and AES-256 is its own.
        var resumed = PairSettings.Aes256 with { Resumes = true };
        Figure[] all =
        [
            new(BulkAes, "Bulk in memory, AES-128-GCM, 16 KB writes", "MB", megabytes, [.. Transfers(aes, RecordSize, effort), OpenSslInC(aes, "bulk"), Aead(aes)]),
            new(BulkChaCha, "Bulk in memory, ChaCha20-Poly1305, 16 KB writes", "MB", megabytes,
                [
                    .. Transfers(PairSettings.ChaCha20, RecordSize, effort), OpenSslInC(PairSettings.ChaCha20, "bulk"),
                    Aead(PairSettings.ChaCha20),
                ]),
            new(Tcp, "Bulk over loopback TCP, AES-128-GCM, 16 KB writes", "MB", megabytes,
            [
                new(ContenderNames.TlsFsm, Upload(aes, options => EngineLink.OpenAsync(new EngineOptions(options)))),
                new(ContenderNames.SslStream, Upload(aes, options => StreamLink.OpenSslStreamsAsync(new SslStreamOptions(options)))),
                new(ContenderNames.EngineStream, Upload(aes, options => StreamLink.OpenTlsStreamsAsync(new EngineOptions(options)))),
                new(ContenderNames.Asyncio + " (AES-256)", () => ProgramTask.OfAsyncio(aes.Credential, "bulk")),
            ]),
            new(RoundTrip, "Round trips of 64 B in memory", "round trips", 1,
                [.. Transfers(aes, 64, effort, isRoundTrip: true), OpenSslInC(aes, "round-trip")]),
            new(OneWay, "Messages of 1 KB one way in memory", "messages", 1,
                [.. Transfers(aes, 1024, effort), OpenSslInC(aes, "one-way")]),
            new(HandshakeEcdsa, "Full handshakes, ECDSA P-256, chain verified", "handshakes", 1,
            [
                .. Handshakes(aes, effort),
                .. Variants(aes, effort, isResumed: false),
                OpenSslInC(aes, "handshake"),
                new(ContenderNames.Asyncio + " (AES-256)", () => ProgramTask.OfAsyncio(aes.Credential, "handshake")),
            ]),
            new(HandshakeRsa, "Full handshakes, RSA-2048, chain verified", "handshakes", 1,
                [.. Handshakes(rsa, effort), Ours(rsa, EngineVariant.Plain with { IsChainBuiltAnew = true }), OpenSslInC(rsa, "handshake")]),
            new(Resumed, "Resumed handshakes", "handshakes", 1,
            [
                Ours(resumed, EngineVariant.Plain),
                new(ContenderNames.SslStream,
                    Handshake(resumed, settings => new SslStreamOptions(settings), options => new SslStreamPair(options))),
                .. Variants(resumed, effort, isResumed: true),
                Ours(aes with { Resumes = true }, EngineVariant.Plain, " (AES-128-GCM)", InFullOnly(effort)),
                OpenSslInC(resumed, "resumed"),
            ]),
            new(Growth, "Bulk in memory over many connections in turn", "MB", megabytes,
            [
                .. Connections(effort).Select(
                    count => new Contender(Many(ContenderNames.TlsFsm, count), Transfer(aes, Engine, RecordSize, connections: count))),
                .. Connections(effort).Select(
                    count => new Contender(
                        Many(ContenderNames.SslStream, count), Transfer(aes, SslStream, RecordSize, connections: count))),
            ]),
        ];
        return effort.IsGuard ? [.. all.Select(figure => figure with { Contenders = [.. figure.Contenders.Where(IsGuarded)] })] : all;
    }

    /// <summary>The contenders of the echo among loaded connections: the same code over streams, and our callbacks.</summary>
    public static IReadOnlyList<(string Name, Func<Task<ILink>> Open)> Links()
    {
        var engine = new EngineOptions(PairSettings.Aes128);
        var sslStream = new SslStreamOptions(PairSettings.Aes128);
        return
        [
            (ContenderNames.EngineStream, () => StreamLink.OpenTlsStreamsAsync(engine)),
            (ContenderNames.SslStream, () => StreamLink.OpenSslStreamsAsync(sslStream)),
            (ContenderNames.TlsFsm, () => EngineLink.OpenAsync(engine)),
        ];
    }

    public static string Many(string contender, int connections) => $"{contender} x {connections}";

    private static IEnumerable<Contender> Transfers(PairSettings settings, int size, Effort effort, bool isRoundTrip = false)
    {
        yield return new(ContenderNames.TlsFsm, Transfer(settings, Engine, size, isRoundTrip));
        yield return new(ContenderNames.SslStream, Transfer(settings, SslStream, size, isRoundTrip));
        yield return new(ContenderNames.RawNative, Transfer(settings, RawNative, size, isRoundTrip));
        yield return new(ContenderNames.RawStock, Transfer(settings, RawStock, size, isRoundTrip), InFullOnly(effort));
        yield return new(ContenderNames.TlsStream, Transfer(settings, TlsStream, size, isRoundTrip), InFullOnly(effort));
    }

    private static IEnumerable<Contender> Handshakes(PairSettings settings, Effort effort)
    {
        yield return new(ContenderNames.TlsFsm, () => new HandshakeTask(settings, Engine(settings)));
        yield return new(ContenderNames.SslStream, () => new HandshakeTask(settings, SslStream(settings)));
        yield return new(ContenderNames.RawNative, () => new HandshakeTask(settings, RawNative(settings)));
        yield return new(ContenderNames.RawStock, () => new HandshakeTask(settings, RawStock(settings)), InFullOnly(effort));
        yield return new(ContenderNames.TlsStream, () => new HandshakeTask(settings, TlsStream(settings)), InFullOnly(effort));
    }

    /// <summary>Our engine with and without each memory and package, by group, and each end alone.</summary>
    private static IEnumerable<Contender> Variants(PairSettings settings, Effort effort, bool isResumed)
    {
        var (plain, left) = (EngineVariant.Plain, InFullOnly(effort));
        var sodium = plain with { IsSodium = true };
        yield return Ours(settings, sodium);
        yield return Ours(settings, plain with { IsManaged = true });
        if (!isResumed)
        {
            yield return Ours(settings, plain with { IsChainBuiltAnew = true });
            yield return Ours(settings, sodium with { IsChainBuiltAnew = true }, leftOut: left);
        }

        yield return Ours(settings, plain with { Groups = [] });
        yield return Ours(settings, sodium with { Groups = [] }, leftOut: left);
        yield return Ours(settings, plain with { Groups = [TlsNamedGroup.Secp256r1] }, leftOut: left);
        foreach (var end in Enum.GetValues<PairEnd>())
        {
            yield return Ours(settings, plain with { Counted = end }, leftOut: left);
            yield return Ours(settings, sodium with { Counted = end }, leftOut: left);
        }
    }

    private static Contender Ours(PairSettings settings, EngineVariant variant, string suite = "", string? leftOut = null) => new(
        variant.Name + suite,
        () =>
        {
            var options = new EngineOptions(settings, variant);
            var handshakes = new HandshakeTask(settings, () => new EnginePair(options), variant.ShareBytes);
            return variant.Counted is null ? handshakes : new OneEndTask(handshakes);
        },
        leftOut);

    private static Contender OpenSslInC(PairSettings settings, string command) =>
        new(ContenderNames.OpenSslInC, () => ProgramTask.OfOpenSsl(settings, command));

    private static bool IsGuarded(Contender contender) =>
        contender.Name is ContenderNames.TlsFsm or ContenderNames.SslStream or ContenderNames.RawNative;

    private static string? InFullOnly(Effort effort) =>
        effort.IsShort ? $"left out of a {effort.Name} run: it takes seconds to warm up" : null;

    private static Contender Aead(PairSettings settings) => new(ContenderNames.Aead, () => new AeadTask(settings.Suite, RecordSize));

    private static Func<ITask> Transfer(
        PairSettings settings, Func<PairSettings, Func<IPair>> maker, int size, bool isRoundTrip = false, int connections = 1) =>
        () => new TransferTask(settings, maker(settings), size, isRoundTrip, connections);

    private static Func<ITask> Handshake<T>(PairSettings settings, Func<PairSettings, T> options, Func<T, IPair> create) => () =>
    {
        var made = options(settings);
        return new HandshakeTask(settings, () => create(made));
    };

    private static Func<ITask> Upload(PairSettings settings, Func<PairSettings, Task<ILink>> open) =>
        () => new UploadTask(() => open(settings), RecordSize);

    private static Func<IPair> Engine(PairSettings settings)
    {
        var options = new EngineOptions(settings);
        return () => new EnginePair(options);
    }

    private static Func<IPair> SslStream(PairSettings settings)
    {
        var options = new SslStreamOptions(settings);
        return () => new SslStreamPair(options);
    }

    private static Func<IPair> RawNative(PairSettings settings)
    {
        var crypto = RawCrypto.Native(settings.Credential);
        return () => new RawPair(settings, crypto);
    }

    private static Func<IPair> RawStock(PairSettings settings)
    {
        var crypto = RawCrypto.Stock(settings.Credential);
        return () => new RawPair(settings, crypto);
    }

    private static Func<IPair> TlsStream(PairSettings settings)
    {
        var crypto = RawCrypto.Stock(settings.Credential);
        return () => new TlsStreamPair(settings, crypto);
    }
}
