using System.Diagnostics;

namespace TlsFsm.Benchmarks.Peers;

/// <summary>A program that takes part: another instance of this one, Python, openssl. Ended at the latest when disposed of.</summary>
internal sealed class Child : IDisposable
{
    private readonly Process _process;

    private Child(Process process) => _process = process;

    /// <summary>Starts this program again with other arguments.</summary>
    public static Child StartSelf(params IEnumerable<string> arguments) =>
        Start(Environment.ProcessPath!, Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet"
            ? [System.Reflection.Assembly.GetEntryAssembly()!.Location, .. arguments]
            : arguments);

    /// <exception cref="System.ComponentModel.Win32Exception">There is no such program.</exception>
    public static Child Start(string program, params IEnumerable<string> arguments)
    {
        var info = new ProcessStartInfo(
            program, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        var process = Process.Start(info)!;
        process.ErrorDataReceived += static (_, _) => { };
        process.BeginErrorReadLine();
        return new Child(process);
    }

    /// <summary>CPU time so far, kernel included.</summary>
    public TimeSpan CpuTime => _process.TotalProcessorTime;

    public void Tell(string line)
    {
        _process.StandardInput.WriteLine(line);
        _process.StandardInput.Flush();
    }

    /// <summary>The next line of its output.</summary>
    /// <exception cref="TimeoutException">None came.</exception>
    /// <exception cref="EndOfStreamException">It ended.</exception>
    public string Hear(TimeSpan patience)
    {
        var line = _process.StandardOutput.ReadLineAsync();
        if (!line.Wait(patience))
            throw new TimeoutException($"{_process.StartInfo.FileName} says nothing for {patience.TotalSeconds} s.");

        return line.Result ?? throw new EndOfStreamException($"{_process.StartInfo.FileName} ended early.");
    }

    /// <summary>All of its output until it ends.</summary>
    /// <exception cref="TimeoutException">It does not end.</exception>
    public string HearAll(TimeSpan patience)
    {
        var text = _process.StandardOutput.ReadToEndAsync();
        if (!text.Wait(patience) || !_process.WaitForExit(patience))
            throw new TimeoutException($"{_process.StartInfo.FileName} does not end within {patience.TotalSeconds} s.");

        return text.Result;
    }

    public void Dispose()
    {
        if (!_process.HasExited)
            _process.Kill(entireProcessTree: true);
        _process.WaitForExit();
        _process.Dispose();
    }
}
