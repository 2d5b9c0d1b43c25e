using System.IO.Pipelines;
using TlsFsm.Hosting.Loops;

namespace TlsFsm.Hosting.Pipes;

/// <summary>
/// The way out of the world: when pending operations have come back, or take too long, both ends are completed, then the stream is
/// disposed.
/// </summary>
/// <param name="pipe">What is to be released.</param>
/// <param name="loop">Where all happens.</param>
/// <param name="options">Whether it is left open, and how long operations may take to come back.</param>
/// <param name="done">Called once it is the caller's again, or its disposal has begun.</param>
internal sealed class PipeRelease(PipeEnds pipe, IEventLoop loop, PipeTransportOptions options, Action done)
{
    private readonly TaskCompletionSource _completed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Exception? _outputReason;
    private Exception? _inputReason;
    private IDisposable? _deadline;
    private bool _isInputCompleted;
    private bool _isOutputCompleted;
    private bool _isFinished;

    /// <summary>Completes when the pipe or stream is not used any more.</summary>
    public Task Completed => _completed.Task;

    private bool Completes => pipe.Stream is not null || !options.LeaveOpen;

    /// <param name="output">What whoever reads the output is told; null for an orderly end.</param>
    /// <param name="input">What whoever writes to the input is told; null for an orderly end.</param>
    /// <param name="isOutputFree">Whether no flush is pending.</param>
    /// <param name="isInputFree">Whether no read is pending.</param>
    public void Begin(Exception? output, Exception? input, bool isOutputFree, bool isInputFree)
    {
        (_outputReason, _inputReason) = (output, input);
        if (isOutputFree)
            CompleteOutput();
        if (isInputFree)
            CompleteInput();

        if (!_isFinished)
            _deadline = loop.CallLater(options.LingerTimeout, static self => ((PipeRelease)self!).Finish(), this);
    }

    public void CompleteInput()
    {
        if (!_isInputCompleted && Completes)
            loop.Run(static self => self.Pipe.Input.Complete(self._inputReason), this, Broken);

        _isInputCompleted = true;
        if (_isOutputCompleted)
            Finish();
    }

    public void CompleteOutput()
    {
        // A stream's writer would write what it still holds, and block for it, if it were completed without an exception.
        if (!_isOutputCompleted && Completes)
            loop.Run(
                static self => self.Pipe.Output.Complete(self.Pipe.Stream is null ? self._outputReason : new OperationCanceledException()),
                this, Broken);

        _isOutputCompleted = true;
        if (_isInputCompleted)
            Finish();
    }

    private PipeEnds Pipe => pipe;

    /// <summary>All has come back, or it takes too long: a stream that does not heed a cancellation is given up.</summary>
    private void Finish()
    {
        if (_isFinished)
            return;

        _isFinished = true;
        _deadline?.Dispose();
        _deadline = null;
        if (pipe.Stream is { } stream && !options.LeaveOpen)
            _ = DisposeAsync(stream);
        else
            _completed.SetResult();

        done();
    }

    private async Task DisposeAsync(Stream stream)
    {
        try
        {
            await stream.DisposeAsync();
        }
        catch (Exception exception)
        {
            loop.Report(exception, $"{stream.GetType().Name} could not be disposed; its connection had ended.");
        }

        _completed.SetResult();
    }

    /// <summary>What is below may throw here too. Nobody waits for the outcome any more: it is reported, and the release goes on.</summary>
    public const string Broken = "A pipe threw when it was released; its connection had ended.";
}
