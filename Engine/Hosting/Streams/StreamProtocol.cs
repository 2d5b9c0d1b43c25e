using System.Buffers;
using TlsFsm.Buffers;
using TlsFsm.Hosting.Loops;

namespace TlsFsm.Hosting.Streams;

/// <summary>
/// The application of a <see cref="TlsStream"/>: turns callbacks on the loop into reads and writes that are awaited elsewhere. What has
/// arrived and was not read waits here, bounded: over a mark the connection is paused.
/// </summary>
internal sealed partial class StreamProtocol(Func<TlsStream, Task>? serve = null) : IBufferedProtocol
{
    private readonly Lock _gate = new();
    private readonly MemoryBio _received = new();
    private readonly TaskCompletionSource<Exception?> _lost = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TlsTransport _transport = null!;
    private IEventLoop _loop = null!;
    private byte[] _delivery = [];

    // Under the gate, since readers come from any thread.
    private PendingRead? _reader;
    private bool _isReadingPaused;
    private bool _isEnded;
    private bool _isDisposed;
    private Exception? _failure;

    private bool _isLost;

    /// <summary>Completes when the connection is gone, with the reason; null for a regular end.</summary>
    public Task<Exception?> Lost => _lost.Task;

    public void ConnectionMade(ITransport transport)
    {
        _transport = transport as TlsTransport
            ?? throw new InvalidOperationException($"A TLS stream needs a TLS connection below it, not a {transport.GetType().Name}.");
        _loop = _transport.Connection.Loop;
        if (serve is not null)
            _ = ServeAsync(serve, new TlsStream(_transport.Connection, this));
    }

    public Memory<byte> GetBuffer(int sizeHint)
    {
        if (_delivery.Length == 0)
            _delivery = ArrayPool<byte>.Shared.Rent(DeliverySize);

        return _delivery;
    }

    public void BufferUpdated(int count)
    {
        PendingRead? reader = null;
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
                    taken = Math.Min(count, reader.Buffer.Length);
                    data[..taken].CopyTo(reader.Buffer.Span);
                    data = data[taken..];
                }

                _received.Write(data);
            }

            pause = !_isReadingPaused && Marks.IsOver(_received.Pending);
            _isReadingPaused |= pause;
        }

        ArrayPool<byte>.Shared.Return(_delivery);
        _delivery = [];
        if (pause)
            _transport.PauseReading();
        reader?.TrySetResult(taken);
    }

    /// <returns>True: the peer will send no more, and we may still answer; the end is the stream's to say.</returns>
    public bool EofReceived()
    {
        PendingRead? reader;
        lock (_gate)
        {
            _isEnded = true;
            (reader, _reader) = (_reader, null);
        }

        reader?.TrySetResult(0);
        return true;
    }

    public void ConnectionLost(Exception? exception)
    {
        PendingRead? reader;
        lock (_gate)
        {
            _failure = exception ?? (_isEnded ? null : new IOException("The TLS connection was closed or aborted on this side."));
            (reader, _reader) = (_reader, null);
            if (_isDisposed)
                _received.Clear();
        }

        _isLost = true;
        if (_delivery.Length > 0)
            ArrayPool<byte>.Shared.Return(_delivery);
        _delivery = [];

        if (_failure is { } failure)
            reader?.TrySetException(Again(failure));
        else
            reader?.TrySetResult(0);
        _writer?.Fail(WhyClosed());
        _lost.TrySetResult(exception);
    }

    public ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
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
                return ValueTask.FromException<int>(Again(failure));

            _reader = reader = new PendingRead(buffer);
        }

        return cancellationToken.CanBeCanceled ? CancellableAsync(reader, cancellationToken) : new ValueTask<int>(reader.Task);
    }

    /// <summary>
    /// Ends the connection in order. A write that is under way cannot be completed any more, so then it is aborted: the peer must not take
    /// a part for the whole.
    /// </summary>
    public void Close()
    {
        PendingRead? reader;
        lock (_gate)
        {
            _isDisposed = true;
            (reader, _reader) = (_reader, null);
            _received.Clear();
        }

        reader?.TrySetException(new ObjectDisposedException(nameof(TlsStream)));
        Call(
            static state =>
            {
                var self = (StreamProtocol)state!;
                if (self._writer is { } writer)
                {
                    self._transport.Abort();
                    writer.Fail(new ObjectDisposedException(nameof(TlsStream)));
                }
                else
                {
                    self._transport.Close();
                }
            },
            this);
    }

    public void Abort(TlsAlert alert, Exception? reason) => Call(state => ((StreamProtocol)state!)._transport.Abort(alert, reason), this);

    public void Abort() => Call(static self => ((StreamProtocol)self!)._transport.Abort(), this);

    private void Call(Action<object?> callback, object? state) => _loop.CallNowOrSoon(callback, state);

    private int Take(Span<byte> buffer)
    {
        var count = Math.Min(buffer.Length, _received.Pending);
        _received.Readable[..count].CopyTo(buffer);
        _received.Consume(count);
        if (_isReadingPaused && Marks.IsUnder(_received.Pending))
        {
            _isReadingPaused = false;
            _loop.CallSoon(static self => ((StreamProtocol)self!)._transport.ResumeReading(), this);
        }

        return count;
    }

    /// <summary>A cancelled read takes nothing, so nothing is missing afterwards.</summary>
    private async ValueTask<int> CancellableAsync(PendingRead reader, CancellationToken cancellationToken)
    {
        using (cancellationToken.UnsafeRegister(static (state, token) => ((Cancellation)state!).Run(token), new Cancellation(this, reader)))
            return await reader.Task;
    }

    /// <summary>Runs a server's stream off the loop, and ends the connection when that is done.</summary>
    private async Task ServeAsync(Func<TlsStream, Task> serve, TlsStream stream)
    {
        try
        {
            await Task.Run(() => serve(stream));
        }
        catch (Exception exception)
        {
            // That the connection has ended is no news: the listener's host is told why, and what waits for the transport still goes out.
            var isEnd = exception is IOException && stream.Connection.Transport.IsClosing;
            if (!isEnd && exception is not OperationCanceledException)
                _loop.ReportUnhandled(exception, "The handler of a TLS stream failed; its connection is aborted.");
            if (!isEnd)
                Abort();
        }

        await stream.DisposeAsync();
    }

    /// <summary>
    /// On the loop. The connection knows what ended it a turn before <see cref="ConnectionLost"/> tells: a write in between is told the
    /// same.
    /// </summary>
    private Exception WhyClosed() => _isDisposed
        ? new ObjectDisposedException(nameof(TlsStream))
        : (_failure ?? _transport.Connection.Failure) is { } failure
            ? Again(failure)
            : new IOException("The TLS connection is closed: nothing more can be written.");

    /// <summary>A failure is told to many awaiters; each gets an exception with its own stack trace, and the first one inside.</summary>
    public static Exception Again(Exception failure) => failure switch
    {
        TlsException tls => new TlsException(tls.Message, tls.Reason, tls.Fault, tls.Alert, tls) { Transitions = tls.Transitions },
        _ => new IOException(failure.Message, failure),
    };

    /// <summary>Small enough that a reader is served soon, large enough for two full records.</summary>
    private const int DeliverySize = 32 * 1024;

    /// <summary>Bytes that wait for a reader: as much as a write of a well-behaved peer, not its whole download.</summary>
    private static readonly WaterMarks Marks = WaterMarks.Resolve(high: 64 * 1024, low: 16 * 1024, defaultKiB: 64);

    private sealed class PendingRead(Memory<byte> buffer) : TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously)
    {
        public Memory<byte> Buffer { get; } = buffer;
    }

    private sealed class Cancellation(StreamProtocol owner, PendingRead reader)
    {
        public void Run(CancellationToken token)
        {
            lock (owner._gate)
            {
                if (owner._reader != reader)
                    return;

                owner._reader = null;
            }

            reader.TrySetCanceled(token);
        }
    }
}
