using System.Diagnostics;
using System.Globalization;
using TlsFsm.Benchmarks.Measuring;
using TlsFsm.Benchmarks.Peers;

namespace TlsFsm.Benchmarks.Figures;

/// <summary>
/// A contender that is a program in a process of its own, both ends in it. It is told what to do, and answers with its CPU time.
/// </summary>
internal sealed class ProgramTask : ITask, IForeignClock
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly Lazy<string> OpenSslProgram = new(CompileOpenSsl);

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("tlsfsm-benchmarks-");
    private readonly Child _program;
    private readonly string _command;

    private ProgramTask(TlsCredential credential, string command, Func<DirectoryInfo, (string Chain, string Key, string Root), Child> start)
    {
        _command = command;
        _program = start(_directory, BenchmarkCertificates.WritePem(credential, _directory.FullName));
        var ready = _program.Hear(Patience);
        WrongResultException.ThrowUnless(ready.StartsWith("ready TLS_", StringComparison.Ordinal), $"the program says '{ready}'.");
    }

    /// <summary>CPython's asyncio, over loopback TCP.</summary>
    /// <param name="credential">The server's.</param>
    /// <param name="command">What asyncio_peer.py is told to do.</param>
    public static ProgramTask OfAsyncio(TlsCredential credential, string command) => new(
        credential, command, (directory, pem) => Child.Start("python3", Extract("asyncio_peer.py", directory), pem.Chain, pem.Key, pem.Root));

    /// <summary>OpenSSL in C over a BIO pair, compiled here.</summary>
    /// <param name="settings">What both ends agree on.</param>
    /// <param name="command">What openssl_pair.c is told to do.</param>
    /// <exception cref="System.ComponentModel.Win32Exception">There is no C compiler.</exception>
    /// <exception cref="MissingPeerException">There are no headers of OpenSSL.</exception>
    public static ProgramTask OfOpenSsl(PairSettings settings, string command)
    {
        var program = OpenSslProgram.Value;
        return new(
            settings.Credential, command,
            (_, pem) => Child.Start(program, pem.Chain, pem.Key, pem.Root, settings.Suite.ToString()));
    }

    public TimeSpan CpuTime { get; private set; }

    /// <summary>Nothing: what another program has is not managed.</summary>
    public long Allocated => 0;

    public void Check() => Run(2);

    public void Run(int operations)
    {
        _program.Tell($"{_command} {operations}");
        var answer = _program.Hear(Patience);
        WrongResultException.ThrowUnless(
            double.TryParse(answer, CultureInfo.InvariantCulture, out var seconds), $"the program says '{answer}'.");
        CpuTime += TimeSpan.FromSeconds(seconds);
    }

    public void Dispose()
    {
        _program.Dispose();
        _directory.Delete(recursive: true);
    }

    private static string Extract(string name, DirectoryInfo directory)
    {
        var path = Path.Combine(directory.FullName, name);
        using var source = typeof(ProgramTask).Assembly.GetManifestResourceStream(name)!;
        using var file = File.Create(path);
        source.CopyTo(file);
        return path;
    }

    private static string CompileOpenSsl()
    {
        var directory = Directory.CreateTempSubdirectory("tlsfsm-openssl-");
        AppDomain.CurrentDomain.ProcessExit += (_, _) => directory.Delete(recursive: true);
        var program = Path.Combine(directory.FullName, "openssl_pair");
        using var compiler = Process.Start(new ProcessStartInfo(
            "cc", ["-O2", "-o", program, Extract("openssl_pair.c", directory), "-lssl", "-lcrypto"]) { RedirectStandardError = true })!;
        var errors = compiler.StandardError.ReadToEnd();
        compiler.WaitForExit();
        return compiler.ExitCode == 0
            ? program : throw new MissingPeerException($"not compiled (the package libssl-dev has what it needs): {errors.Split('\n')[0]}");
    }
}
