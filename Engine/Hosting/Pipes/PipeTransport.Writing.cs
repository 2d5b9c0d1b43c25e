using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using TlsFsm.Hosting.Transports;

namespace TlsFsm;

// The way out: bytes go into the pipe in pieces, each flushed; while a flush is pending, what follows waits in the queue.
public sealed partial class PipeTransport
{
    private readonly Action _flushArrived;
    private readonly SendQueue _queue = new();
    private ConfiguredValueTaskAwaitable<FlushResult>.ConfiguredValueTaskAwaiter _flush;
    private bool _isFlushPending;
    private bool _isFlushScheduled;

    /// <summary>The other end has said that it reads no more. What it had been given before counts as taken, as on a socket.</summary>
    private bool _isReaderGone;

    /// <summary>Bytes in the pipe that no flush was asked for yet.</summary>
    private int _unflushed;

    /// <summary>Bytes of the pending flush.</summary>
    private int _inFlight;

    private long _sent;

    /// <summary>The pipe refused output while the protocol could still read: what has arrived is delivered first, then the loss.</summary>
    private Exception? _failure;

    /// <summary>Bytes taken by <see cref="Write"/> that the other end is not known to have taken.</summary>
    internal long WaitingBytes => _inFlight + _queue.Size;

    private bool IsDrained => !_isFlushPending && _unflushed == 0 && _queue.IsEmpty;

    /// <inheritdoc/>
    public void Write(ReadOnlySpan<byte> data)
    {
        _link.VerifyOnLoop();
        if (_phase != Phase.Open || _failure is not null || data.IsEmpty)
            return;

        while (!data.IsEmpty && !_isFlushPending)
        {
            var count = Math.Min(data.Length, PieceSize - _unflushed);
            if (!TryPut(data[..count]))
                return;

            data = data[count..];
            if (_unflushed == PieceSize || _link.IsOver(_unflushed))
                Flush();
            if (_failure is not null || _phase != Phase.Open)
                return;
        }

        _queue.Append(data);
        CheckWriteMarks();
        if (_unflushed > 0 && !_isFlushScheduled)
        {
            _isFlushScheduled = true;
            _loop.CallSoon(static self => ((PipeTransport)self!).OnFlushTurn(), this);
        }
    }

    private void OnFlushTurn()
    {
        _isFlushScheduled = false;
        if (_phase == Phase.Closed)
            return;

        Flush();
        AfterFlush();
    }

    private void OnFlushed()
    {
        TakeFlush();
        if (_phase == Phase.Closed)
        {
            CompleteOutput();
            return;
        }

        while (!_isFlushPending && !_queue.IsEmpty)
        {
            var first = _queue.First;
            var count = Math.Min(first.Length, PieceSize - _unflushed);
            if (!TryPut(first.Span[..count]))
                break;

            _queue.Advance(count);
            if (_unflushed == PieceSize)
                Flush();
        }

        Flush();
        AfterFlush();
    }

    /// <returns>False when the other end reads no more, or the pipe is broken; then that was dealt with.</returns>
    private bool TryPut(ReadOnlySpan<byte> data)
    {
        try
        {
            if (_isReaderGone)
                throw new IOException("The connection was lost while sending: the other end of the pipe reads no more.");

            _output.Write(data);
            _unflushed += data.Length;
            return true;
        }
        catch (Exception exception)
        {
            HandleOutputFailure(exception);
            return false;
        }
    }

    private void Flush()
    {
        while (!_isFlushPending && _unflushed > 0)
        {
            (_inFlight, _unflushed) = (_unflushed, 0);
            try
            {
#pragma warning disable CA2012 // Taken once, in TakeFlush; an async method would be a task and a change of threads for each flush.
                _flush = _output.FlushAsync().ConfigureAwait(false).GetAwaiter();
#pragma warning restore CA2012
            }
            catch (Exception exception)
            {
                HandleOutputFailure(exception);
                return;
            }

            _isFlushPending = true;
            if (_flush.IsCompleted)
                TakeFlush();
            else
                _flush.UnsafeOnCompleted(_flushArrived);
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
            if (result.IsCanceled && _phase != Phase.Closed)
                _unflushed += _inFlight;
            else
                _sent += _inFlight;
            _inFlight = 0;
        }
        catch (Exception exception)
        {
            HandleOutputFailure(exception);
        }
    }

    private void HandleOutputFailure(Exception exception)
    {
        _queue.Clear();
        (_inFlight, _unflushed) = (0, 0);
        switch (_phase)
        {
            case Phase.Open when CanStillRead:
                // A peer that refuses us may have said why (an alert) before it went: that is still to be read.
                _failure = exception;
                StartRead();
                break;
            case Phase.Open or Phase.Draining:
                Lose(exception);
                break;
            case Phase.Lingering:
                Release(exception, _lingerReason);
                break;
        }
    }

    /// <summary>Whether something may have arrived that the protocol was not given yet, and would take.</summary>
    private bool CanStillRead =>
        _failure is null && !_isReadingPaused && !_isInputEnded && _isMade && (!_isReadPending || _read.IsCompleted);

    private void AfterFlush()
    {
        CheckWriteMarks();
        if (IsDrained && _phase is Phase.Draining or Phase.Lingering)
            FinishOutput();
    }

    private void CheckWriteMarks()
    {
        if (_failure is null)
            _link.CheckMarks(WaitingBytes, mayPause: _phase == Phase.Open);
    }

    /// <summary>Bytes in one flush, so that the progress of a slow reader is seen.</summary>
    private const int PieceSize = 64 * 1024;
}
