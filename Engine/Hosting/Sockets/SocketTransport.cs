using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Sockets;
using TlsFsm.Hosting.Loops;
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
public sealed class SocketTransport : ISwitchableTransport, IDrainingTransport
{
    private readonly Socket _socket;
    private readonly EndPoint? _peerName;
    private readonly EndPoint? _socketName;
    private readonly ProtocolLink _link;
    private readonly SocketLife _life;

    private SocketTransport(Socket socket, IProtocol protocol, IEventLoop loop, SocketTransportOptions options, ISocketHost? host)
    {
        _socket = socket;
        _peerName = socket.NameOr(static socket => socket.RemoteEndPoint);
        _socketName = socket.NameOr(static socket => socket.LocalEndPoint);
        var peer = _peerName ?? (object)"an unknown peer";
        _link = new ProtocolLink(this, loop, protocol, options.ResolveWriteMarks(), peer)
        {
            Ended = host is null ? null : host.ConnectionEnded,
        };
        _life = new SocketLife(socket, loop, _link, options, host, peer);
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

    // The host hears of both ends, on the loop: for hosts that count and report. A caller that waits for what comes of it, and has nothing
    // else to do, saves a change of threads: it begins in this very call.
    internal static SocketTransport Start(
        Socket socket, IProtocol protocol, IEventLoop loop, SocketTransportOptions? options, ISocketHost? host, bool callerWaits = false)
    {
        ArgumentNullException.ThrowIfNull(socket);
        ArgumentNullException.ThrowIfNull(protocol);
        ArgumentNullException.ThrowIfNull(loop);
        if (socket.SocketType != SocketType.Stream || !socket.Connected)
            throw new ArgumentException(
                $"A socket transport needs a connected stream socket; this one is {socket.SocketType}, connected: {socket.Connected}.",
                nameof(socket));

        var transport = new SocketTransport(socket, protocol, loop, options ?? SocketTransportOptions.Default, host);
        socket.Blocking = false;
        if (options is null or { NoDelay: true })
            socket.SetNoDelay();
        loop.Begin(static self => ((SocketTransport)self!)._life.Begin(), transport, callerWaits);
        return transport;
    }

    /// <summary>
    /// Whether <see cref="Close"/> or <see cref="Abort"/> was called, or the connection is lost: writes are dropped from then on.
    /// </summary>
    public bool IsClosing => _life.IsClosing;

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
    public bool IsReading => !_life.Input.IsPaused;

    /// <inheritdoc/>
    public bool IsWritingPaused => _link.IsWritingPaused;

    /// <summary>Bytes taken by <see cref="Write"/> and not yet by the operating system.</summary>
    public long UnsentBytes => _link.IsLossPosted ? 0 : _life.Output.Waiting;

    /// <inheritdoc/>
    public Action? Progressed
    {
        get => _link.Progressed;
        set
        {
            _link.VerifyOnLoop();
            _link.Progressed = value;
        }
    }

    /// <inheritdoc/>
    public void Write(ReadOnlySpan<byte> data)
    {
        _link.VerifyOnLoop();
        _life.Write(data);
    }

    /// <inheritdoc/>
    public void PauseReading()
    {
        _link.VerifyOnLoop();
        _life.Input.Pause();
    }

    /// <inheritdoc/>
    public void ResumeReading()
    {
        _link.VerifyOnLoop();
        _life.Input.Resume();
    }

    /// <inheritdoc/>
    public void Close()
    {
        _link.VerifyOnLoop();
        _life.Close();
    }

    /// <summary>
    /// Ends the connection for the protocol at once. With a reason, what was written still goes out, followed by an orderly end of stream,
    /// so that a last alert arrives: as long as it moves, and <see cref="TransportOptions.LingerTimeout"/> at least. Without one it is
    /// dropped and the peer sees a reset.
    /// </summary>
    /// <inheritdoc/>
    public void Abort(Exception? reason = null)
    {
        _link.VerifyOnLoop();
        _life.Abort(reason);
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

    /// <summary>As <see cref="UnsentBytes"/>, also after the loss.</summary>
    internal long QueuedBytes => _life.Output.Waiting;
}
