using System.Buffers;
using System.Net.Sockets;
using TlsFsm.Hosting.Sockets;

namespace TlsFsm;

// The way in: wait for readiness without a buffer, then one buffer a turn while the protocol wants bytes.
public sealed partial class SocketTransport
{
    private readonly LoopOperation _readable;
    private bool _isMade;
    private bool _isReadScheduled;
    private bool _isReadingPaused;
    private bool _isPeerEnded;
    private long _discarded;

    /// <inheritdoc/>
    public void PauseReading()
    {
        _link.VerifyOnLoop();
        _isReadingPaused = true;
    }

    /// <inheritdoc/>
    public void ResumeReading()
    {
        _link.VerifyOnLoop();
        if (!_isReadingPaused)
            return;

        _isReadingPaused = false;
        if (_phase == Phase.Open && _isMade && !_isPeerEnded && !_readable.IsPending)
            ScheduleRead();
    }

    private void ScheduleRead()
    {
        if (_isReadScheduled)
            return;

        _isReadScheduled = true;
        _loop.CallSoon(static self => ((SocketTransport)self!).OnReadTurn(), this);
    }

    private void OnReadTurn()
    {
        _isReadScheduled = false;
        ReadOnce();
    }

    private void OnReadable()
    {
        _readable.Complete();
        if (_phase == Phase.Closed)
            return;

        if (_readable.SocketError != SocketError.Success)
            OnReceiveError(_readable.SocketError);
        else
            ReadOnce();
    }

    private void ReadOnce()
    {
        if (_phase is Phase.Draining or Phase.Lingering)
            DiscardOnce();
        else if (_phase == Phase.Open && _isReadingPaused && _failure is { } failure)
            Lose(failure);
        else if (_phase == Phase.Open && !_isReadingPaused && !_isPeerEnded && Deliver())
            WaitReadable();
    }

    /// <summary>Takes what is there, up to one buffer, and delivers it.</summary>
    /// <returns>Whether to go on reading.</returns>
    private bool Deliver()
    {
        int available;
        try
        {
            available = _socket.Available;
        }
        catch (SocketException exception)
        {
            OnReceiveError(exception.SocketErrorCode);
            return false;
        }
        catch (ObjectDisposedException)
        {
            OnReceiveError(SocketError.OperationAborted);
            return false;
        }

        if (available == 0)
            return DeliverEnd();

        var wanted = Math.Min(available, _options.MaxReceiveSize);
        return _link.Protocol is IBufferedProtocol buffered ? DeliverInto(buffered, wanted) : DeliverCopied(wanted);
    }

    /// <summary>Readable, and nothing to read: the end of the stream, an error, or nothing at all. One byte of room tells.</summary>
    private bool DeliverEnd()
    {
        Span<byte> one = stackalloc byte[1];
        var count = Receive(one, out var error);
        if (error == SocketError.WouldBlock)
            return true;

        if (error != SocketError.Success)
        {
            OnReceiveError(error);
            return false;
        }

        if (count > 0)
            return Hand(one);

        if (_failure is { } failure)
        {
            Lose(failure);
            return false;
        }

        _isPeerEnded = true;
        if (!_link.TellEof())
            Close();

        return false;
    }

    private bool DeliverInto(IBufferedProtocol protocol, int wanted)
    {
        try
        {
            var buffer = protocol.GetBuffer(wanted);
            if (_phase != Phase.Open)
                return false;

            if (buffer.IsEmpty)
                throw new InvalidOperationException(
                    $"{protocol.GetType().Name}.{nameof(IBufferedProtocol.GetBuffer)} returned an empty buffer.");

            var count = Receive(buffer.Span[..Math.Min(buffer.Length, _options.MaxReceiveSize)], out var error);
            if (error != SocketError.Success || count == 0)
            {
                OnReceiveError(error is SocketError.Success ? SocketError.ConnectionReset : error);
                return false;
            }

            protocol.BufferUpdated(count);
        }
        catch (Exception exception)
        {
            _link.Fail(exception, nameof(IBufferedProtocol.BufferUpdated));
        }

        return _phase == Phase.Open;
    }

    private bool DeliverCopied(int wanted)
    {
        var block = ArrayPool<byte>.Shared.Rent(wanted);
        try
        {
            var count = Receive(block.AsSpan(0, wanted), out var error);
            if (error == SocketError.Success && count > 0)
                return Hand(block.AsSpan(0, count));

            OnReceiveError(error is SocketError.Success ? SocketError.ConnectionReset : error);
            return false;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(block);
        }
    }

    private bool Hand(ReadOnlySpan<byte> data)
    {
        _link.Deliver(data);
        return _phase == Phase.Open;
    }

    /// <summary>Nobody wants what arrives any more, and left unread it would turn our close into a reset.</summary>
    private void Discard()
    {
        if (!_isPeerEnded && !_readable.IsPending)
            ScheduleRead();
    }

    private void DiscardOnce()
    {
        if (_isPeerEnded || _discarded > _options.MaxLingerBytes)
            return;

        var block = ArrayPool<byte>.Shared.Rent(Math.Min(_options.MaxReceiveSize, DiscardSize));
        var count = Receive(block, out var error);
        ArrayPool<byte>.Shared.Return(block);
        if (error != SocketError.Success && error != SocketError.WouldBlock)
        {
            OnReceiveError(error);
            return;
        }

        _isPeerEnded = error == SocketError.Success && count == 0;
        _discarded += count;
        var isEnough = _isPeerEnded || _discarded > _options.MaxLingerBytes;
        if (!isEnough)
            WaitReadable();
        else if (_phase == Phase.Lingering && _isEndSent)
            Release(reset: false);
    }

    private void OnReceiveError(SocketError error)
    {
        if (_phase == Phase.Lingering)
            Release(reset: false);
        else if (_failure is { } failure)
            Lose(failure);
        else
            Lose(error, "receiving");
    }

    /// <summary>Waits, without a buffer, until there is something to read; when there is already, the next turn reads it.</summary>
    private void WaitReadable()
    {
        // After a failed send nothing will arrive any more; what is there is read turn by turn.
        if (_phase == Phase.Open && _failure is { } failure)
        {
            if (IsDrained())
                Lose(failure);
            else
                ScheduleRead();
            return;
        }

        if (_readable.IsPending || _isReadScheduled || (_phase == Phase.Open && _isReadingPaused))
            return;

        try
        {
            if (_readable.Receive(_socket))
                return;
        }
        catch (ObjectDisposedException)
        {
            OnReceiveError(SocketError.OperationAborted);
            return;
        }

        if (_readable.SocketError == SocketError.Success)
            ScheduleRead();
        else
            OnReceiveError(_readable.SocketError);
    }

    private bool IsDrained()
    {
        try
        {
            return _socket.Available == 0;
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            return true;
        }
    }

    private int Receive(Span<byte> buffer, out SocketError error)
    {
        try
        {
            return _socket.Receive(buffer, SocketFlags.None, out error);
        }
        catch (ObjectDisposedException)
        {
            error = SocketError.OperationAborted;
            return 0;
        }
    }

    private const int DiscardSize = 16 * 1024;
}
