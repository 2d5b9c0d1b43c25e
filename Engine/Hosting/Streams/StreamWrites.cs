namespace TlsFsm.Hosting.Streams;

/// <summary>The way down: a write waits for its turn on the loop, then goes out piece by piece.</summary>
internal sealed class StreamWrites(StreamProtocol owner)
{
    private readonly StreamProtocol _owner = owner;

    // On the loop.
    private PendingWrite? _writer;
    private bool _isPaused;

    private int _isWriting;

    // Whoever takes it has it alone.
    private PendingWrite? _unused;

    /// <summary>Whether a write is under way.</summary>
    public bool IsWriting => Volatile.Read(ref _isWriting) != 0;

    /// <param name="stream">Kept alive while the write is pending.</param>
    /// <param name="data">All of it goes out.</param>
    /// <param name="cancellationToken">Takes back a write that has not begun; one that has ends the connection.</param>
    public ValueTask WriteAsync(TlsStream stream, ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        if (Interlocked.Exchange(ref _isWriting, 1) != 0)
            throw new InvalidOperationException("Another write is pending: a TLS stream has one writer at a time.");

        if (_owner.IsDisposed || cancellationToken.IsCancellationRequested || data.IsEmpty)
        {
            Volatile.Write(ref _isWriting, 0);
            ObjectDisposedException.ThrowIf(_owner.IsDisposed, typeof(TlsStream));
            return cancellationToken.IsCancellationRequested ? ValueTask.FromCanceled(cancellationToken) : default;
        }

        var writer = Interlocked.Exchange(ref _unused, null) ?? new PendingWrite(this);
        return writer.Begin(stream, data, cancellationToken);
    }

    /// <summary>Ends our direction, as a write that comes behind all others.</summary>
    public Task CloseAsync(TlsStream stream)
    {
        if (Interlocked.Exchange(ref _isWriting, 1) != 0)
            throw new InvalidOperationException("A write is pending: await it, so that the peer gets all of it before close_notify.");

        if (_owner.IsDisposed)
        {
            Volatile.Write(ref _isWriting, 0);
            return Task.FromException(new ObjectDisposedException(nameof(TlsStream)));
        }

        var closed = new TaskCompletionSource(stream, TaskCreationOptions.RunContinuationsAsynchronously);
        _owner.Call(_ => CloseOnLoop(closed), null);
        return closed.Task;
    }

    /// <summary>On the loop: fails the write that is under way.</summary>
    /// <returns>Whether there was one.</returns>
    public bool Fail(Exception exception)
    {
        if (_writer is not { } writer)
            return false;

        writer.Fail(exception);
        return true;
    }

    /// <summary>On the loop: whether a write waits there.</summary>
    public bool IsPending => _writer is not null;

    public void Pause() => _isPaused = true;

    public void Resume()
    {
        _isPaused = false;
        _writer?.Go();
    }

    private void CloseOnLoop(TaskCompletionSource closed)
    {
        Volatile.Write(ref _isWriting, 0);
        try
        {
            // Once is enough, as with every end.
            if (!_owner.Transport.IsWriteClosed && _owner.WhyNotWritable() is { } reason)
            {
                closed.SetException(reason);
                return;
            }

            _owner.Transport.WriteEof();
            closed.SetResult();
        }
        catch (Exception exception)
        {
            closed.SetException(exception);
        }

        _owner.CheckStop();
    }

    /// <summary>Pieces that a large write is given to the connection in, so that back pressure is seen in between.</summary>
    private const int PieceSize = 64 * 1024;

    /// <summary>One write, living on the loop.</summary>
    private sealed class PendingWrite(StreamWrites writes) : StreamOperation(writes._owner.Completion)
    {
        private ReadOnlyMemory<byte> _rest;
        private bool _hasBegun;
        private bool _hasSucceeded;

        /// <summary>The thread that is still in the call that begins it, where nobody can have awaited it yet.</summary>
        private int _callingThread;

        public ValueTask Begin(TlsStream stream, ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
        {
            Hold(stream);
            (_rest, _hasBegun, _hasSucceeded) = (data, false, false);
            var writing = new ValueTask(this, Version);
            _callingThread = Environment.CurrentManagedThreadId;
            writes._owner.Call(static writer => ((PendingWrite)writer!).Start(), this);
            _callingThread = 0;
            if (_hasSucceeded)
            {
                Recycle();
                return default;
            }

            CancelBy(cancellationToken);
            return writing;
        }

        private void Start()
        {
            writes._writer = this;
            Go();
        }

        public void Go()
        {
            while (writes._writer == this)
            {
                if (writes._owner.WhyNotWritable() is { } reason)
                {
                    Break(reason);
                    return;
                }

                if (writes._isPaused || !TryWritePiece())
                    return;

                if (_rest.IsEmpty)
                {
                    End(null);
                    writes._owner.CheckStop();
                    return;
                }
            }
        }

        public void Fail(Exception exception) => End(exception);

        /// <summary>
        /// A write that has not begun is taken back. Of one that has, nobody knows how much went out: the connection is aborted, so that
        /// the peer does not take a part for the whole.
        /// </summary>
        protected override void OnCancelled(CancellationToken token)
        {
            var version = Version;
            writes._owner.Loop.CallSoon(
                _ =>
                {
                    // The next write may be the same object.
                    if (writes._writer != this || Version != version)
                        return;

                    End(new OperationCanceledException(token));
                    if (_hasBegun)
                        writes._owner.Break(new IOException(
                            "A write to the TLS stream was cancelled when a part of it had gone out: the connection was aborted."));
                },
                null);
        }

        protected override void GiveBack()
        {
            _rest = default;
            Volatile.Write(ref writes._unused, this);
        }

        /// <returns>False when the write has failed.</returns>
        private bool TryWritePiece()
        {
            var piece = _rest[..Math.Min(_rest.Length, PieceSize)];
            try
            {
                // The writer's own memory may throw; nothing of this piece was taken then.
                var bytes = piece.Span;
                _hasBegun = true;
                _rest = _rest[piece.Length..];
                writes._owner.Transport.Write(bytes);
            }
            catch (Exception exception)
            {
                Break(exception);
                return false;
            }

            // What was just taken may be lost already: then this was no success.
            if (!writes._owner.HasFailed)
                return true;

            Break(writes._owner.WhyNotWritable()!);
            return false;
        }

        /// <summary>The rest cannot go out: what has may not look whole.</summary>
        private void Break(Exception reason)
        {
            var isCut = _hasBegun;
            Fail(reason);
            if (isCut)
                writes._owner.Break(reason);
        }

        private void End(Exception? failure)
        {
            if (writes._writer == this)
                writes._writer = null;
            Volatile.Write(ref writes._isWriting, 0);
            if (_callingThread != Environment.CurrentManagedThreadId)
                Complete(0, failure);
            else if (failure is not null)
                CompleteNow(failure);
            else
                _hasSucceeded = true;
        }
    }
}
