using System.IO.Pipelines;
using System.Text;
using TlsFsm.Cli;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Cli;

/// <summary>One run of the tool inside the test's process: its arguments, its streams, its exit code.</summary>
internal sealed class CliRun : IAsyncDisposable
{
    private readonly CancellationTokenSource _cancelled = new();
    private readonly Pipe _input = new();
    private readonly CapturedBytes _output = new();

    private CliRun(params string[] arguments)
    {
        var terminal = new Terminal { Input = _input.Reader.AsStream(), Output = _output, Out = Out, Error = Errors };
        Ended = CommandLine.RunAsync(arguments, terminal, _cancelled.Token);
    }

    /// <summary>Text on stdout.</summary>
    public CapturedText Out { get; } = new();

    /// <summary>Text on stderr.</summary>
    public CapturedText Errors { get; } = new();

    /// <summary>Bytes on stdout.</summary>
    public CapturedBytes Output => _output;

    /// <summary>The exit code.</summary>
    public Task<int> Ended { get; }

    /// <summary>Runs to its end with nothing on stdin.</summary>
    public static Task<CliResult> ToEndAsync(params string[] arguments) => ToEndAsync("", arguments);

    /// <summary>Runs to its end with <paramref name="input"/>, and its end, on stdin.</summary>
    public static async Task<CliResult> ToEndAsync(string input, string[] arguments)
    {
        await using var run = Start(arguments);
        await run.SendAsync(Encoding.Latin1.GetBytes(input));
        run.EndInput();
        return await run.ResultAsync();
    }

    public static CliRun Start(params string[] arguments) => new(arguments);

    /// <summary>Starts <c>serve</c> on a free port and waits until it accepts.</summary>
    public static async Task<(CliRun Run, int Port)> ServeAsync(params string[] options)
    {
        var run = Start(["serve", "0", .. options]);
        var listening = run.Out.WaitUntilAsync(
            text => text.StartsWith("listening on ", StringComparison.Ordinal) && text.EndsWith('\n'), "where it listens");
        if (await Task.WhenAny(listening, run.Ended) == run.Ended)
            throw new AssertionException($"serve has ended with {await run.Ended}: {run.Errors.Text}");

        await listening;
        return (run, int.Parse(run.Out.Text.Trim().Split(':')[^1], System.Globalization.CultureInfo.InvariantCulture));
    }

    public async Task SendAsync(ReadOnlyMemory<byte> data) => await _input.Writer.WriteAsync(data);

    public void EndInput() => _input.Writer.Complete();

    /// <summary>As Ctrl-C.</summary>
    public void Cancel() => _cancelled.Cancel();

    public async Task<CliResult> ResultAsync()
    {
        var exitCode = await Ended.WaitAsync(ExternalTool.Patience);
        return new CliResult(exitCode, Out.Text, _output.ToText(), Errors.Text);
    }

    public async ValueTask DisposeAsync()
    {
        await _cancelled.CancelAsync();
        await Ended.WaitAsync(ExternalTool.Patience);
        _cancelled.Dispose();
    }
}
