using System.Net.Sockets;
using TlsFsm.Hosting.Transports;

namespace TlsFsm.Hosting.Sockets;

/// <summary>
/// The way out: bytes go to the socket without waiting; what it does not take waits in the queue for a pending send to tell that it takes
/// more.
/// </summary>
internal sealed class SocketOutput(Socket socket, IEventLoop loop, ProtocolLink link, ISocketEvents events)
{
    private readonly SendQueue _queue = new();
    private List<ArraySegment<byte>>? _gathered;
    private LoopOperation? _sender;
    private bool _isSendScheduled;
    private bool _isReleased;
    private bool _hasMoved;

    /// <summary>Bytes that the operating system has not taken yet.</summary>
    public long Waiting => _queue.Size;

    public bool IsEmpty => _queue.IsEmpty;

    /// <summary>How what waits moves.</summary>
    public OutputProgress Progress => field ??= new OutputProgress(loop);

    /// <summary>Takes bytes. A large write goes out uncopied; small ones are gathered until the end of the turn.</summary>
    /// <returns>False when there is nothing more to do for them: they are gone, or the socket is broken.</returns>
    public bool Take(ReadOnlySpan<byte> data)
    {
        if (_queue.IsEmpty && data.Length >= DirectSize)
        {
            if (!TrySend(data, out var sent))
                return false;

            data = data[sent..];
            if (data.IsEmpty)
                return false;
        }

        _queue.Append(data);
        if (link.IsOver(_queue.Size))
            Send();

        return true;
    }

    /// <summary>Sends what waits at the end of this turn of the loop.</summary>
    public void SendSoon()
    {
        if (_queue.IsEmpty || _isSendScheduled || _isReleased || _sender is { IsPending: true })
            return;

        _isSendScheduled = true;
        loop.CallSoon(static self => ((SocketOutput)self!).OnTurn(), this);
    }

    /// <summary>Sends until nothing waits or the socket takes no more; in that case a pending send is left behind.</summary>
    public void Send()
    {
        while (!_queue.IsEmpty && _sender is not { IsPending: true })
        {
            if (!TrySendFront(out var sent))
                return;

            Advance(sent);
            if (sent == 0 && !StartSend())
                return;
        }
    }

    /// <summary>Forgets what waits.</summary>
    public void Drop() => _queue.Clear();

    /// <returns>Whether what waited has moved since this was last asked.</returns>
    public bool TakeProgress()
    {
        var moved = _hasMoved;
        _hasMoved = false;
        return moved;
    }

    /// <summary>The socket is closed. A send that is pending comes back aborted; until then its block must stay.</summary>
    public void Release()
    {
        _isReleased = true;
        _sender?.Dispose();
        if (_sender is not { IsPending: true })
            _queue.Clear();
    }

    private void OnTurn()
    {
        _isSendScheduled = false;
        Send();
        events.OutputMoved();
    }

    private void OnSent()
    {
        var sender = _sender!;
        sender.Complete();
        if (_isReleased)
        {
            _queue.Clear();
            return;
        }

        if (TakeResult(sender))
            Send();

        events.OutputMoved();
    }

    /// <summary>
    /// Lets the operating system tell when the socket takes more: a send of a small piece, which completes when there is room.
    /// A small one, so that progress is seen and the rest goes out gathered.
    /// </summary>
    /// <returns>False when the socket is broken.</returns>
    private bool StartSend()
    {
        var first = _queue.First;
        _sender ??= new LoopOperation(loop, static self => ((SocketOutput)self!).OnSent(), this);
        _sender.SetBuffer(first[..Math.Min(first.Length, PendingSize)]);
        try
        {
            if (!_sender.Send(socket))
                return TakeResult(_sender);

            Progress.Wait();
            return true;
        }
        catch (ObjectDisposedException)
        {
            events.OutputFailed(SocketError.OperationAborted);
            return false;
        }
    }

    private bool TakeResult(LoopOperation sender)
    {
        if (sender.SocketError != SocketError.Success)
        {
            events.OutputFailed(sender.SocketError);
            return false;
        }

        Advance(sender.BytesTransferred);
        Progress.Move(!_queue.IsEmpty);
        return true;
    }

    private void Advance(int count)
    {
        _queue.Advance(count);
        _hasMoved |= count > 0;
    }

    private bool TrySendFront(out int sent)
    {
        if (_queue.IsSingle)
            return TrySend(_queue.First.Span, out sent);

        _queue.GatherInto(_gathered ??= []);
        sent = socket.SendOr(_gathered, out var error);
        _gathered.Clear();
        return Judge(error);
    }

    private bool TrySend(ReadOnlySpan<byte> data, out int sent)
    {
        sent = socket.SendOr(data, out var error);
        return Judge(error);
    }

    /// <remarks>Where it would block, some systems took a part nevertheless.</remarks>
    private bool Judge(SocketError error)
    {
        if (error is SocketError.Success or SocketError.WouldBlock)
            return true;

        events.OutputFailed(error);
        return false;
    }

    /// <summary>From this many bytes on a system call of its own costs less than a copy.</summary>
    private const int DirectSize = 8 * 1024;

    /// <summary>One TLS record's worth.</summary>
    private const int PendingSize = 16 * 1024;
}
