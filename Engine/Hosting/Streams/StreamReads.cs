using System.Buffers;
using TlsFsm.Buffers;

namespace TlsFsm.Hosting.Streams;

/// <summary>
/// What has arrived and was not read yet, and who waits for it. Filled on the loop, read from any thread. It takes whatever it is given,
/// also beyond its mark: after a loss the connection delivers at once all that it had received.
/// </summary>
internal sealed class StreamReads
{
    private readonly Lock _gate = new();
    private readonly MemoryBio _received = new();

    // Touched on the loop only.
    private byte[] _delivery = [];

    // Under the gate.
    private PendingRead? _reader;
    private PendingRead? _unused;
    private bool _isPaused;
    private bool _isEnded;
    private bool _isDisposed;
    private Exception? _failure;

    public bool IsDisposed => Volatile.Read(ref _isDisposed);

    /// <summary>Somebody waits for bytes that have not come.</summary>
    public bool IsWaiting => Volatile.Read(ref _reader) is not null;

    /// <summary>Told from any thread that there is room again.</summary>
    public required Action Resume { get; init; }

    /// <summary>How a reader goes on.</summary>
    public required StreamCompletion Completion { get; init; }

    public Memory<byte> GetBuffer()
    {
        if (_delivery.Length == 0)
            _delivery = ArrayPool<byte>.Shared.Rent(DeliverySize);

        return _delivery.AsMemory(0, DeliverySize);
    }

    /// <summary>Bytes were put into the buffer.</summary>
    /// <returns>Whether the connection should pause.</returns>
    public bool Deliver(int count)
    {
        PendingRead? reader = null;
        Exception? thrown = null;
        var taken = 0;
        bool pause;
        lock (_gate)
        {
            // Disposed: nobody will read it.
            if (!_isDisposed)
            {
                var data = _delivery.AsSpan(0, count);
                if (_reader is not null)
                {
                    (reader, _reader) = (_reader, null);
                    thrown = reader.TryFill(data, out taken);
                }

                _received.Write(data[taken..]);
            }

            pause = !_isPaused && Marks.IsOver(_received.Pending);
            _isPaused |= pause;
        }

        GiveBack();
        if (thrown is not null)
            reader!.Fail(thrown);
        else
            reader?.Succeed(taken);
        return pause;
    }

    /// <summary>The peer sends no more.</summary>
    public void End()
    {
        PendingRead? reader;
        lock (_gate)
        {
            _isEnded = true;
            (reader, _reader) = (_reader, null);
        }

        reader?.Succeed(0);
    }

    /// <summary>The connection is gone: what has arrived can still be read, then this is told.</summary>
    public void Lose(Exception? exception)
    {
        PendingRead? reader;
        lock (_gate)
        {
            _failure = exception ?? (_isEnded ? null : new IOException("The TLS connection was closed or aborted on this side."));
            (reader, _reader) = (_reader, null);
            if (_isDisposed)
                _received.Clear();
        }

        GiveBack();
        if (_failure is { } failure)
            reader?.Fail(StreamFailure.Again(failure));
        else
            reader?.Succeed(0);
    }

    public void Dispose()
    {
        PendingRead? reader;
        lock (_gate)
        {
            _isDisposed = true;
            (reader, _reader) = (_reader, null);
            _received.Clear();
        }

        reader?.Fail(new ObjectDisposedException(nameof(TlsStream)));
    }

    /// <param name="stream">Kept alive while the read is pending.</param>
    /// <param name="buffer">Filled from its beginning.</param>
    /// <param name="cancellationToken">Takes the read back; nothing is missing afterwards.</param>
    public ValueTask<int> ReadAsync(TlsStream stream, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
            return ValueTask.FromCanceled<int>(cancellationToken);

        PendingRead reader;
        lock (_gate)
        {
            if (_reader is not null)
                throw new InvalidOperationException("Another read is pending: a TLS stream has one reader at a time.");

            ObjectDisposedException.ThrowIf(_isDisposed, typeof(TlsStream));
            if (_received.Pending > 0)
                return new ValueTask<int>(Take(buffer.Span));
            if (_isEnded)
                return new ValueTask<int>(0);
            if (_failure is { } failure)
                return ValueTask.FromException<int>(StreamFailure.Again(failure));

            (reader, _unused) = (_unused ?? new PendingRead(this), null);
            reader.Begin(stream, buffer);
            _reader = reader;
        }

        var reading = new ValueTask<int>(reader, reader.Version);
        Waiting?.Invoke();
        reader.CancelBy(cancellationToken);
        return reading;
    }

    /// <summary>Told from any thread that somebody waits for bytes; null for nobody.</summary>
    public Action? Waiting { get; set; }

    private int Take(Span<byte> buffer)
    {
        var count = Math.Min(buffer.Length, _received.Pending);
        _received.Readable[..count].CopyTo(buffer);
        _received.Consume(count);
        if (_isPaused && Marks.IsUnder(_received.Pending))
        {
            _isPaused = false;
            Resume();
        }

        return count;
    }

    /// <summary>On the loop: an idle stream holds no buffer.</summary>
    public void GiveBack()
    {
        if (_delivery.Length > 0)
            ArrayPool<byte>.Shared.Return(_delivery);
        _delivery = [];
    }

    /// <summary>
    /// Small enough that a reader is served soon, large enough for two full records, with the room that each takes beyond its data while it
    /// is opened.
    /// </summary>
    private const int DeliverySize = 2 * ((16 * 1024) + 64);

    /// <summary>Bytes that wait for a reader: as much as a write of a well-behaved peer, not its whole download.</summary>
    private static readonly WaterMarks Marks = WaterMarks.Resolve(high: 64 * 1024, low: 16 * 1024, defaultKiB: 64);

    /// <summary>One read.</summary>
    private sealed class PendingRead(StreamReads owner) : StreamOperation(owner.Completion)
    {
        private Memory<byte> _buffer;

        public void Begin(TlsStream stream, Memory<byte> buffer)
        {
            Hold(stream);
            _buffer = buffer;
        }

        public void Succeed(int taken) => Complete(taken, null);

        public void Fail(Exception failure) => Complete(0, failure);

        /// <returns>What the reader's memory threw, for the reader; then nothing was taken.</returns>
        public Exception? TryFill(ReadOnlySpan<byte> data, out int taken)
        {
            taken = 0;
            try
            {
                var count = Math.Min(data.Length, _buffer.Length);
                data[..count].CopyTo(_buffer.Span);
                taken = count;
                return null;
            }
            catch (Exception exception)
            {
                return exception;
            }
        }

        protected override void OnCancelled(CancellationToken token)
        {
            lock (owner._gate)
            {
                if (owner._reader != this)
                    return;

                owner._reader = null;
            }

            Fail(new OperationCanceledException(token));
        }

        protected override void GiveBack()
        {
            _buffer = default;
            lock (owner._gate)
                owner._unused = this;
        }
    }
}
