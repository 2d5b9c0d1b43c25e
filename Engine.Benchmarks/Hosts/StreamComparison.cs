using System.Diagnostics;
using System.Security.Cryptography;
using TlsFsm.Benchmarks.Figures;
using TlsFsm.Benchmarks.Measuring;
using TlsFsm.Benchmarks.Peers;

namespace TlsFsm.Benchmarks.Hosts;

/// <summary>Our stream over sockets and .NET's, both ends in this process and all around them the same code.</summary>
/// <param name="isQuick">For a look, not for numbers that count.</param>
/// <param name="progress">Told what is measured.</param>
/// <param name="row">Told a figure: its title, ours, .NET's, and how a value is written.</param>
internal sealed class StreamComparison(
    bool isQuick, Action<string> progress, Action<string, List<double>, List<double>, string> row)
{
    private static readonly TimeSpan LongestWarmUp = TimeSpan.FromSeconds(20);

    private readonly int _rounds = isQuick ? 3 : 9;
    private readonly Func<Task<ILink>> _ours = Of(new EngineOptions(PairSettings.Aes128));
    private readonly Func<Task<ILink>> _theirs = Of(new SslStreamOptions(PairSettings.Aes128));

    public void Run()
    {
        Measure("TlsStream over TCP, 64 B round trip, CPU (us)", size: 64, count: isQuick ? 500 : 5000, Echo);
        Measure("TlsStream over TCP, echo of 16 KB, CPU (us)", size: 16 * 1024, count: isQuick ? 200 : 2000, Echo);
        Measure("TlsStream over TCP, 16 KB one way, CPU (us)", size: 16 * 1024, count: isQuick ? 200 : 4000, Upload);

        progress(EchoLatency.Describe());
        var latencies = EchoLatency.Measure(
            [(WebServer.Ours, _ours), (WebServer.Theirs, _theirs)], isQuick ? Effort.Quick : Effort.Full,
            missing => progress($"{missing.Contender}: {missing.Why}"), progress);
        List<double> Values(string name) => [.. latencies.Where(one => one.Contender == name).SelectMany(one => one.Rounds)];
        if (latencies.Count > 1)
            row($"TlsStream, {EchoLatency.Describe()} (us)", Values(WebServer.Ours), Values(WebServer.Theirs), "0");
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
        await using var ours = await _ours();
        await using var theirs = await _theirs();
        foreach (var link in (ILink[])[ours, theirs])
            await WarmUpAsync(() => run(link, message, count));

        var (own, others) = (new List<double>(), new List<double>());
        for (var round = 0; round < _rounds; round++)
        {
            // Nobody is always the first.
            foreach (var isOurs in (bool[])[round % 2 == 0, round % 2 != 0])
            {
                var before = CpuTime();
                await Task.Run(() => run(isOurs ? ours : theirs, message, count));
                (isOurs ? own : others).Add((CpuTime() - before).TotalMicroseconds / count);
            }
        }

        row(title, own, others, "0.0");
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
