using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Sockets;
using TlsFsm.Hosting.Sockets;
using TlsFsm.Hosting.Transports;

namespace TlsFsm;

/// <summary>
/// A connected stream socket as a transport: real back pressure in both directions, a close that sends everything, an abort that
/// still gets the last alert across, and no buffer held while nothing happens.
/// </summary>
/// <remarks>
/// <para>Owns the socket and closes it. All members belong to the loop, as <see cref="ITransport"/> says.</para>
/// <para>
/// Reading waits for readiness with a receive of no bytes, then takes what is there with one that does not wait: bytes are taken
/// from the operating system only while the protocol wants them, so a paused reader is felt by the peer. Writing copies what the socket
/// does not take at once and sends the writes of one turn together.
/// </para>
/// <para>The protocol is never told anything after <see cref="IProtocol.ConnectionLost"/>; the socket itself may stay a little longer
/// (<see cref="TransportOptions.LingerTimeout"/>).</para>
/// </remarks>
[SuppressMessage("Design", "CA1001", Justification = "Close and Abort end it: they say how, which Dispose could not.")]
public sealed partial class SocketTransport : ISwitchableTransport
{
    private readonly Socket _socket;
    private readonly IEventLoop _loop;
    private readonly SocketTransportOptions _options;
    private readonly EndPoint? _peerName;
    private readonly EndPoint? _socketName;
    private readonly ProtocolLink _link;
    private Phase _phase;
    private IDisposable? _deadline;

    private SocketTransport(Socket socket, IProtocol protocol, IEventLoop loop, SocketTransportOptions options, ISocketHost? host)
    {
        _socket = socket;
        _loop = loop;
        _options = options;
        _host = host;
        _readable = new LoopOperation(loop, static self => ((SocketTransport)self!).OnReadable(), this);
        _peerName = NameOf(static socket => socket.RemoteEndPoint, socket);
        _socketName = NameOf(static socket => socket.LocalEndPoint, socket);
        _link = new ProtocolLink(this, loop, protocol, options.ResolveWriteMarks(), _peerName ?? (object)UnknownPeer)
        {
            Ended = host is null ? null : host.ConnectionEnded,
        };
    }

    /// <summary>
    /// Makes a transport of a connected socket. The protocol hears <see cref="IProtocol.ConnectionMade"/> on the next turn of the loop.
    /// </summary>
    /// <param name="socket">
    /// A connected stream socket, from now on the transport's own: it is made non-blocking, and closed at the end.
    /// </param>
    /// <param name="protocol">What the bytes are for. An <see cref="IBufferedProtocol"/> gets them without a copy.</param>
    /// <param name="loop">Where everything happens.</param>
    /// <param name="options">Buffers and deadlines. Null: <see cref="SocketTransportOptions.Default"/>.</param>
    /// <returns>The transport. May be called from any thread; the transport's members may not.</returns>
    /// <exception cref="ArgumentException">
    /// Not a connected stream socket, or the water marks contradict each other. The socket is still the caller's then.
    /// </exception>
    public static SocketTransport Start(Socket socket, IProtocol protocol, IEventLoop loop, SocketTransportOptions? options = null) =>
        Start(socket, protocol, loop, options, host: null);

    // The host hears of both ends, on the loop: for hosts that count and report.
    internal static SocketTransport Start(
        Socket socket, IProtocol protocol, IEventLoop loop, SocketTransportOptions? options, ISocketHost? host)
    {
        ArgumentNullException.ThrowIfNull(socket);
        ArgumentNullException.ThrowIfNull(protocol);
        ArgumentNullException.ThrowIfNull(loop);
        if (socket.SocketType != SocketType.Stream || !socket.Connected)
            throw new ArgumentException(
                $"A socket transport needs a connected stream socket; this one is {socket.SocketType}, connected: {socket.Connected}.",
                nameof(socket));

        var transport = new SocketTransport(socket, protocol, loop, options ?? SocketTransportOptions.Default, host);
        transport.PrepareSocket();
        loop.CallSoon(static self => ((SocketTransport)self!).TellConnectionMade(), transport);
        return transport;
    }

    /// <summary>
    /// Whether <see cref="Close"/> or <see cref="Abort"/> was called, or the connection is lost: writes are dropped from then on.
    /// </summary>
    public bool IsClosing => _phase != Phase.Open;

    /// <inheritdoc/>
    public IProtocol Protocol
    {
        get => _link.Protocol;
        set
        {
            ArgumentNullException.ThrowIfNull(value);
            _link.VerifyOnLoop();
            _link.Protocol = value;
        }
    }

    /// <inheritdoc/>
    public bool IsReading => !_isReadingPaused;

    /// <inheritdoc/>
    public bool IsWritingPaused => _link.IsWritingPaused;

    /// <inheritdoc/>
    public void Close()
    {
        _link.VerifyOnLoop();
        if (_phase != Phase.Open)
            return;

        if (_failure is { } failure)
        {
            Lose(failure);
            return;
        }

        _phase = Phase.Draining;
        if (_queue.IsEmpty)
        {
            FinishOutput();
            return;
        }

        _deadline = new DrainDeadline(_loop, _options.DrainTimeout, () => _sent, OnDrainDeadline);
        Discard();
    }

    /// <summary>
    /// Ends the connection for the protocol at once. With a reason, what was written still gets
    /// <see cref="TransportOptions.LingerTimeout"/> to go out, followed by an orderly end of stream, so that a last alert arrives. Without
    /// one it is dropped and the peer sees a reset.
    /// </summary>
    /// <inheritdoc/>
    public void Abort(Exception? reason = null)
    {
        _link.VerifyOnLoop();
        if (_phase == Phase.Closed)
            return;

        _link.PostLoss(reason);
        if (reason is null || _failure is not null)
            Release(reset: true);
        else if (_phase != Phase.Lingering)
            Linger();
    }

    /// <summary>
    /// Knows <see cref="ExtraInfo.Socket"/>, <see cref="ExtraInfo.PeerName"/> and <see cref="ExtraInfo.SocketName"/>, after the loss too.
    /// </summary>
    /// <inheritdoc/>
    public object? GetExtraInfo(string name, object? defaultValue = null) => name switch
    {
        ExtraInfo.Socket => _socket,
        ExtraInfo.PeerName => _peerName ?? defaultValue,
        ExtraInfo.SocketName => _socketName ?? defaultValue,
        _ => defaultValue,
    };

    /// <summary>Bytes taken by <see cref="Write"/> and not yet by the operating system.</summary>
    internal long QueuedBytes => _queue.Size;

    private void PrepareSocket()
    {
        _socket.Blocking = false;
        if (!_options.NoDelay || _socket.AddressFamily is not (AddressFamily.InterNetwork or AddressFamily.InterNetworkV6))
            return;

        try
        {
            _socket.NoDelay = true;
        }
        catch (SocketException)
        {
            // Some systems refuse options on a connection that has died already; the first receive reports that.
        }
    }

    private void TellConnectionMade()
    {
        if (_link.TellMade() && _phase == Phase.Open)
        {
            _isMade = true;
            ScheduleRead();
        }
    }

    private void Lose(SocketError error, string activity) => Lose(Describe(error, activity));

    /// <summary>The connection is gone by itself.</summary>
    private void Lose(Exception reason)
    {
        _link.PostLoss(reason);
        Release(reset: false);
    }

    private void OnDrainDeadline()
    {
        _link.PostLoss(DrainDeadline.Explain(PeerText, _queue.Size, _options.DrainTimeout));
        Release(reset: true);
    }

    /// <summary>The protocol is done with; what remains is to get output and end of stream to the peer, within limits.</summary>
    private void Linger()
    {
        _phase = Phase.Lingering;
        _deadline?.Dispose();
        _deadline = _loop.CallLater(_options.LingerTimeout, static self => ((SocketTransport)self!).Release(reset: false), this);
        SendQueued();
        if (_phase != Phase.Lingering)
            return;

        if (_queue.IsEmpty)
            SendEndOfStream();
        if (_phase == Phase.Lingering)
            Discard();
    }

    /// <summary>All that was written has gone out after a <see cref="Close"/>.</summary>
    private void FinishOutput()
    {
        _link.PostLoss(null);
        Linger();
    }

    private void SendEndOfStream()
    {
        _isEndSent = true;
        try
        {
            _socket.Shutdown(SocketShutdown.Send);
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // Reset in the meantime: nobody is left to hear of our end.
            Release(reset: false);
            return;
        }

        if (_isPeerEnded || _discarded > _options.MaxLingerBytes || _options.LingerTimeout == TimeSpan.Zero)
            Release(reset: false);
    }

    private void Release(bool reset)
    {
        if (_phase == Phase.Closed)
            return;

        _phase = Phase.Closed;
        _deadline?.Dispose();
        _deadline = null;
        if (reset)
            _socket.Close(0);
        else
            _socket.Dispose();

        // Operations that are pending complete as aborted; until then the send's block must stay.
        _readable.Dispose();
        _sender?.Dispose();
        if (_sender is not { IsPending: true })
            _queue.Clear();

        _host?.SocketReleased();
    }

    private IOException Describe(SocketError error, string activity)
    {
        var cause = new SocketException((int)error);
        return new IOException($"The connection with {PeerText} was lost while {activity}: {cause.Message} ({error}).", cause);
    }

    private string PeerText => _peerName?.ToString() ?? UnknownPeer;

    private static EndPoint? NameOf(Func<Socket, EndPoint?> get, Socket socket)
    {
        try
        {
            return get(socket);
        }
        catch (SocketException)
        {
            // The peer was gone before we asked.
            return null;
        }
    }

    private const string UnknownPeer = "an unknown peer";

    private readonly ISocketHost? _host;

    private enum Phase
    {
        Open,

        /// <summary>Closed by the protocol, and output still waits.</summary>
        Draining,

        /// <summary>
        /// The protocol knows or will know next turn; output goes on as far as it can, then our end of stream, then we wait for the peer's.
        /// </summary>
        Lingering,

        /// <summary>The socket is closed.</summary>
        Closed,
    }
}
