using System.ComponentModel;
using System.Diagnostics;
using System.Text;
using System.Text.RegularExpressions;

namespace TlsFsm.Tests.Support;

/// <summary>
/// A program that is not ours (openssl, curl, ...): started by a test, watched, and killed by its own handle at the latest when
/// the test is over. Never by name: others may run the same program.
/// </summary>
internal sealed class ExternalTool : IAsyncDisposable
{
    /// <summary>How long any of the waits below may take: generous, because it only matters when something is broken.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly Process _process;
    private readonly StringBuilder _output = new();
    private readonly StringBuilder _errors = new();
    private readonly Task _outputEnd;
    private readonly Task _errorEnd;
    private TaskCompletionSource _news = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private ExternalTool(Process process)
    {
        _process = process;
        _outputEnd = CollectAsync(process.StandardOutput, _output);
        _errorEnd = CollectAsync(process.StandardError, _errors);

        // Whoever waits for a text has a last look after both streams have ended.
        _ = Task.WhenAll(_outputEnd, _errorEnd).ContinueWith(_ => Announce(), TaskScheduler.Default);
    }

    /// <summary>The tools must be there: without one the test is ignored with the reason, and under <c>CI=true</c> it fails.</summary>
    public static void Require(params string[] tools)
    {
        foreach (var tool in tools)
        {
            if (Find(tool) is null)
                IsMissing($"{tool} is not installed.");
        }
    }

    /// <summary>Something that a test needs is not here: it is ignored with the reason, and under <c>CI=true</c> it fails.</summary>
    public static void IsMissing(string reason)
    {
        if (Environment.GetEnvironmentVariable("CI") == "true")
            Assert.Fail(reason);
        else
            Assert.Ignore(reason);
    }

    /// <summary>Where a tool is; null when it is nowhere on the path.</summary>
    public static string? Find(string tool)
    {
        string[] endings = OperatingSystem.IsWindows() ? [".exe", ".cmd", ""] : [""];
        return (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .SelectMany(folder => endings.Select(ending => Path.Combine(folder, tool + ending)))
            .FirstOrDefault(File.Exists);
    }

    /// <summary>Starts a tool with its three streams in our hands.</summary>
    public static ExternalTool Start(string tool, params string[] arguments)
    {
        var start = new ProcessStartInfo(tool, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };

        // Latin 1 keeps every byte, so binary output can be compared.
        start.StandardInputEncoding = start.StandardOutputEncoding = start.StandardErrorEncoding = Encoding.Latin1;
        try
        {
            return new ExternalTool(Process.Start(start)!);
        }
        catch (Win32Exception exception)
        {
            throw new AssertionException($"{tool} does not start: {exception.Message}");
        }
    }

    /// <summary>Starts a tool, gives it <paramref name="input"/> and the end of it, and waits for its exit.</summary>
    public static async Task<(int ExitCode, string Output, string Errors)> RunAsync(string tool, string input, params string[] arguments)
    {
        await using var running = Start(tool, arguments);
        await running.WriteAsync(input);
        running.CloseInput();
        var exitCode = await running.WaitForExitAsync();
        return (exitCode, running.Output, running.Errors);
    }

    /// <summary>What it has printed so far.</summary>
    public string Output => Snapshot(_output);

    /// <summary>What it has printed to its error stream so far.</summary>
    public string Errors => Snapshot(_errors);

    /// <summary>Its process id.</summary>
    public int Id => _process.Id;

    public bool HasExited => _process.HasExited;

    public async Task WriteAsync(string text)
    {
        try
        {
            await _process.StandardInput.WriteAsync(text);
            await _process.StandardInput.FlushAsync();
        }
        catch (IOException)
        {
            // It has ended without reading all: its exit code and output say why.
        }
    }

    public void CloseInput()
    {
        try
        {
            _process.StandardInput.Close();
        }
        catch (IOException)
        {
            // As above.
        }
    }

    /// <summary>Waits until it has printed <paramref name="text"/>, to either stream.</summary>
    public Task WaitForAsync(string text) => WaitForAsync(printed => printed.Contains(text, StringComparison.Ordinal), $"'{text}'");

    /// <summary>Waits until it has printed what fits, to either stream.</summary>
    public async Task<Match> WaitForAsync(Regex pattern)
    {
        var match = Match.Empty;
        await WaitForAsync(printed => (match = pattern.Match(printed)).Success, $"'{pattern}'");
        return match;
    }

    private async Task WaitForAsync(Predicate<string> isThere, string what)
    {
        using var timeout = new CancellationTokenSource(Patience);
        while (true)
        {
            var news = Volatile.Read(ref _news).Task;
            var hasEnded = _outputEnd.IsCompleted && _errorEnd.IsCompleted;
            if (isThere(Output) || isThere(Errors))
                return;

            if (hasEnded)
                throw new AssertionException($"It ended and never printed {what}.{Transcript()}");

            try
            {
                await news.WaitAsync(timeout.Token);
            }
            catch (OperationCanceledException)
            {
                throw new AssertionException($"It has not printed {what} within {Patience.TotalSeconds} s.{Transcript()}");
            }
        }
    }

    /// <returns>The exit code, once all output is here.</returns>
    public Task<int> WaitForExitAsync() => WaitForExitAsync(Patience);

    /// <inheritdoc cref="WaitForExitAsync()"/>
    /// <param name="patience">For tools that work long.</param>
    public async Task<int> WaitForExitAsync(TimeSpan patience)
    {
        using var timeout = new CancellationTokenSource(patience);
        try
        {
            await _process.WaitForExitAsync(timeout.Token);
            await Task.WhenAll(_outputEnd, _errorEnd).WaitAsync(timeout.Token);
        }
        catch (OperationCanceledException)
        {
            throw new AssertionException($"It has not ended within {patience.TotalSeconds} s.{Transcript()}");
        }

        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            _process.Kill(entireProcessTree: true);
        }
        catch (InvalidOperationException)
        {
            // It has ended by itself.
        }

        using var timeout = new CancellationTokenSource(Patience);
        await _process.WaitForExitAsync(timeout.Token);
        _process.Dispose();
    }

    /// <summary>All that it has printed, for the message of a failure.</summary>
    public string Transcript() => $"\n--- output\n{Output}\n--- errors\n{Errors}";

    private async Task CollectAsync(StreamReader reader, StringBuilder into)
    {
        var buffer = new char[4096];
        try
        {
            for (int count; (count = await reader.ReadAsync(buffer)) > 0;)
            {
                lock (into)
                    into.Append(buffer, 0, count);
                Announce();
            }
        }
        catch (Exception exception) when (exception is ObjectDisposedException or IOException)
        {
            // Killed at the end of the test.
        }
    }

    private void Announce() =>
        Interlocked.Exchange(ref _news, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).TrySetResult();

    private static string Snapshot(StringBuilder from)
    {
        lock (from)
            return from.ToString();
    }
}
