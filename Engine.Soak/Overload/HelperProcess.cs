using System.Diagnostics;
using System.Globalization;

namespace TlsFsm.Soak.Overload;

/// <summary>This program once more, for one side: it answers a line for each line, and ends with its input.</summary>
internal sealed class HelperProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly SemaphoreSlim _turn = new(1);

    public HelperProcess(params string[] arguments)
    {
        var library = typeof(HelperProcess).Assembly.Location;
        var ourselves = Environment.ProcessPath;
        var isOurs = Path.GetFileNameWithoutExtension(ourselves) == Path.GetFileNameWithoutExtension(library);
        _process = Process.Start(new ProcessStartInfo(
            isOurs ? ourselves! : "dotnet", isOurs ? arguments : [library, .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
    }

    /// <summary>The processor time that it has taken until now.</summary>
    public TimeSpan Cpu
    {
        get
        {
            _process.Refresh();
            return _process.TotalProcessorTime;
        }
    }

    /// <summary>Says a line.</summary>
    public async Task SayAsync(string line)
    {
        await _process.StandardInput.WriteLineAsync(line);
        await _process.StandardInput.FlushAsync(CancellationToken.None);
    }

    /// <summary>What it says next.</summary>
    /// <exception cref="IOException">It has ended.</exception>
    public async Task<string> HearAsync(CancellationToken cancellationToken = default) =>
        await _process.StandardOutput.ReadLineAsync(cancellationToken) ?? throw new IOException("A helper process has ended early.");

    /// <summary>Its counts as they are now.</summary>
    public async Task<long[]> CountAsync()
    {
        await _turn.WaitAsync();
        try
        {
            await SayAsync("count");
            return [.. (await HearAsync()).Split(' ').Select(count => long.Parse(count, CultureInfo.InvariantCulture))];
        }
        finally
        {
            _turn.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            _process.StandardInput.Close();
            await _process.WaitForExitAsync().WaitAsync(Patience);
        }
        catch (Exception exception) when (exception is TimeoutException or IOException)
        {
            _process.Kill();
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
        _turn.Dispose();
    }

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
}
