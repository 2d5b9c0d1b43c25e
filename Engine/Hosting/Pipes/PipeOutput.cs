using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using TlsFsm.Hosting.Loops;
using TlsFsm.Hosting.Transports;

namespace TlsFsm.Hosting.Pipes;

/// <summary>
/// The way out: bytes go into the pipe in pieces, each flushed; while a flush is pending, what follows waits in the queue.
/// </summary>
internal sealed class PipeOutput
{
    private readonly PipeWriter _writer;
    private readonly IEventLoop _loop;
    private readonly ProtocolLink _link;
    private readonly IPipeEvents _events;
    private readonly Action _arrived;
    private readonly SendQueue _queue = new();
    private ConfiguredValueTaskAwaitable<FlushResult>.ConfiguredValueTaskAwaiter _flush;
    private bool _isFlushPending;
    private bool _isFlushScheduled;
    private bool _isBroken;
    private bool _isReleased;
    private bool _hasMoved;

    /// <summary>The other end has said that it reads no more. What it had been given before counts as taken, as on a socket.</summary>
    private bool _isReaderGone;

    /// <summary>Bytes in the pipe that no flush was asked for yet.</summary>
    private int _unflushed;

    /// <summary>Bytes of the pending flush.</summary>
    private int _inFlight;

    public PipeOutput(PipeWriter writer, IEventLoop loop, ProtocolLink link, IPipeEvents events)
    {
        (_writer, _loop, _link, _events) = (writer, loop, link, events);
        _arrived = () => _loop.CallNowOrSoon(static self => ((PipeOutput)self!).OnFlushed(), this);
    }

    /// <summary>Bytes that have to wait: for the pending flush, and behind it.</summary>
    public long Waiting => _inFlight + _queue.Size;

    /// <summary>As <see cref="Waiting"/>, and what is flushed at the end of this turn.</summary>
    public long Unsent => Waiting + _unflushed;

    public bool IsDrained => !_isFlushPending && _unflushed == 0 && _queue.IsEmpty;

    /// <summary>How what waits moves.</summary>
    public OutputProgress Progress => field ??= new OutputProgress(_loop);

    /// <summary>The connection is closed: pieces are small from now on, so that a slow reader's progress is seen.</summary>
    public bool IsClosing { get; set; }

    private int PieceSize => IsClosing ? SmallPiece : LargePiece;

    /// <summary>Takes bytes: into the pipe, or behind what waits.</summary>
    public void Take(ReadOnlySpan<byte> data)
    {
        while (!data.IsEmpty && !_isFlushPending)
        {
            var count = Math.Min(data.Length, Math.Max(1, PieceSize - _unflushed));
            if (!TryPut(data[..count]))
                return;

            data = data[count..];
            if (_unflushed >= PieceSize || _link.IsOver(_unflushed))
                Flush();
            if (_isBroken || _isReleased)
                return;
        }

        _queue.Append(data);
    }

    /// <summary>Room in the pipe itself; empty when what comes has to wait behind something.</summary>
    public Memory<byte> GetRoom(int size)
    {
        if (_unflushed > 0 && _unflushed + size > PieceSize)
            Flush();
        if (_isFlushPending || _isReaderGone || _isBroken || _isReleased || !_queue.IsEmpty)
            return default;

        try
        {
            return _writer.GetMemory(size);
        }
        catch (Exception exception)
        {
            Fail(exception);
            return default;
        }
    }

    /// <summary>Bytes were put into the room.</summary>
    public void CommitRoom(int count)
    {
        try
        {
            _writer.Advance(count);
            _unflushed += count;
        }
        catch (Exception exception)
        {
            Fail(exception);
        }
    }

    /// <summary>Flushes what is in the pipe at the end of this turn of the loop.</summary>
    public void FlushSoon()
    {
        if (_unflushed == 0 || _isFlushScheduled)
            return;

        _isFlushScheduled = true;
        _loop.CallSoon(static self => ((PipeOutput)self!).OnTurn(), this);
    }

    public void Flush()
    {
        while (!_isFlushPending && _unflushed > 0)
        {
            (_inFlight, _unflushed) = (_unflushed, 0);
            try
            {
#pragma warning disable CA2012 // Taken once, in TakeFlush; an async method would be a task and a change of threads for each flush.
                _flush = _writer.FlushAsync().ConfigureAwait(false).GetAwaiter();
#pragma warning restore CA2012
            }
            catch (Exception exception)
            {
                Fail(exception);
                return;
            }

            _isFlushPending = true;
            if (_flush.IsCompleted)
            {
                TakeFlush();
                continue;
            }

            Progress.Wait();
            _flush.UnsafeOnCompleted(_arrived);
        }
    }

    /// <returns>Whether what waited has moved since this was last asked.</returns>
    public bool TakeProgress()
    {
        var moved = _hasMoved;
        _hasMoved = false;
        return moved;
    }

    /// <summary>Forgets what waits, and calls a pending flush back; one that has completed is not, as a read is not.</summary>
    /// <returns>Whether the writer is free; else <see cref="IPipeEvents.OutputReturned"/> follows.</returns>
    public bool Release()
    {
        _isReleased = true;
        _queue.Clear();
        if (_isFlushPending && !_flush.IsCompleted)
            _loop.Run(static writer => writer.CancelPendingFlush(), _writer, PipeRelease.Broken);

        return !_isFlushPending;
    }

    private void OnTurn()
    {
        _isFlushScheduled = false;
        if (_isReleased)
            return;

        Flush();
        _events.OutputMoved();
    }

    private void OnFlushed()
    {
        TakeFlush();
        Progress.Move(!_queue.IsEmpty);
        if (_isReleased)
        {
            _events.OutputReturned();
            return;
        }

        while (!_isFlushPending && !_queue.IsEmpty)
        {
            var first = _queue.First;
            var count = Math.Min(first.Length, Math.Max(1, PieceSize - _unflushed));
            if (!TryPut(first.Span[..count]))
                break;

            _queue.Advance(count);
            if (_unflushed >= PieceSize)
                Flush();
        }

        Flush();
        _events.OutputMoved();
    }

    /// <returns>False when the other end reads no more, or the pipe is broken; then that was dealt with.</returns>
    private bool TryPut(ReadOnlySpan<byte> data)
    {
        try
        {
            if (_isReaderGone)
                throw new IOException("The connection was lost while sending: the other end of the pipe reads no more.");

            _writer.Write(data);
            _unflushed += data.Length;
            return true;
        }
        catch (Exception exception)
        {
            Fail(exception);
            return false;
        }
    }

    private void TakeFlush()
    {
        _isFlushPending = false;
        try
        {
            var result = _flush.GetResult();
            _isReaderGone |= result.IsCompleted;

            // Cancelled by somebody else: some writers hold what they have not written for the next flush.
            if (result.IsCanceled && !_isReleased)
                _unflushed += _inFlight;
            else
                _hasMoved = true;
            _inFlight = 0;
        }
        catch (Exception exception)
        {
            Fail(exception);
        }
    }

    private void Fail(Exception exception)
    {
        _isBroken = true;
        _queue.Clear();
        (_inFlight, _unflushed) = (0, 0);
        if (!_isReleased)
            _events.OutputFailed(exception);
    }

    /// <summary>Bytes in one flush.</summary>
    private const int LargePiece = 64 * 1024;

    /// <summary>One TLS record's worth.</summary>
    private const int SmallPiece = 16 * 1024;
}
