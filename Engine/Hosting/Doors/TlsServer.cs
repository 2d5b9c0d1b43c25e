using System.IO.Pipelines;
using System.Net.Sockets;
using TlsFsm.Hosting.Connections;

namespace TlsFsm;

/// <summary>
/// Serves single TLS connections that somebody else has accepted, over a socket, a duplex pipe or a stream. <see cref="TlsListener"/> accepts them
/// itself.
/// </summary>
/// <remarks>
/// Each connection gets a <see cref="SerialEventLoop"/> of its own; the application's callbacks run there, and its calls belong there.
/// Members may be called from any thread.
/// </remarks>
public static partial class TlsServer
{
    /// <summary>Does the handshake over a duplex pipe.</summary>
    /// <param name="pipe">
    /// Its input is what the client sends, its output goes to the client. Nobody else uses it from now on; completed at the end, also
    /// when the handshake fails, unless the options leave it open.
    /// </param>
    /// <param name="options">The server's side.</param>
    /// <param name="application">Told what happens. <see cref="IProtocol.ConnectionMade"/> comes before the task completes.</param>
    /// <param name="transportOptions">Buffers and endings of the pipe. Null: the defaults.</param>
    /// <param name="connectionStarted">
    /// Told of the connection before its first byte, for what is to be set before its handshake, <see cref="TlsConnection.Transitioned"/>
    /// for example.
    /// </param>
    /// <param name="cancellationToken">Cancels the handshake: the pipe is completed. Without effect once the task has completed.</param>
    /// <returns>The connection, after its handshake.</returns>
    /// <exception cref="ArgumentException">An option that makes no sense; the pipe was not touched then.</exception>
    /// <exception cref="TlsException">The handshake failed, or took too long.</exception>
    /// <exception cref="IOException">
    /// The connection was lost before the handshake had finished. What the pipe itself throws is thrown as it is.
    /// </exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled first.</exception>
    public static Task<TlsConnection> AcceptAsync(
        IDuplexPipe pipe,
        TlsServerOptions options,
        IProtocol application,
        PipeTransportOptions? transportOptions = null,
        Action<TlsConnection>? connectionStarted = null,
        CancellationToken cancellationToken = default)
    {
        var carrier = new PipeCarrier(pipe);
        return Door.ToClient(options, transportOptions, connectionStarted).OpenAsync(carrier, application, cancellationToken);
    }

    /// <summary>Does the handshake over a duplex pipe, and gives the connection as a stream.</summary>
    /// <inheritdoc cref="AcceptAsync(IDuplexPipe, TlsServerOptions, IProtocol, PipeTransportOptions?, Action{TlsConnection}?, CancellationToken)"/>
    /// <returns>The stream; dispose it to end the connection.</returns>
    public static async Task<TlsStream> OpenStreamAsync(
        IDuplexPipe pipe,
        TlsServerOptions options,
        PipeTransportOptions? transportOptions = null,
        Action<TlsConnection>? connectionStarted = null,
        CancellationToken cancellationToken = default)
    {
        var carrier = new PipeCarrier(pipe);
        return await Door.ToClient(options, transportOptions, connectionStarted).OpenStreamAsync(carrier, cancellationToken);
    }

    /// <summary>Does the handshake over another stream, and gives the connection as a stream.</summary>
    /// <param name="inner">
    /// Readable and writable, both at once. Nobody else uses it from now on; disposed at the end, also when the handshake fails, unless
    /// the options leave it open.
    /// </param>
    /// <param name="options">The server's side.</param>
    /// <param name="transportOptions">Buffers and endings of the inner stream. Null: the defaults.</param>
    /// <param name="connectionStarted">Told of the connection before its first byte, for what is to be set before its handshake.</param>
    /// <param name="cancellationToken">
    /// Cancels the handshake: the inner stream is disposed. Without effect once the task has completed.
    /// </param>
    /// <returns>The stream; dispose it to end the connection.</returns>
    /// <exception cref="ArgumentException">An option or a stream that makes no sense; the inner stream was not touched then.</exception>
    /// <exception cref="TlsException">The handshake failed, or took too long.</exception>
    /// <exception cref="IOException">
    /// The connection was lost before the handshake had finished. What the inner stream itself throws is thrown as it is.
    /// </exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled first.</exception>
    public static async Task<TlsStream> OpenStreamAsync(
        Stream inner,
        TlsServerOptions options,
        PipeTransportOptions? transportOptions = null,
        Action<TlsConnection>? connectionStarted = null,
        CancellationToken cancellationToken = default)
    {
        var carrier = new PipeCarrier(inner);
        return await Door.ToClient(options, transportOptions, connectionStarted).OpenStreamAsync(carrier, cancellationToken);
    }

    /// <summary>Does the handshake over a socket that somebody else has accepted.</summary>
    /// <param name="socket">A connected stream socket; closed by the connection from now on, also when the handshake fails.</param>
    /// <param name="options">The server's side.</param>
    /// <param name="application">Told what happens. <see cref="IProtocol.ConnectionMade"/> comes before the task completes.</param>
    /// <param name="transportOptions">Buffers and endings of the socket. Null: the defaults.</param>
    /// <param name="connectionStarted">Told of the connection before its first byte, for what is to be set before its handshake.</param>
    /// <param name="cancellationToken">Cancels the handshake: the socket is closed. Without effect once the task has completed.</param>
    /// <returns>The connection, after its handshake.</returns>
    /// <exception cref="ArgumentException">
    /// An option that makes no sense, or not a connected stream socket; the socket is still the caller's then.
    /// </exception>
    /// <exception cref="TlsException">The handshake failed, or took too long.</exception>
    /// <exception cref="IOException">The connection was lost before the handshake had finished.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled first.</exception>
    public static Task<TlsConnection> AcceptAsync(
        Socket socket,
        TlsServerOptions options,
        IProtocol application,
        SocketTransportOptions? transportOptions = null,
        Action<TlsConnection>? connectionStarted = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(socket);
        return Door.ToClient(options, transportOptions, connectionStarted).OpenAsync(socket, application, cancellationToken);
    }

    /// <summary>Does the handshake over a socket that somebody else has accepted, and gives the connection as a stream.</summary>
    /// <inheritdoc cref="AcceptAsync(Socket, TlsServerOptions, IProtocol, SocketTransportOptions?, Action{TlsConnection}?, CancellationToken)"/>
    /// <returns>The stream; dispose it to end the connection.</returns>
    public static async Task<TlsStream> OpenStreamAsync(
        Socket socket,
        TlsServerOptions options,
        SocketTransportOptions? transportOptions = null,
        Action<TlsConnection>? connectionStarted = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(socket);
        return await Door.ToClient(options, transportOptions, connectionStarted).OpenStreamAsync(
            prepared => prepared.HandshakeAsync(socket, cancellationToken));
    }
}
