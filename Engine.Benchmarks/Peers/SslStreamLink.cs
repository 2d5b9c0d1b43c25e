using System.Net.Security;
using System.Net.Sockets;

namespace TlsFsm.Benchmarks.Peers;

/// <summary>SslStream over NetworkStream at both ends, asynchronous as in a server.</summary>
internal sealed class SslStreamLink : ILink
{
    private readonly SslStream _client;
    private readonly SslStream _server;
    private readonly byte[] _buffer = new byte[64 * 1024];

    private SslStreamLink(Socket client, Socket server)
    {
        _client = new SslStream(new NetworkStream(client, ownsSocket: true));
        _server = new SslStream(new NetworkStream(server, ownsSocket: true));
    }

    public static async Task<ILink> OpenAsync(SslStreamOptions options)
    {
        var (client, server) = await LoopbackSockets.ConnectAsync();
        var link = new SslStreamLink(client, server);
        await Task.WhenAll(link._client.AuthenticateAsClientAsync(options.Client), link._server.AuthenticateAsServerAsync(options.Server));
        return link;
    }

    public Task UploadAsync(ReadOnlyMemory<byte> message, int count)
    {
        var reader = Begin(async () =>
        {
            for (var left = (long)message.Length * count; left > 0;)
            {
                var read = await _server.ReadAsync(_buffer);
                left -= read > 0 ? read : throw new EndOfStreamException();
            }
        });
        var writer = Begin(async () =>
        {
            for (var i = 0; i < count; i++)
                await _client.WriteAsync(message);
        });
        return Task.WhenAll(reader, writer);
    }

    public async Task EchoAsync(ReadOnlyMemory<byte> message, Memory<byte> received)
    {
        var server = ServeEchoAsync(message.Length);
        await _client.WriteAsync(message);
        await _client.ReadExactlyAsync(received);
        await server;
    }

    public async ValueTask DisposeAsync()
    {
        await _client.DisposeAsync();
        await _server.DisposeAsync();
    }

    // To the end of the pool's line: a hundred connections that queue up behind themselves would starve all others.
    private static Task Begin(Func<Task> loop) =>
        Task.Factory.StartNew(loop, CancellationToken.None, TaskCreationOptions.PreferFairness, TaskScheduler.Default).Unwrap();

    private async Task ServeEchoAsync(int size)
    {
        var message = _buffer.AsMemory(0, size);
        await _server.ReadExactlyAsync(message);
        await _server.WriteAsync(message);
    }
}
