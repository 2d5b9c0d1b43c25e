using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using TlsFsm.Benchmarks.Measuring;
using TlsFsm.Benchmarks.Peers;

namespace TlsFsm.Benchmarks.Figures;

/// <summary>How long an echo of 64 bytes takes while many connections of the same kind upload as fast as they can. Wall time, in microseconds.</summary>
internal static class EchoLatency
{
    public const string Id = "latency";

    private const int MessageSize = 64;
    private const int BulkSize = 16 * 1024;
    private const int BulkBatch = 256;
    private const int FewestEchoes = 50;

    public static IReadOnlyList<Result> Measure(
        IReadOnlyList<(string Name, Func<Task<ILink>> Open)> contenders, Effort effort, int connections, Action<string> report)
    {
        var rounds = effort.IsQuick ? 3 : 9;
        var duration = TimeSpan.FromMilliseconds(effort.IsQuick ? 500 : 3000);
        var values = contenders.ToDictionary(one => one.Name, _ => new List<double>());
        var loads = contenders.ToDictionary(one => one.Name, _ => new List<double>());
        for (var round = 0; round <= rounds; round++)
        {
            foreach (var (name, open) in contenders)
            {
                var (latency, load) = MeasureOnceAsync(open, connections, duration).GetAwaiter().GetResult();

                // The first round is for the compiler.
                if (round == 0)
                    continue;

                values[name].Add(latency);
                loads[name].Add(load);
            }
        }

        var carried = string.Join(", ", loads.Select(one => string.Create(CultureInfo.InvariantCulture, $"{one.Key} {Statistics.Median(one.Value):N0} MB/s")));
        report(string.Create(
            CultureInfo.InvariantCulture, $"{Id}: {rounds} rounds of {duration.TotalSeconds} s; the {connections} other connections carried meanwhile, by the clock: {carried}."));
        return [.. values.Select(one => new Result(Id, one.Key, one.Value))];
    }

    private static async Task<(double Latency, double Load)> MeasureOnceAsync(Func<Task<ILink>> open, int connections, TimeSpan duration)
    {
        GC.Collect();
        var links = new List<ILink>();
        try
        {
            for (var i = 0; i <= connections; i++)
                links.Add(await open());

            using var end = new CancellationTokenSource();
            var clock = Stopwatch.StartNew();
            var load = links.Skip(1).Select(link => Task.Run(() => LoadAsync(link, end.Token))).ToArray();
            var latencies = await Task.Run(() => EchoAsync(links[0], duration));
            await end.CancelAsync();
            var batches = (await Task.WhenAll(load)).Sum();
            return (Statistics.Percentile(latencies, 0.99), (double)batches * BulkBatch * BulkSize / 1e6 / clock.Elapsed.TotalSeconds);
        }
        finally
        {
            foreach (var link in links)
                await link.DisposeAsync();
        }
    }

    private static async Task<int> LoadAsync(ILink link, CancellationToken end)
    {
        var message = new byte[BulkSize];
        var batches = 0;
        for (; !end.IsCancellationRequested; batches++)
            await link.UploadAsync(message, BulkBatch);
        return batches;
    }

    private static async Task<List<double>> EchoAsync(ILink link, TimeSpan duration)
    {
        var latencies = new List<double>();
        var message = RandomNumberGenerator.GetBytes(MessageSize);
        var received = new byte[MessageSize];
        var clock = Stopwatch.StartNew();
        while (clock.Elapsed < duration || (latencies.Count < FewestEchoes && clock.Elapsed < 4 * duration))
        {
            var started = Stopwatch.GetTimestamp();
            await link.EchoAsync(message, received);
            latencies.Add(Stopwatch.GetElapsedTime(started).TotalMicroseconds);
            WrongResultException.ThrowUnless(received.AsSpan().SequenceEqual(message), "Something else came back than was sent.");
        }

        return latencies;
    }
}
