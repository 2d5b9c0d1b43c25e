using System.Net.Security;
using System.Net.Sockets;

namespace TlsFsm.Benchmarks.Peers;

/// <summary>
/// Two TLS streams over sockets, asynchronous as in a server. Whoever makes the streams, all that is awaited, scheduled and buffered around
/// them is the same code, so a difference is the streams' own.
/// </summary>
internal sealed class StreamLink(Stream client, Stream server) : ILink
{
    private readonly byte[] _buffer = new byte[64 * 1024];

    /// <summary>SslStream over NetworkStream.</summary>
    public static async Task<ILink> OpenSslStreamsAsync(SslStreamOptions options)
    {
        var (client, server) = await LoopbackSockets.ConnectAsync();
        var (clientStream, serverStream) =
            (new SslStream(new NetworkStream(client, ownsSocket: true)), new SslStream(new NetworkStream(server, ownsSocket: true)));
        await Task.WhenAll(clientStream.AuthenticateAsClientAsync(options.Client), serverStream.AuthenticateAsServerAsync(options.Server));
        return new StreamLink(clientStream, serverStream);
    }

    /// <summary>NetworkStream alone: what is left when TLS costs nothing.</summary>
    public static async Task<ILink> OpenPlainStreamsAsync()
    {
        var (client, server) = await LoopbackSockets.ConnectAsync();
        return new StreamLink(new NetworkStream(client, ownsSocket: true), new NetworkStream(server, ownsSocket: true));
    }

    /// <summary>Our TlsStream over our socket transport.</summary>
    public static async Task<ILink> OpenTlsStreamsAsync(EngineOptions options)
    {
        var (client, server) = await LoopbackSockets.ConnectAsync();
        var serverStream = Start(
            server, (loop, protocol) => new TlsConnection(loop, protocol, BouncyCastleCore.CreateServer(options.Server), options.Server));
        var clientStream = Start(
            client, (loop, protocol) => new TlsConnection(loop, protocol, BouncyCastleCore.CreateClient(options.Client), options.Client));
        return new StreamLink(await clientStream, await serverStream);
    }

    public Task UploadAsync(ReadOnlyMemory<byte> message, int count)
    {
        var reader = Begin(async () =>
        {
            for (var left = (long)message.Length * count; left > 0;)
            {
                var read = await server.ReadAsync(_buffer);
                left -= read > 0 ? read : throw new EndOfStreamException();
            }
        });
        var writer = Begin(async () =>
        {
            for (var i = 0; i < count; i++)
                await client.WriteAsync(message);
        });
        return Task.WhenAll(reader, writer);
    }

    public async Task EchoAsync(ReadOnlyMemory<byte> message, Memory<byte> received)
    {
        var served = ServeEchoAsync(message.Length);
        await client.WriteAsync(message);
        await client.ReadExactlyAsync(received);
        await served;
    }

    public async ValueTask DisposeAsync() => await Task.WhenAll(client.DisposeAsync().AsTask(), server.DisposeAsync().AsTask());

    // To the end of the pool's line: a hundred connections that queue up behind themselves would starve all others.
    private static Task Begin(Func<Task> loop) =>
        Task.Factory.StartNew(loop, CancellationToken.None, TaskCreationOptions.PreferFairness, TaskScheduler.Default).Unwrap();

    private static Task<TlsStream> Start(Socket socket, Func<SerialEventLoop, IProtocol, TlsConnection> create)
    {
        var opened = new TaskCompletionSource<TlsStream>(TaskCreationOptions.RunContinuationsAsynchronously);
        var loop = new SerialEventLoop();
        var connection = create(loop, TlsStream.CreateProtocol(stream =>
        {
            // The stream is the link's from here on, which disposes of it.
            opened.SetResult(stream);
            return new TaskCompletionSource().Task;
        }));
        SocketTransport.Start(socket, connection, loop);
        return opened.Task;
    }

    private async Task ServeEchoAsync(int size)
    {
        var message = _buffer.AsMemory(0, size);
        await server.ReadExactlyAsync(message);
        await server.WriteAsync(message);
    }
}
