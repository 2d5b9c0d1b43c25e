using TlsFsm.Benchmarks.Figures;
using TlsFsm.Benchmarks.Measuring;

namespace TlsFsm.Benchmarks.Compare;

/// <summary>The table of what is to be reached, filled from results.</summary>
internal sealed class Targets(IReadOnlyList<Result> results, Effort effort, Holdings? holdings, Holdings? manyHoldings)
{
    public IReadOnlyList<Target> Judge() =>
    [
        Ratio("Bulk AES-128-GCM, in memory, against SslStream", Catalogue.BulkAes, ContenderNames.SslStream, 1.10, 1.30),
        Ratio("Bulk AES-128-GCM, in memory, against the AEAD alone", Catalogue.BulkAes, ContenderNames.Aead, null, 0.90),
        Ratio("Bulk ChaCha20-Poly1305, in memory, against SslStream", Catalogue.BulkChaCha, ContenderNames.SslStream, 1.05, 1.20),
        Ratio("Bulk over loopback TCP against SslStream", Catalogue.Tcp, ContenderNames.SslStream, 1.0, 1.15),
        Slower("Slower than raw BouncyCastle with our crypto (negative: faster)", Catalogue.BulkAes, ContenderNames.RawNative, 8, 3),
        Ratio("64 B round trip against SslStream", Catalogue.RoundTrip, ContenderNames.SslStream, 1.5, 2.0),
        Ratio("1 KB one way against SslStream", Catalogue.OneWay, ContenderNames.SslStream, 1.1, 1.5),
        Ratio("Full handshake, ECDSA P-256, against SslStream", Catalogue.HandshakeEcdsa, ContenderNames.SslStream, 2.0, 3.0),
        Ratio("Full handshake, RSA-2048, against SslStream", Catalogue.HandshakeRsa, ContenderNames.SslStream, 1.5, 2.0),
        Ratio("Full handshake, ECDSA P-256, each chain built anew, against SslStream", Catalogue.HandshakeEcdsa, ContenderNames.SslStream,
            null, 2.0, ContenderNames.ChainBuiltAnew),
        // Held at what an AMD EPYC reaches on a busy day (1.1 to 1.3 on a quiet one); a Xeon reaches 1.6.
        Ratio("Resumed handshake against SslStream", Catalogue.Resumed, ContenderNames.SslStream, 1.7, 2.0, held: 1.15),
        Ratio("Resumed handshake with libsodium against SslStream", Catalogue.Resumed, ContenderNames.SslStream, 2.1, 3.0,
            ContenderNames.Sodium, isGuarded: false),
        Ratio("Resumed handshake with libsodium against OpenSSL in C", Catalogue.Resumed, ContenderNames.OpenSslInC, 1.1, 1.39,
            ContenderNames.Sodium, isGuarded: false),
        Ratio("Full handshake, ECDSA P-256, with libsodium, against OpenSSL in C", Catalogue.HandshakeEcdsa, ContenderNames.OpenSslInC,
            1.5, 2.0, ContenderNames.Sodium, isGuarded: false),
        Ratio("Bulk AES-128-GCM, in memory, against OpenSSL in C", Catalogue.BulkAes, ContenderNames.OpenSslInC, 1.0, 1.1,
            isGuarded: false),
        new(Catalogue.BulkAes, "Allocated for each 16 KB record, both sides",
            Find(Catalogue.BulkAes, ContenderNames.TlsFsm)?.AllocatedPerOperation, null, 256, 80, IsLimit: true, "B"),
        new("memory", "Idle server connection after 16 KB each way", holdings?.ResidentPerConnection / 1024, null, 20, 10,
            IsLimit: true, "KB"),
        new("memory", $"Process with {HoldingsCount.Many:N0} idle server connections", manyHoldings?.Resident / 1e6, null, 400, 250,
            IsLimit: true, "MB"),
        new("memory", "Threads of that process", manyHoldings?.Threads, null, 64, null, IsLimit: true, "threads"),
        Growth(),
        Latency(),
    ];

    private Target Ratio(
        string title, string figure, string other, double? must, double aim, string us = ContenderNames.TlsFsm, double? held = null,
        bool isGuarded = true)
    {
        var ratio = Compare(figure, other, us);
        return new(figure, title, ratio?.Median, ratio is { } spread ? (spread.Low, spread.High) : null, must, aim, Held: held,
            IsGuarded: isGuarded);
    }

    private Target Slower(string title, string figure, string other, double must, double aim)
    {
        var ratio = Compare(figure, other);
        return new(
            figure, title, 100 * (1 - ratio?.Median), ratio is { } spread ? (100 * (1 - spread.High), 100 * (1 - spread.Low)) : null, must,
            aim, IsLimit: true, "%");
    }

    /// <summary>Cost for each byte with many connections, as far as it departs from the cost with one.</summary>
    private Target Growth()
    {
        var counts = Catalogue.Connections(effort);
        var one = Find(Catalogue.Growth, Catalogue.Many(ContenderNames.TlsFsm, 1));
        var costs = counts.Skip(1)
            .Select(count =>
                Find(Catalogue.Growth, Catalogue.Many(ContenderNames.TlsFsm, count)) is { } many ? one?.RatioTo(many).Median : null)
            .ToArray();
        return new(
            Catalogue.Growth, $"Growth of the cost for each byte, 1 to {counts[^1]:N0} connections",
            costs.All(cost => cost is not null) ? costs.Max(cost => 100 * (cost!.Value - 1)) : null, null, 15, 5, IsLimit: true, "%");
    }

    /// <summary>Stream against stream: the callbacks have fewer turns to wait for, and would flatter us.</summary>
    private Target Latency()
    {
        var ratio = Compare(EchoLatency.Id, ContenderNames.SslStream, ContenderNames.EngineStream);
        return new(
            EchoLatency.Id, $"P99 of an echo among {EchoLatency.Connections} loaded connections, TlsStream against SslStream",
            ratio?.Median, ratio is { } spread ? (spread.Low, spread.High) : null, 1.0, 0.7, IsLimit: true);
    }

    private (double Median, double Low, double High)? Compare(string figure, string other, string us = ContenderNames.TlsFsm) =>
        Find(figure, us) is { } ours && Find(figure, other) is { } theirs ? ours.RatioTo(theirs) : null;

    private Result? Find(string figure, string contender) =>
        results.FirstOrDefault(one => one.FigureId == figure && one.Contender == contender);
}
