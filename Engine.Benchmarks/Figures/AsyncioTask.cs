using System.Globalization;
using TlsFsm.Benchmarks.Measuring;
using TlsFsm.Benchmarks.Peers;

namespace TlsFsm.Benchmarks.Figures;

/// <summary>CPython's asyncio in a process of its own, both ends in it.</summary>
internal sealed class AsyncioTask : ITask, IForeignClock
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("tlsfsm-benchmarks-");
    private readonly Child _python;
    private readonly string _command;

    /// <param name="credential">The server's.</param>
    /// <param name="command">What asyncio_peer.py is told to do.</param>
    public AsyncioTask(TlsCredential credential, string command)
    {
        _command = command;
        var script = Path.Combine(_directory.FullName, "asyncio_peer.py");
        using (var source = typeof(AsyncioTask).Assembly.GetManifestResourceStream("asyncio_peer.py")!)
        using (var file = File.Create(script))
            source.CopyTo(file);

        var (chain, key, root) = BenchmarkCertificates.WritePem(credential, _directory.FullName);
        _python = Child.Start("python3", script, chain, key, root);
        var ready = _python.Hear(Patience);
        WrongResultException.ThrowUnless(ready.StartsWith("ready TLS_", StringComparison.Ordinal), $"asyncio says '{ready}'.");
    }

    public TimeSpan CpuTime { get; private set; }

    public void Check() => Run(1);

    public void Run(int operations)
    {
        _python.Tell($"{_command} {operations}");
        CpuTime += TimeSpan.FromSeconds(double.Parse(_python.Hear(Patience), CultureInfo.InvariantCulture));
    }

    public void Dispose()
    {
        _python.Dispose();
        _directory.Delete(recursive: true);
    }
}
