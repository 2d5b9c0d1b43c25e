namespace TlsFsm;

// The way out of the world: pending operations are called back, then both ends are completed, then the stream is disposed.
public sealed partial class PipeTransport
{
    private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Exception? _outputReason;
    private Exception? _inputReason;
    private bool _isInputCompleted;
    private bool _isOutputCompleted;
    private bool _isReleased;

    private bool Completes => _stream is not null || !_options.LeaveOpen;

    /// <param name="output">What whoever reads the output is told; null for an orderly end.</param>
    /// <param name="input">What whoever writes to the input is told; null for an orderly end.</param>
    private void Release(Exception? output, Exception? input)
    {
        if (_phase == Phase.Closed)
            return;

        _phase = Phase.Closed;
        (_outputReason, _inputReason) = (output, input);
        _deadline?.Dispose();
        _deadline = null;
        _queue.Clear();

        // Pending operations use the buffers that a completion gives back. One that has completed is not cancelled: that would meet the
        // next one, which may be the caller's.
        if (!_isFlushPending)
            CompleteOutput();
        else if (!_flush.IsCompleted)
            Try(_output.CancelPendingFlush);
        if (!_isReadPending && !_isHolding)
            CompleteInput();
        else if (_isReadPending && !_read.IsCompleted)
            Try(_input.CancelPendingRead);

        if (!_isReleased)
            _deadline = _loop.CallLater(_options.LingerTimeout, static self => ((PipeTransport)self!).FinishRelease(), this);
    }

    private void CompleteInput()
    {
        if (!_isInputCompleted && Completes)
            Try(() => _input.Complete(_inputReason));

        _isInputCompleted = true;
        if (_isOutputCompleted)
            FinishRelease();
    }

    private void CompleteOutput()
    {
        // A stream's writer would write what it still holds, and block for it, if it were completed without an exception.
        if (!_isOutputCompleted && Completes)
            Try(() => _output.Complete(_stream is null ? _outputReason : new OperationCanceledException()));

        _isOutputCompleted = true;
        if (_isInputCompleted)
            FinishRelease();
    }

    /// <summary>All has come back, or it takes too long: a stream that does not heed a cancellation is given up.</summary>
    private void FinishRelease()
    {
        if (_isReleased)
            return;

        _isReleased = true;
        _deadline?.Dispose();
        _deadline = null;
        if (_stream is not null && !_options.LeaveOpen)
            _ = DisposeAsync(_stream);
        else
            _released.SetResult();

        _link.PostLoss(null);
    }

    private async Task DisposeAsync(Stream stream)
    {
        try
        {
            await stream.DisposeAsync();
        }
        catch (Exception exception)
        {
            _loop.ReportUnhandled(exception, $"{stream.GetType().Name} could not be disposed; its connection had ended.");
        }

        _released.SetResult();
    }

    /// <summary>What is below may throw here too. Nobody waits for the outcome any more: it is reported, and the release goes on.</summary>
    private void Try(Action action)
    {
        try
        {
            action();
        }
        catch (Exception exception)
        {
            _loop.ReportUnhandled(exception, "A pipe threw when it was released; its connection had ended.");
        }
    }
}
