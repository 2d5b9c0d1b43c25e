using System.Text;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Cli;

/// <summary>Collects what a run prints, from any thread, and lets a test wait for a text.</summary>
internal sealed class CapturedText : TextWriter
{
    private readonly Lock _gate = new();
    private readonly StringBuilder _text = new();
    private TaskCompletionSource _news = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public override Encoding Encoding => Encoding.UTF8;

    public string Text
    {
        get
        {
            lock (_gate)
                return _text.ToString();
        }
    }

    public override void Write(char value) => Write(value.ToString());

    public override void Write(char[] buffer, int index, int count) => Write(new string(buffer, index, count));

    public override void WriteLine(string? value) => Write(value + "\n");

    public override void Write(string? value)
    {
        TaskCompletionSource news;
        lock (_gate)
        {
            _text.Append(value);
            (news, _news) = (_news, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        }

        news.TrySetResult();
    }

    /// <summary>Waits until <paramref name="found"/> says yes to all that was printed.</summary>
    public async Task WaitUntilAsync(Func<string, bool> found, string what)
    {
        using var timeout = new CancellationTokenSource(ExternalTool.Patience);
        while (true)
        {
            Task news;
            lock (_gate)
            {
                if (found(_text.ToString()))
                    return;

                news = _news.Task;
            }

            try
            {
                await news.WaitAsync(timeout.Token);
            }
            catch (OperationCanceledException)
            {
                throw new AssertionException($"Never printed {what}; printed was:\n{Text}");
            }
        }
    }

    public Task WaitForAsync(string text) => WaitUntilAsync(all => all.Contains(text, StringComparison.Ordinal), $"'{text}'");
}
