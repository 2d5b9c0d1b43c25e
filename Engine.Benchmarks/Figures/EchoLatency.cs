using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using TlsFsm.Benchmarks.Measuring;
using TlsFsm.Benchmarks.Peers;

namespace TlsFsm.Benchmarks.Figures;

/// <summary>
/// How long an echo of 64 bytes takes while a hundred connections of the same kind carry a load that is the same for every contender: so
/// many messages, so often, by a timer. Wall time, in microseconds.
/// </summary>
/// <remarks>
/// A round in which the host of a virtual machine took processors away is not counted, and measured again.
/// Not as fast as they can: then the queues are always full, and what is measured is who gives way to whom among endless work items of the
/// thread pool. Under a given load the time of an echo is its own way plus the work it meets, which is the contender's.
/// </remarks>
internal static class EchoLatency
{
    public const string Id = "latency";
    public const int Connections = 100;

    private const int MessageSize = 64;
    private const int BulkSize = 16 * 1024;
    private const int Burst = 2;
    private const double LeastShare = 0.9;

    // In the tail of a latency a host that takes a processor away for some milliseconds is all that is seen.
    private const double MostStolen = 0.02;
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(1);

    /// <summary>Bytes a second that all loaded connections are given together.</summary>
    private static double Offered => Connections * Burst * BulkSize / Period.TotalSeconds;

    public static string Describe() => string.Create(
        CultureInfo.InvariantCulture,
        $"P99 of a 64 B echo among {Connections} connections, each given {Burst} x 16 KB every {Period.TotalMilliseconds} ms "
        + $"({Offered / 1e6:0} MB/s together)");

    public static IReadOnlyList<Result> Measure(
        IReadOnlyList<(string Name, Func<Task<ILink>> Open)> contenders, Effort effort, Action<Absence> missing, Action<string> note)
    {
        var rounds = effort.IsShort ? 3 : 9;
        var duration = TimeSpan.FromMilliseconds(effort.IsShort ? 600 : 3000);
        var taking = contenders.ToList();
        var values = contenders.ToDictionary(one => one.Name, _ => new List<double>());
        var loads = contenders.ToDictionary(one => one.Name, _ => new List<double>());
        var (round, robbed) = (0, 0);
        while (round <= rounds && robbed < 2 * rounds)
        {
            // Nobody is always the first.
            var first = round % Math.Max(1, taking.Count);
            var found = new List<(string Name, double Latency, double Load)>();
            var host = new HostTime();
            foreach (var (name, open) in taking.Skip(first).Concat(taking.Take(first)).ToArray())
            {
                try
                {
                    var (latency, load) = MeasureOnceAsync(open, round == 0 ? duration / 2 : duration).GetAwaiter().GetResult();
                    found.Add((name, latency, load));
                }
                catch (Exception exception)
                {
                    missing(Absence.Of(Describe(), name, exception));
                    taking.RemoveAll(one => one.Name == name);
                }
            }

            // The first round is for the compiler.
            if (round > 0 && host.StolenShare > MostStolen)
            {
                robbed++;
                continue;
            }

            if (round++ == 0)
                continue;

            foreach (var (name, latency, load) in found)
            {
                values[name].Add(latency);
                loads[name].Add(load);
            }
        }

        if (round <= rounds)
        {
            foreach (var (name, _) in taking)
                missing(new Absence(Describe(), name, string.Create(
                    CultureInfo.InvariantCulture,
                    $"not to be told on this machine: in {robbed} of {robbed + round - 1} rounds its host gave more than "
                    + $"{100 * MostStolen:0} % of the processors' time to others")));
            return [];
        }

        foreach (var (name, _) in taking.ToArray())
        {
            var share = Statistics.Median(loads[name]);
            note(string.Create(
                CultureInfo.InvariantCulture,
                $"{name}: the loaded connections carried {100 * share:0} % of what they were given while the echo was measured."));
            if (share >= LeastShare)
                continue;

            missing(new Absence(
                Describe(), name,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"overloaded: it carried {100 * share:0} % of the load only, which is not the same load")));
            taking.RemoveAll(one => one.Name == name);
        }

        return [.. taking.Select(one => new Result(Id, one.Name, values[one.Name]))];
    }

    private static async Task<(double Latency, double Load)> MeasureOnceAsync(Func<Task<ILink>> open, TimeSpan duration)
    {
        GC.Collect();
        var links = new List<ILink>();
        try
        {
            for (var i = 0; i <= Connections; i++)
                links.Add(await open());

            using var end = new CancellationTokenSource();

            // Not all on the same tick.
            var load = links.Skip(1).Select((link, i) => Task.Run(() => LoadAsync(link, Period * i / Connections, end.Token))).ToArray();
            var latencies = await Task.Run(() => EchoAsync(links[0], duration));
            await end.CancelAsync();
            var carried = await Task.WhenAll(load);
            return (Statistics.Percentile(latencies, 0.99), (double)carried.Sum(one => one.Sent) / carried.Sum(one => one.Due));
        }
        finally
        {
            await Task.WhenAll(links.Select(link => link.DisposeAsync().AsTask()));
        }
    }

    /// <summary>Sends what is due on every tick: a tick that comes late is made up for.</summary>
    private static async Task<(long Sent, long Due)> LoadAsync(ILink link, TimeSpan phase, CancellationToken end)
    {
        var message = RandomNumberGenerator.GetBytes(BulkSize);
        var (sent, due) = (0L, 0L);
        try
        {
            await Task.Delay(phase, end);
            var clock = Stopwatch.StartNew();
            using var timer = new PeriodicTimer(Period);
            while (await timer.WaitForNextTickAsync(end))
            {
                due = Burst * (long)(clock.Elapsed / Period);
                if (due == sent)
                    continue;

                await link.UploadAsync(message, (int)(due - sent));
                sent = due;
                due = Burst * (long)(clock.Elapsed / Period);
            }
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            // That is how it ends.
        }

        return (sent, due);
    }

    private static async Task<List<double>> EchoAsync(ILink link, TimeSpan duration)
    {
        var latencies = new List<double>();
        var message = RandomNumberGenerator.GetBytes(MessageSize);
        var received = new byte[MessageSize];
        var clock = Stopwatch.StartNew();
        while (clock.Elapsed < duration)
        {
            await Task.Delay(Pause);
            var started = Stopwatch.GetTimestamp();
            await link.EchoAsync(message, received);
            latencies.Add(Stopwatch.GetElapsedTime(started).TotalMicroseconds);
            WrongResultException.ThrowUnless(received.AsSpan().SequenceEqual(message), "Something else came back than was sent.");
        }

        return latencies;
    }
}
