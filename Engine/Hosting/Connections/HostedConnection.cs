using System.Net.Sockets;
using System.Runtime.ExceptionServices;
using TlsFsm.Hosting.Sockets;
using TlsFsm.Hosting.Streams;

namespace TlsFsm.Hosting.Connections;

/// <summary>A connection and its loop, before and while there is a transport under it.</summary>
internal sealed class HostedConnection
{
    private readonly TransportOptions? _transportOptions;
    private readonly StreamProtocol? _stream;

    /// <summary>On the loop: the host has ended the handshake, nobody else.</summary>
    private bool _isHandshakeCut;

    /// <remarks>Owns the core from here on, also when it throws.</remarks>
    public HostedConnection(
        SerialEventLoop loop, IProtocol application, ITlsCore core, TlsConnectionOptions options, TransportOptions? transportOptions)
    {
        Loop = loop;
        _transportOptions = transportOptions;
        _stream = application as StreamProtocol;
        try
        {
            // Marks that contradict each other are an argument error before there is a transport to lose.
            transportOptions?.ResolveWriteMarks();
            Connection = new TlsConnection(loop, application, core, options);
        }
        catch
        {
            core.Dispose();
            throw;
        }
    }

    public SerialEventLoop Loop { get; }

    public TlsConnection Connection { get; }

    /// <summary>The transport below; null before <see cref="Start(Socket, ISocketHost?)"/>.</summary>
    public ITransport? Transport { get; private set; }

    /// <summary>
    /// Tells the host of the connection, on its loop, where the connection's members may be called; it comes back when that was done.
    /// What the host throws is thrown, and there will be no transport.
    /// </summary>
    public void Announce(Action<TlsConnection>? started)
    {
        if (started is null)
            return;

        // The loop is new, so nothing is before us.
        ExceptionDispatchInfo? thrown = null;
        Loop.CallNowOrSoon(
            _ =>
            {
                try
                {
                    started(Connection);
                }
                catch (Exception exception)
                {
                    thrown = ExceptionDispatchInfo.Capture(exception);
                }
            },
            null);
        if (thrown is null)
            return;

        Discard();
        thrown.Throw();
    }

    /// <summary>There will be no transport.</summary>
    public void Discard() => Loop.CallSoon(static self => ((HostedConnection)self!).Connection.Transport.Abort(), this);

    /// <summary>Takes the socket; the handshake starts on the loop.</summary>
    public void Start(Socket socket, ISocketHost? host) => Start(socket, host, callerWaits: false);

    private void Start(Socket socket, ISocketHost? host, bool callerWaits) => Transport = SocketTransport.Start(
        socket, Connection, Loop, (SocketTransportOptions?)_transportOptions, host, callerWaits);

    /// <summary>
    /// Ends it in order: what was written, close_notify, the peer's answer. What a stream's handler is writing goes out before.
    /// </summary>
    public void Close() => Loop.CallSoon(
        static state =>
        {
            var self = (HostedConnection)state!;
            if (self._stream is { IsConnected: true } stream)
                stream.Stop();
            else
                self.Connection.Transport.Close();
        },
        this);

    /// <summary>Ends it at once, and the transport with it.</summary>
    public void Abort() => Loop.CallSoon(
        static state =>
        {
            var self = (HostedConnection)state!;
            self._isHandshakeCut = !self.Connection.Handshake.IsCompleted;
            self.Connection.Transport.Abort();
            self.Transport?.Abort();
        },
        this);

    /// <summary>Takes the socket and comes back after the handshake.</summary>
    public Task<TlsConnection> HandshakeAsync(Socket socket, CancellationToken cancellationToken) =>
        HandshakeAsync(() => Start(socket, host: null, callerWaits: true), () => Task.CompletedTask, cancellationToken);

    /// <summary>Takes the pipe or stream and comes back after the handshake; when that fails, they are released by then.</summary>
    public Task<TlsConnection> HandshakeAsync(PipeCarrier carrier, CancellationToken cancellationToken)
    {
        var options = (PipeTransportOptions?)_transportOptions;
        return HandshakeAsync(() => Transport = carrier.Start(Connection, Loop, options), () => carrier.Released, cancellationToken);
    }

    private async Task<TlsConnection> HandshakeAsync(Action start, Func<Task> released, CancellationToken cancellationToken)
    {
        var settled = BehindTheHandshake();
        try
        {
            start();
        }
        catch
        {
            Discard();
            throw;
        }

        var registration = cancellationToken.UnsafeRegister(static self => ((HostedConnection)self!).Abort(), this);
        try
        {
            await settled;
            await Connection.Handshake;
        }
        catch (Exception exception)
        {
            await released();

            // A failure of its own stays one, also when the token fires behind it.
            if (Volatile.Read(ref _isHandshakeCut))
                throw new OperationCanceledException(Cancelled, exception, cancellationToken);
            throw;
        }
        finally
        {
            await registration.DisposeAsync();
        }

        // Cancelled while it finished: the abort is under way already, so there is no connection to give.
        if (!cancellationToken.IsCancellationRequested)
            return Connection;

        await released();
        throw new OperationCanceledException(Cancelled, cancellationToken);
    }

    /// <summary>
    /// Completes with the handshake, however it ends: behind the slice that has ended it and on its thread, where the first read would go
    /// on too. <see cref="TlsConnection.Handshake"/> alone would be a change of threads for each connection.
    /// </summary>
    private Task BehindTheHandshake()
    {
        var settled = new TaskCompletionSource();
        Connection.Parts.Awaiter.Settled += _ => Loop.CallBehind(static state => ((TaskCompletionSource)state!).TrySetResult(), settled);

        // The host may have ended it already.
        if (Connection.Handshake.IsCompleted)
            settled.TrySetResult();
        return settled.Task;
    }

    private const string Cancelled = "The handshake was cancelled; the connection is closed.";
}
