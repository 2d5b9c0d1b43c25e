using System.IO.Pipelines;
using System.Net.Sockets;
using TlsFsm.Hosting.Connections;

namespace TlsFsm;

// The connection as a duplex pipe.
public static partial class TlsClient
{
    /// <summary>Does the handshake over a duplex pipe, and gives the connection as a duplex pipe.</summary>
    /// <remarks>
    /// Where <paramref name="transportOptions"/> set no write marks, a flush of the connection's output waits until what is below has taken all,
    /// as a socket's does.
    /// </remarks>
    /// <param name="pipe">
    /// Its input is what the server sends, its output goes to the server. Nobody else uses it from now on; completed at the end, also
    /// when the handshake fails, unless the options leave it open.
    /// </param>
    /// <param name="options">The client's side.</param>
    /// <param name="transportOptions">Buffers and endings of the pipe below. Null: the defaults.</param>
    /// <param name="connectionStarted">
    /// Told of the connection before there is anything on the wire, for what is to be set before its handshake.
    /// </param>
    /// <param name="cancellationToken">Cancels the handshake: the pipe is completed. Without effect once the task has completed.</param>
    /// <returns>The connection's pipe, after the handshake; dispose it to end the connection.</returns>
    /// <exception cref="ArgumentException">An option that makes no sense; the pipe was not touched then.</exception>
    /// <exception cref="TlsException">The handshake failed, or took too long.</exception>
    /// <exception cref="IOException">
    /// The connection was lost before the handshake had finished. What the pipe itself throws is thrown as it is.
    /// </exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled first.</exception>
    public static async Task<TlsDuplexPipe> OpenPipeAsync(
        IDuplexPipe pipe,
        TlsClientOptions options,
        PipeTransportOptions? transportOptions = null,
        Action<TlsConnection>? connectionStarted = null,
        CancellationToken cancellationToken = default)
    {
        var carrier = new PipeCarrier(pipe);
        return await Door.ToServer(options, transportOptions, connectionStarted).OpenPipeAsync(carrier, cancellationToken);
    }

    /// <summary>Does the handshake over a stream, and gives the connection as a duplex pipe.</summary>
    /// <inheritdoc cref="OpenStreamAsync(Stream, TlsClientOptions, PipeTransportOptions?, Action{TlsConnection}?, CancellationToken)"/>
    /// <returns>The connection's pipe, after the handshake; dispose it to end the connection.</returns>
    public static async Task<TlsDuplexPipe> OpenPipeAsync(
        Stream inner,
        TlsClientOptions options,
        PipeTransportOptions? transportOptions = null,
        Action<TlsConnection>? connectionStarted = null,
        CancellationToken cancellationToken = default)
    {
        var carrier = new PipeCarrier(inner);
        return await Door.ToServer(options, transportOptions, connectionStarted).OpenPipeAsync(carrier, cancellationToken);
    }

    /// <summary>Does the handshake over a connected socket, and gives the connection as a duplex pipe.</summary>
    /// <inheritdoc cref="ConnectAsync(Socket, TlsClientOptions, IProtocol, SocketTransportOptions?, Action{TlsConnection}?, CancellationToken)"/>
    /// <returns>The connection's pipe, after the handshake; dispose it to end the connection.</returns>
    public static async Task<TlsDuplexPipe> OpenPipeAsync(
        Socket socket,
        TlsClientOptions options,
        SocketTransportOptions? transportOptions = null,
        Action<TlsConnection>? connectionStarted = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(socket);
        return await Door.ToServer(options, transportOptions, connectionStarted).OpenPipeAsync(
            prepared => prepared.HandshakeAsync(socket, cancellationToken));
    }

    /// <summary>Connects to a host, does the handshake, and gives the connection as a duplex pipe.</summary>
    /// <inheritdoc cref="ConnectAsync(string, int, TlsClientOptions, IProtocol, SocketTransportOptions?, Action{TlsConnection}?, CancellationToken)"/>
    /// <returns>The connection's pipe, after the handshake; dispose it to end the connection.</returns>
    public static async Task<TlsDuplexPipe> OpenPipeAsync(
        string host,
        int port,
        TlsClientOptions options,
        SocketTransportOptions? transportOptions = null,
        Action<TlsConnection>? connectionStarted = null,
        CancellationToken cancellationToken = default)
    {
        CheckTarget(host, port);
        return await Door.ToServer(options, transportOptions, connectionStarted).OpenPipeAsync(
            prepared => DialAsync(prepared, host, port, cancellationToken));
    }
}
