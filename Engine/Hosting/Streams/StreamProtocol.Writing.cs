namespace TlsFsm.Hosting.Streams;

// The way down: a write waits for its turn on the loop, then goes out piece by piece.
internal sealed partial class StreamProtocol
{
    // On the loop.
    private PendingWrite? _writer;
    private bool _isWritingPaused;

    private int _isWriting;

    /// <summary>Whether a write is under way.</summary>
    public bool IsWriting => Volatile.Read(ref _isWriting) != 0;

    public ValueTask WriteAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        if (Interlocked.Exchange(ref _isWriting, 1) != 0)
            throw new InvalidOperationException("Another write is pending: a TLS stream has one writer at a time.");

        if (_isDisposed || cancellationToken.IsCancellationRequested || data.IsEmpty)
        {
            Volatile.Write(ref _isWriting, 0);
            ObjectDisposedException.ThrowIf(_isDisposed, typeof(TlsStream));
            return cancellationToken.IsCancellationRequested ? ValueTask.FromCanceled(cancellationToken) : default;
        }

        var writer = new PendingWrite(this, data);
        Call(static writer => ((PendingWrite)writer!).Start(), writer);
        return !writer.Task.IsCompleted && cancellationToken.CanBeCanceled
            ? CancellableAsync(writer, cancellationToken)
            : new ValueTask(writer.Task);
    }

    public void PauseWriting() => _isWritingPaused = true;

    public void ResumeWriting()
    {
        _isWritingPaused = false;
        _writer?.Go();
    }

    private static async ValueTask CancellableAsync(PendingWrite writer, CancellationToken cancellationToken)
    {
        using (cancellationToken.UnsafeRegister(static (state, token) => ((PendingWrite)state!).CancelSoon(token), writer))
            await writer.Task;
    }

    /// <summary>Pieces that a large write is given to the connection in, so that back pressure is seen in between.</summary>
    private const int PieceSize = 64 * 1024;

    /// <summary>One write, living on the loop: waits for its turn, then goes out piece by piece.</summary>
    private sealed class PendingWrite(StreamProtocol owner, ReadOnlyMemory<byte> data)
        : TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)
    {
        private ReadOnlyMemory<byte> _rest = data;
        private bool _hasBegun;

        public void Start()
        {
            owner._writer = this;
            Go();
        }

        public void Go()
        {
            while (owner._writer == this)
            {
                if (owner._isLost || owner._transport.IsClosing)
                {
                    Fail(owner.WhyClosed());
                    return;
                }

                if (owner._isWritingPaused)
                    return;

                _hasBegun = true;
                var piece = _rest[..Math.Min(_rest.Length, PieceSize)];
                _rest = _rest[piece.Length..];
                owner._transport.Write(piece.Span);
                if (_rest.IsEmpty)
                {
                    Leave();
                    TrySetResult();
                    return;
                }
            }
        }

        public void Fail(Exception exception)
        {
            Leave();
            TrySetException(exception);
        }

        /// <summary>All or nothing: a write that has begun goes on.</summary>
        public void CancelSoon(CancellationToken token) => owner._loop.CallSoon(
            _ =>
            {
                if (_hasBegun || Task.IsCompleted)
                    return;

                Leave();
                TrySetCanceled(token);
            },
            null);

        private void Leave()
        {
            if (owner._writer == this)
                owner._writer = null;
            Volatile.Write(ref owner._isWriting, 0);
        }
    }
}
