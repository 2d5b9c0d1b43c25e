using System.Net.Sockets;
using TlsFsm.Hosting.Sockets;
using TlsFsm.Hosting.Transports;

namespace TlsFsm;

// The way out: bytes go to the socket without waiting; what it does not take waits in the queue for a pending send to tell that it
// takes more.
public sealed partial class SocketTransport
{
    private readonly SendQueue _queue = new();
    private List<ArraySegment<byte>>? _gathered;
    private LoopOperation? _sender;
    private bool _isSendScheduled;
    private bool _isEndSent;
    private long _sent;

    /// <summary>
    /// The socket refused output while the protocol could still read: what has arrived is delivered first, then the loss.
    /// </summary>
    private Exception? _failure;

    /// <inheritdoc/>
    public void Write(ReadOnlySpan<byte> data)
    {
        _link.VerifyOnLoop();
        if (_phase != Phase.Open || _failure is not null || data.IsEmpty)
            return;

        // A large write goes out uncopied; small ones are gathered until the end of the turn.
        if (_queue.IsEmpty && data.Length >= DirectSize)
        {
            if (!TrySend(data, out var sent))
                return;

            data = data[sent..];
            if (data.IsEmpty)
                return;
        }

        _queue.Append(data);
        if (_link.IsOver(_queue.Size))
            SendQueued();

        CheckWriteMarks();
        if (!_queue.IsEmpty && !_isSendScheduled && _sender is not { IsPending: true } && _phase != Phase.Closed)
        {
            _isSendScheduled = true;
            _loop.CallSoon(static self => ((SocketTransport)self!).OnSendTurn(), this);
        }
    }

    private void OnSendTurn()
    {
        _isSendScheduled = false;
        SendQueued();
        AfterSend();
    }

    private void OnSent()
    {
        var sender = _sender!;
        sender.Complete();
        if (_phase == Phase.Closed)
        {
            _queue.Clear();
            return;
        }

        if (TakeResult(sender))
            SendQueued();

        AfterSend();
    }

    /// <summary>Sends until nothing waits or the socket takes no more; in that case a pending send is left behind.</summary>
    private void SendQueued()
    {
        while (!_queue.IsEmpty && _sender is not { IsPending: true })
        {
            if (!TrySendFront(out var sent))
                return;

            _queue.Advance(sent);
            if (sent == 0 && !StartSend())
                return;
        }
    }

    /// <summary>
    /// Lets the operating system tell when the socket takes more: a send of a small piece, which completes when there is room.
    /// A small one, so that progress is seen and the rest goes out gathered.
    /// </summary>
    /// <returns>False when the socket is broken.</returns>
    private bool StartSend()
    {
        var first = _queue.First;
        _sender ??= new LoopOperation(_loop, static self => ((SocketTransport)self!).OnSent(), this);
        _sender.SetBuffer(first[..Math.Min(first.Length, PendingSize)]);
        try
        {
            return _sender.Send(_socket) || TakeResult(_sender);
        }
        catch (ObjectDisposedException)
        {
            OnSendError(SocketError.OperationAborted);
            return false;
        }
    }

    private bool TakeResult(LoopOperation sender)
    {
        if (sender.SocketError != SocketError.Success)
        {
            OnSendError(sender.SocketError);
            return false;
        }

        _sent += sender.BytesTransferred;
        _queue.Advance(sender.BytesTransferred);
        return true;
    }

    private bool TrySendFront(out int sent)
    {
        if (_queue.IsSingle)
            return TrySend(_queue.First.Span, out sent);

        _queue.GatherInto(_gathered ??= []);
        SocketError error;
        try
        {
            sent = _socket.Send(_gathered, SocketFlags.None, out error);
        }
        catch (ObjectDisposedException)
        {
            (sent, error) = (0, SocketError.OperationAborted);
        }

        _gathered.Clear();
        return Judge(error, ref sent);
    }

    private bool TrySend(ReadOnlySpan<byte> data, out int sent)
    {
        SocketError error;
        try
        {
            sent = _socket.Send(data, SocketFlags.None, out error);
        }
        catch (ObjectDisposedException)
        {
            (sent, error) = (0, SocketError.OperationAborted);
        }

        return Judge(error, ref sent);
    }

    private bool Judge(SocketError error, ref int sent)
    {
        switch (error)
        {
            case SocketError.Success:
                _sent += sent;
                return true;
            case SocketError.WouldBlock:
                // Some systems took a part nevertheless.
                _sent += sent;
                return true;
            default:
                OnSendError(error);
                return false;
        }
    }

    private void OnSendError(SocketError error)
    {
        switch (_phase)
        {
            case Phase.Open when _failure is null && !_isReadingPaused && !_isPeerEnded && _isMade:
                // A peer that refuses us may have said why (an alert) before it went: that is still to be read.
                _failure = Describe(error, "sending");
                _queue.Clear();
                ScheduleRead();
                break;
            case Phase.Open or Phase.Draining:
                Lose(error, "sending");
                break;
            case Phase.Lingering:
                Release(reset: false);
                break;
        }
    }

    private void AfterSend()
    {
        CheckWriteMarks();
        if (!_queue.IsEmpty)
            return;

        if (_phase == Phase.Draining)
            FinishOutput();
        else if (_phase == Phase.Lingering && !_isEndSent)
            SendEndOfStream();
    }

    private void CheckWriteMarks()
    {
        if (_failure is null)
            _link.CheckMarks(_queue.Size, mayPause: _phase == Phase.Open);
    }

    /// <summary>From this many bytes on a system call of its own costs less than a copy.</summary>
    private const int DirectSize = 8 * 1024;

    /// <summary>One TLS record's worth.</summary>
    private const int PendingSize = 16 * 1024;
}
