using System.Net.Sockets;
using TlsFsm.Hosting.Duplex;
using TlsFsm.Hosting.Streams;

namespace TlsFsm.Hosting.Connections;

/// <summary>
/// What all ways to a single connection share, whichever side we are on and whatever it runs over: options are checked before anything is
/// touched, the host is told, the handshake is done.
/// </summary>
/// <param name="options">Our side; checked by <paramref name="createCore"/>.</param>
/// <param name="createCore">Makes the core of our role.</param>
/// <param name="transportOptions">For the kind of transport that is given then.</param>
/// <param name="connectionStarted">Told of the connection before its first byte, on its loop.</param>
internal sealed class Door(
    TlsConnectionOptions options, Func<ITlsCore> createCore, TransportOptions? transportOptions, Action<TlsConnection>? connectionStarted)
{
    /// <summary>A client's.</summary>
    public static Door ToServer(
        TlsClientOptions options, TransportOptions? transportOptions, Action<TlsConnection>? connectionStarted)
    {
        ArgumentNullException.ThrowIfNull(options);
        return new Door(options, () => BouncyCastleCore.CreateClient(options), transportOptions, connectionStarted);
    }

    /// <summary>A server's.</summary>
    public static Door ToClient(
        TlsServerOptions options, TransportOptions? transportOptions, Action<TlsConnection>? connectionStarted)
    {
        ArgumentNullException.ThrowIfNull(options);
        return new Door(options, () => BouncyCastleCore.CreateServer(options), transportOptions, connectionStarted);
    }

    /// <summary>What is made with a core, which goes if that fails.</summary>
    public static TlsConnection Made(ITlsCore core, Func<ITlsCore, TlsConnection> make)
    {
        try
        {
            return make(core);
        }
        catch
        {
            core.Dispose();
            throw;
        }
    }

    /// <summary>A connection on a loop of its own, whose host was told of it.</summary>
    public HostedConnection Prepare(IProtocol application) => Prepare(application, transportOptions);

    private HostedConnection Prepare(IProtocol application, TransportOptions? transportOptions)
    {
        ArgumentNullException.ThrowIfNull(application);
        var loop = new SerialEventLoop(loggerFactory: options.LoggerFactory);
        var prepared = new HostedConnection(loop, application, createCore(), options, transportOptions);
        prepared.Announce(connectionStarted);
        return prepared;
    }

    public Task<TlsConnection> OpenAsync(PipeCarrier carrier, IProtocol application, CancellationToken cancellationToken) =>
        Prepare(application).HandshakeAsync(carrier, cancellationToken);

    public Task<TlsConnection> OpenAsync(Socket socket, IProtocol application, CancellationToken cancellationToken) =>
        Prepare(application).HandshakeAsync(socket, cancellationToken);

    public Task<TlsStream> OpenStreamAsync(PipeCarrier carrier, CancellationToken cancellationToken) =>
        OpenStreamAsync(prepared => prepared.HandshakeAsync(carrier, cancellationToken), () => carrier.Released);

    /// <param name="open">Does the handshake.</param>
    /// <param name="released">Completes when what is below is the caller's again; null when it never is.</param>
    public async Task<TlsStream> OpenStreamAsync(Func<HostedConnection, Task<TlsConnection>> open, Func<Task>? released = null)
    {
        CheckIsConnected(options, "stream");
        var protocol = new StreamProtocol();
        var connection = await open(Prepare(protocol));
        return new TlsStream(connection, protocol, released?.Invoke());
    }

    public Task<TlsDuplexPipe> OpenPipeAsync(PipeCarrier carrier, CancellationToken cancellationToken) => OpenPipeAsync(
        PipeTransportOptions.Default, prepared => prepared.HandshakeAsync(carrier, cancellationToken), () => carrier.Released);

    /// <param name="open">Does the handshake over a socket.</param>
    public Task<TlsDuplexPipe> OpenPipeAsync(Func<HostedConnection, Task<TlsConnection>> open) =>
        OpenPipeAsync(SocketTransportOptions.Default, open, released: null);

    private async Task<TlsDuplexPipe> OpenPipeAsync(
        TransportOptions usual, Func<HostedConnection, Task<TlsConnection>> open, Func<Task>? released)
    {
        CheckIsConnected(options, "pipe");
        var protocol = new DuplexProtocol();
        var connection = await open(Prepare(protocol, (transportOptions ?? usual).ForRecords()));
        return new TlsDuplexPipe(connection, protocol, released?.Invoke());
    }

    private static void CheckIsConnected(TlsConnectionOptions options, string what)
    {
        if (!options.CallConnectionMade)
            throw new ArgumentException(
                $"A {what} is connected by its handshake, so {nameof(options.CallConnectionMade)} must be true.", nameof(options));
    }
}
