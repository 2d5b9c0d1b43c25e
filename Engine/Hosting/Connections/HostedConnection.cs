using System.Net.Sockets;
using TlsFsm.Hosting.Sockets;
using TlsFsm.Hosting.Streams;

namespace TlsFsm.Hosting.Connections;

/// <summary>A connection and its loop, before and while there is a transport under it.</summary>
internal sealed class HostedConnection
{
    private readonly TransportOptions? _transportOptions;

    /// <remarks>Owns the core from here on, also when it throws.</remarks>
    public HostedConnection(
        SerialEventLoop loop, IProtocol application, ITlsCore core, TlsConnectionOptions options, TransportOptions? transportOptions)
    {
        Loop = loop;
        _transportOptions = transportOptions;
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

    /// <summary>A connection on a loop of its own, whose host was told of it.</summary>
    public static HostedConnection Prepare(
        Func<ITlsCore> createCore,
        TlsConnectionOptions options,
        IProtocol application,
        TransportOptions? transportOptions,
        Action<TlsConnection>? connectionStarted)
    {
        ArgumentNullException.ThrowIfNull(application);
        var loop = new SerialEventLoop(loggerFactory: options.LoggerFactory);
        var prepared = new HostedConnection(loop, application, createCore(), options, transportOptions);
        try
        {
            connectionStarted?.Invoke(prepared.Connection);
        }
        catch
        {
            prepared.Discard();
            throw;
        }

        return prepared;
    }

    /// <summary>The application of a connection that is given as a stream.</summary>
    public static StreamProtocol StreamProtocolFor(TlsConnectionOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return options.CallConnectionMade
            ? new StreamProtocol()
            : throw new ArgumentException(
                $"A stream is connected by its handshake, so {nameof(options.CallConnectionMade)} must be true.", nameof(options));
    }

    public SerialEventLoop Loop { get; }

    public TlsConnection Connection { get; }

    /// <summary>The transport below; null before <see cref="Start(Socket, ISocketHost?)"/>.</summary>
    public ITransport? Transport { get; private set; }

    /// <summary>There will be no transport.</summary>
    public void Discard() => Loop.CallSoon(static self => ((HostedConnection)self!).Connection.Transport.Abort(), this);

    /// <summary>Takes the socket; the handshake starts on the loop.</summary>
    public void Start(Socket socket, ISocketHost? host) =>
        Transport = SocketTransport.Start(socket, Connection, Loop, (SocketTransportOptions?)_transportOptions, host);

    /// <summary>Ends it in order: what was written, close_notify, the peer's answer.</summary>
    public void Close() => Loop.CallSoon(static self => ((HostedConnection)self!).Connection.Transport.Close(), this);

    /// <summary>Ends it at once, and the transport with it.</summary>
    public void Abort() => Loop.CallSoon(
        static state =>
        {
            var self = (HostedConnection)state!;
            self.Connection.Transport.Abort();
            self.Transport?.Abort();
        },
        this);

    /// <summary>Takes the socket and comes back after the handshake.</summary>
    public Task<TlsConnection> HandshakeAsync(Socket socket, CancellationToken cancellationToken) =>
        HandshakeAsync(() => Start(socket, host: null), () => Task.CompletedTask, cancellationToken);

    /// <summary>Takes the pipe or stream and comes back after the handshake; when that fails, they are released by then.</summary>
    public Task<TlsConnection> HandshakeAsync(PipeCarrier carrier, CancellationToken cancellationToken)
    {
        var options = (PipeTransportOptions?)_transportOptions;
        return HandshakeAsync(() => Transport = carrier.Start(Connection, Loop, options), () => carrier.Released, cancellationToken);
    }

    private async Task<TlsConnection> HandshakeAsync(Action start, Func<Task> released, CancellationToken cancellationToken)
    {
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
            await Connection.Handshake;
        }
        catch (Exception exception)
        {
            await released();
            if (cancellationToken.IsCancellationRequested)
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

    private const string Cancelled = "The handshake was cancelled; the connection is closed.";
}
