using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Net.Sockets;
using TlsFsm.Hosting.Transports;

namespace TlsFsm.Hosting.Sockets;

/// <summary>
/// The way in: waits for readiness without a buffer, then takes one buffer a turn while the protocol wants bytes; after a close it
/// discards, up to a limit.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "Released when its socket is closed.")]
internal sealed class SocketInput
{
    private readonly Socket _socket;
    private readonly IEventLoop _loop;
    private readonly ProtocolLink _link;
    private readonly SocketTransportOptions _options;
    private readonly ISocketEvents _events;
    private readonly LoopOperation _readable;
    private Mode _mode;
    private bool _isScheduled;
    private bool _isEnded;
    private long _discarded;

    public SocketInput(Socket socket, IEventLoop loop, ProtocolLink link, SocketTransportOptions options, ISocketEvents events)
    {
        (_socket, _loop, _link, _options, _events) = (socket, loop, link, options, events);
        _readable = new LoopOperation(loop, static self => ((SocketInput)self!).OnReadable(), this);
    }

    public bool IsPaused { get; private set; }

    /// <summary>Whether something may have arrived that the protocol was not given yet, and would take.</summary>
    public bool CanDeliver => _mode == Mode.Delivering && !IsPaused && !_isEnded;

    /// <summary>The peer's end was seen, or more than the limit was discarded.</summary>
    public bool HasDiscardedEnough => _isEnded || _discarded > _options.MaxLingerBytes;

    private bool IsDelivering => _mode is Mode.Delivering or Mode.DeliveringLastWords;

    /// <summary>The protocol is connected: delivers from now on.</summary>
    public void Start()
    {
        _mode = Mode.Delivering;
        Schedule();
    }

    public void Pause() => IsPaused = true;

    public void Resume()
    {
        if (!IsPaused)
            return;

        IsPaused = false;
        if (IsDelivering && !_isEnded && !_readable.IsPending)
            Schedule();
    }

    /// <summary>The output has failed: what a peer said before it refused us (an alert) is still delivered, and then all is over.</summary>
    public void DeliverLastWords()
    {
        _mode = Mode.DeliveringLastWords;
        Schedule();
    }

    /// <summary>Nobody wants what arrives any more, and left unread it would turn our close into a reset.</summary>
    public void Discard()
    {
        _mode = Mode.Discarding;
        if (!_isEnded && !_readable.IsPending)
            Schedule();
    }

    /// <summary>The socket is closed. A wait that is pending comes back aborted.</summary>
    public void Release()
    {
        _mode = Mode.Released;
        _readable.Dispose();
    }

    private void Schedule()
    {
        if (_isScheduled)
            return;

        _isScheduled = true;
        _loop.CallSoon(static self => ((SocketInput)self!).OnTurn(), this);
    }

    private void OnTurn()
    {
        _isScheduled = false;
        ReadOnce();
    }

    private void OnReadable()
    {
        _readable.Complete();
        if (_mode == Mode.Released)
            return;

        if (_readable.SocketError != SocketError.Success)
            _events.InputFailed(_readable.SocketError);
        else
            ReadOnce();
    }

    private void ReadOnce()
    {
        if (_mode == Mode.Discarding)
            DiscardOnce();
        else if (_mode == Mode.DeliveringLastWords && IsPaused)
            _events.InputIsOver();
        else if (IsDelivering && !IsPaused && !_isEnded && Deliver())
            WaitReadable();
    }

    /// <summary>Takes what is there, up to one buffer, and delivers it.</summary>
    /// <returns>Whether to go on reading.</returns>
    private bool Deliver()
    {
        var available = _socket.AvailableOr(out var error);
        if (error != SocketError.Success)
        {
            _events.InputFailed(error);
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
        var count = _socket.ReceiveOr(one, out var error);
        if (error == SocketError.WouldBlock)
            return true;

        if (error != SocketError.Success)
        {
            _events.InputFailed(error);
            return false;
        }

        if (count > 0)
            return Hand(one);

        _isEnded = true;
        if (_mode == Mode.DeliveringLastWords)
            _events.InputIsOver();
        else
            _events.InputEnded();

        return false;
    }

    private bool DeliverInto(IBufferedProtocol protocol, int wanted)
    {
        try
        {
            var buffer = protocol.GetBuffer(wanted);
            if (!IsDelivering)
                return false;

            if (buffer.IsEmpty)
                throw new InvalidOperationException(
                    $"{protocol.GetType().Name}.{nameof(IBufferedProtocol.GetBuffer)} returned an empty buffer.");

            var count = _socket.ReceiveOr(buffer.Span[..Math.Min(buffer.Length, _options.MaxReceiveSize)], out var error);
            if (error != SocketError.Success || count == 0)
            {
                _events.InputFailed(error is SocketError.Success ? SocketError.ConnectionReset : error);
                return false;
            }

            protocol.BufferUpdated(count);
        }
        catch (Exception exception)
        {
            _link.Fail(exception, nameof(IBufferedProtocol.BufferUpdated));
        }

        return IsDelivering;
    }

    private bool DeliverCopied(int wanted)
    {
        var block = ArrayPool<byte>.Shared.Rent(wanted);
        try
        {
            var count = _socket.ReceiveOr(block.AsSpan(0, wanted), out var error);
            if (error == SocketError.Success && count > 0)
                return Hand(block.AsSpan(0, count));

            _events.InputFailed(error is SocketError.Success ? SocketError.ConnectionReset : error);
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
        return IsDelivering;
    }

    private void DiscardOnce()
    {
        if (HasDiscardedEnough)
            return;

        var block = ArrayPool<byte>.Shared.Rent(Math.Min(_options.MaxReceiveSize, DiscardSize));
        var count = _socket.ReceiveOr(block, out var error);
        ArrayPool<byte>.Shared.Return(block);
        if (error != SocketError.Success && error != SocketError.WouldBlock)
        {
            _events.InputFailed(error);
            return;
        }

        _isEnded = error == SocketError.Success && count == 0;
        _discarded += count;
        if (HasDiscardedEnough)
            _events.InputDiscarded();
        else
            WaitReadable();
    }

    /// <summary>Waits, without a buffer, until there is something to read; when there is already, the next turn reads it.</summary>
    private void WaitReadable()
    {
        // After a failed send nothing will arrive any more; what is there is read turn by turn.
        if (_mode == Mode.DeliveringLastWords)
        {
            if (_socket.AvailableOr(out _) == 0)
                _events.InputIsOver();
            else
                Schedule();
            return;
        }

        if (_readable.IsPending || _isScheduled || (IsDelivering && IsPaused))
            return;

        try
        {
            if (_readable.Receive(_socket))
                return;
        }
        catch (ObjectDisposedException)
        {
            _events.InputFailed(SocketError.OperationAborted);
            return;
        }

        if (_readable.SocketError == SocketError.Success)
            Schedule();
        else
            _events.InputFailed(_readable.SocketError);
    }

    private const int DiscardSize = 16 * 1024;

    private enum Mode
    {
        /// <summary>The protocol does not know of the connection yet.</summary>
        Idle,

        Delivering,

        /// <summary>The output has failed; what had arrived before is delivered.</summary>
        DeliveringLastWords,

        Discarding,

        Released,
    }
}
