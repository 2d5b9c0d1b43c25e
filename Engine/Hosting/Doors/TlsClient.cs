using System.Net;
using System.Net.Sockets;
using TlsFsm.Hosting.Connections;

namespace TlsFsm;

/// <summary>Connects to TLS servers: over TCP, or over a duplex pipe or a stream that somebody else has connected.</summary>
/// <remarks>
/// Each connection gets a <see cref="SerialEventLoop"/> of its own; the application's callbacks run there, and its calls belong there.
/// Options are checked before anything goes to the network.
/// </remarks>
public static partial class TlsClient
{
    /// <summary>Connects to a host and does the handshake.</summary>
    /// <param name="host">
    /// A name or an address. Every address of a name is tried, in the resolver's order, each as long as the operating system does.
    /// </param>
    /// <param name="port">1 to 65535.</param>
    /// <param name="options">
    /// The client's side; its <see cref="TlsClientOptions.TargetHost"/>, not <paramref name="host"/>, is what the certificate must be for.
    /// </param>
    /// <param name="application">Told what happens. <see cref="IProtocol.ConnectionMade"/> comes before the task completes.</param>
    /// <param name="transportOptions">Buffers and endings of the socket. Null: the defaults.</param>
    /// <param name="connectionStarted">
    /// Told of the connection before there is anything on the network, for what is to be set before its handshake,
    /// <see cref="TlsConnection.Transitioned"/> for example.
    /// </param>
    /// <param name="cancellationToken">
    /// Cancels in any phase: the socket is closed and nothing is left. Without effect once the task has completed.
    /// </param>
    /// <returns>The connection, after its handshake.</returns>
    /// <exception cref="ArgumentException">An option, host or port that makes no sense.</exception>
    /// <exception cref="SocketException">The name has no address, or no address could be connected to.</exception>
    /// <exception cref="TlsException">The handshake failed, or took too long.</exception>
    /// <exception cref="IOException">The connection was lost before the handshake had finished.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled first.</exception>
    public static Task<TlsConnection> ConnectAsync(
        string host,
        int port,
        TlsClientOptions options,
        IProtocol application,
        SocketTransportOptions? transportOptions = null,
        Action<TlsConnection>? connectionStarted = null,
        CancellationToken cancellationToken = default)
    {
        CheckTarget(host, port);
        var prepared = Door.ToServer(options, transportOptions, connectionStarted).Prepare(application);
        return DialAsync(prepared, host, port, cancellationToken);
    }

    /// <summary>Does the handshake over a socket that is connected already.</summary>
    /// <param name="socket">A connected stream socket; closed by the connection from now on, also when the handshake fails.</param>
    /// <param name="options">The client's side.</param>
    /// <param name="application">Told what happens. <see cref="IProtocol.ConnectionMade"/> comes before the task completes.</param>
    /// <param name="transportOptions">Buffers and endings of the socket. Null: the defaults.</param>
    /// <param name="connectionStarted">
    /// Told of the connection before there is anything on the network, for what is to be set before its handshake,
    /// <see cref="TlsConnection.Transitioned"/> for example.
    /// </param>
    /// <param name="cancellationToken">Cancels the handshake: the socket is closed. Without effect once the task has completed.</param>
    /// <returns>The connection, after its handshake.</returns>
    /// <exception cref="ArgumentException">
    /// An option that makes no sense, or not a connected stream socket; the socket is still the caller's then.
    /// </exception>
    /// <exception cref="TlsException">The handshake failed, or took too long.</exception>
    /// <exception cref="IOException">The connection was lost before the handshake had finished.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled first.</exception>
    public static Task<TlsConnection> ConnectAsync(
        Socket socket,
        TlsClientOptions options,
        IProtocol application,
        SocketTransportOptions? transportOptions = null,
        Action<TlsConnection>? connectionStarted = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(socket);
        return Door.ToServer(options, transportOptions, connectionStarted).OpenAsync(socket, application, cancellationToken);
    }

    /// <summary>Connects to a host, does the handshake, and gives the connection as a stream.</summary>
    /// <inheritdoc cref="ConnectAsync(string, int, TlsClientOptions, IProtocol, SocketTransportOptions?, Action{TlsConnection}?, CancellationToken)"/>
    /// <returns>The stream; dispose it to end the connection.</returns>
    public static async Task<TlsStream> OpenStreamAsync(
        string host,
        int port,
        TlsClientOptions options,
        SocketTransportOptions? transportOptions = null,
        Action<TlsConnection>? connectionStarted = null,
        CancellationToken cancellationToken = default)
    {
        CheckTarget(host, port);
        return await Door.ToServer(options, transportOptions, connectionStarted).OpenStreamAsync(
            prepared => DialAsync(prepared, host, port, cancellationToken));
    }

    /// <summary>Does the handshake over a socket that is connected already, and gives the connection as a stream.</summary>
    /// <inheritdoc cref="ConnectAsync(Socket, TlsClientOptions, IProtocol, SocketTransportOptions?, Action{TlsConnection}?, CancellationToken)"/>
    /// <returns>The stream; dispose it to end the connection.</returns>
    public static async Task<TlsStream> OpenStreamAsync(
        Socket socket,
        TlsClientOptions options,
        SocketTransportOptions? transportOptions = null,
        Action<TlsConnection>? connectionStarted = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(socket);
        return await Door.ToServer(options, transportOptions, connectionStarted).OpenStreamAsync(
            prepared => prepared.HandshakeAsync(socket, cancellationToken));
    }

    internal static void CheckTarget(string host, int port)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(host);
        ArgumentOutOfRangeException.ThrowIfLessThan(port, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(port, IPEndPoint.MaxPort);
    }

    internal static async Task<TlsConnection> DialAsync(
        HostedConnection prepared, string host, int port, CancellationToken cancellationToken)
    {
        using var span = ConnectSpan.Begin(prepared, host, port);
        try
        {
            return await DialAndShakeHandsAsync(prepared, host, port, cancellationToken);
        }
        catch (Exception exception)
        {
            span?.Fail(exception);
            throw;
        }
    }

    private static async Task<TlsConnection> DialAndShakeHandsAsync(
        HostedConnection prepared, string host, int port, CancellationToken cancellationToken)
    {
        Socket socket;
        try
        {
            socket = await Dialer.ConnectAsync(host, port, cancellationToken);
        }
        catch
        {
            prepared.Discard();
            throw;
        }

        return await prepared.HandshakeAsync(socket, cancellationToken);
    }
}
