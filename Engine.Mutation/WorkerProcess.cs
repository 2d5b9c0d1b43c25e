using System.Diagnostics;
using System.Text.Json;

namespace TlsFsm.Mutation;

/// <summary>A process that tries mutants, one after the other; ended when one makes it hang.</summary>
internal sealed class WorkerProcess : IDisposable
{
    private readonly Process _process;

    public WorkerProcess(string folder, int active)
    {
        _process = Process.Start(new ProcessStartInfo(
            "dotnet", [typeof(WorkerProcess).Assembly.Location, "serve", folder, $"{active}"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        _process.ErrorDataReceived += (_, _) => { };
        _process.BeginErrorReadLine();
    }

    /// <summary>Comes back when it has loaded the tests.</summary>
    /// <returns>False: it does not even come so far.</returns>
    public async Task<bool> IsReadyAsync() => await ReadAsync(TimeSpan.FromMinutes(3)) == "ready";

    /// <summary>Tries one.</summary>
    /// <returns>The test that noticed it, empty when none did; null when the process hangs or has died.</returns>
    public async Task<string?> TryAsync(int mutant, string[] tests, TimeSpan limit)
    {
        try
        {
            await _process.StandardInput.WriteLineAsync(JsonSerializer.Serialize(new Worker.Task(mutant, tests)));
            await _process.StandardInput.FlushAsync();
        }
        catch (IOException)
        {
            return null;
        }

        return await ReadAsync(limit);
    }

    public void Dispose()
    {
        _process.Kill(entireProcessTree: true);
        _process.Dispose();
    }

    private async Task<string?> ReadAsync(TimeSpan limit)
    {
        try
        {
            return await _process.StandardOutput.ReadLineAsync().WaitAsync(limit);
        }
        catch (TimeoutException)
        {
            return null;
        }
    }
}
