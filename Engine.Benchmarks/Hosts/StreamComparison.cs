using System.Diagnostics;
using System.Security.Cryptography;
using TlsFsm.Benchmarks.Figures;
using TlsFsm.Benchmarks.Measuring;
using TlsFsm.Benchmarks.Peers;

namespace TlsFsm.Benchmarks.Hosts;

/// <summary>
/// Our stream over sockets and .NET's, both ends in this process and all around them the same code; and the sockets' own stream, which
/// nobody can be quicker than.
/// </summary>
/// <param name="isQuick">For a look, not for numbers that count.</param>
/// <param name="progress">Told what is measured.</param>
/// <param name="row">Told a figure: its title, the values by contender, and how one is written.</param>
internal sealed class StreamComparison(bool isQuick, Action<string> progress, Action<string, Dictionary<string, List<double>>, string> row)
{
    private static readonly TimeSpan LongestWarmUp = TimeSpan.FromSeconds(20);

    private readonly int _rounds = isQuick ? 3 : 9;
    private readonly IReadOnlyList<(string Name, Func<Task<ILink>> Open)> _contenders =
    [
        (WebServer.Ours, Of(new EngineOptions(PairSettings.Aes128))),
        (WebServer.Theirs, Of(new SslStreamOptions(PairSettings.Aes128))),
        (WebServer.Plain, StreamLink.OpenPlainStreamsAsync),
    ];

    public void Run()
    {
        Measure("TlsStream over TCP, 64 B round trip, CPU (us)", size: 64, count: isQuick ? 500 : 5000, Echo);
        Measure("TlsStream over TCP, echo of 16 KB, CPU (us)", size: 16 * 1024, count: isQuick ? 200 : 2000, Echo);
        Measure("TlsStream over TCP, 16 KB one way, CPU (us)", size: 16 * 1024, count: isQuick ? 200 : 4000, Upload);

        progress(EchoLatency.Describe());
        var latencies = EchoLatency.Measure(
            _contenders, isQuick ? Effort.Quick : Effort.Full,
            missing => progress($"{missing.Contender}: {missing.Why}"), progress);
        if (latencies.Count < _contenders.Count)
            return;

        row(
            $"TlsStream, {EchoLatency.Describe()} (us)",
            latencies.ToDictionary(one => one.Contender, one => one.Rounds.ToList()), "0");
    }

    private static Func<Task<ILink>> Of(EngineOptions options) => () => StreamLink.OpenTlsStreamsAsync(options);

    private static Func<Task<ILink>> Of(SslStreamOptions options) => () => StreamLink.OpenSslStreamsAsync(options);

    private static async Task Echo(ILink link, byte[] message, int count)
    {
        var received = new byte[message.Length];
        for (var i = 0; i < count; i++)
            await link.EchoAsync(message, received);
        WrongResultException.ThrowUnless(received.AsSpan().SequenceEqual(message), "Something else came back than was sent.");
    }

    private static Task Upload(ILink link, byte[] message, int count) => link.UploadAsync(message, count);

    private void Measure(string title, int size, int count, Func<ILink, byte[], int, Task> run)
    {
        progress(title);
        MeasureAsync(title, size, count, run).GetAwaiter().GetResult();
    }

    private async Task MeasureAsync(string title, int size, int count, Func<ILink, byte[], int, Task> run)
    {
        var message = RandomNumberGenerator.GetBytes(size);
        var links = new List<(string Name, ILink Link)>();
        try
        {
            foreach (var (name, open) in _contenders)
            {
                links.Add((name, await open()));
                await WarmUpAsync(() => run(links[^1].Link, message, count));
            }

            var values = links.ToDictionary(one => one.Name, _ => new List<double>());
            for (var round = 0; round < _rounds; round++)
            {
                // Nobody is always the first.
                foreach (var (name, link) in links.Skip(round % links.Count).Concat(links.Take(round % links.Count)))
                {
                    var before = CpuTime();
                    await Task.Run(() => run(link, message, count));
                    values[name].Add((CpuTime() - before).TotalMicroseconds / count);
                }
            }

            row(title, values, "0.0");
        }
        finally
        {
            foreach (var (_, link) in links)
                await link.DisposeAsync();
        }
    }

    private async Task WarmUpAsync(Func<Task> run)
    {
        var clock = Stopwatch.StartNew();
        long compiled;
        do
        {
            compiled = System.Runtime.JitInfo.GetCompiledMethodCount();
            await Task.Run(run);
        }
        while (!isQuick && clock.Elapsed < LongestWarmUp && System.Runtime.JitInfo.GetCompiledMethodCount() - compiled > 2);
    }

    private static TimeSpan CpuTime()
    {
        using var process = Process.GetCurrentProcess();
        return process.TotalProcessorTime;
    }
}
