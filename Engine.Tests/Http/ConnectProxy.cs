using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Http;

/// <summary>
/// A proxy on the loopback, behind TLS if it has a credential: opens tunnels, and answers requests without TLS by itself. What it was asked
/// for is noted.
/// </summary>
internal sealed class ConnectProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly TlsCredential? _credential;
    private readonly string? _answer;
    private readonly Task _accepting;

    /// <param name="credential">Null: without TLS.</param>
    /// <param name="answer">Said to whoever asks for a tunnel, which is not opened. Null: it is.</param>
    public ConnectProxy(TlsCredential? credential = null, string? answer = null)
    {
        (_credential, _answer) = (credential, answer);
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public ConcurrentQueue<string> Heads { get; } = new();

    public Uri Address => new($"{(_credential is null ? "http" : "https")}://localhost:{((IPEndPoint)_listener.LocalEndpoint).Port}");

    public async ValueTask DisposeAsync()
    {
        _listener.Stop();
        await _accepting;
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
                _ = ServeAsync(await _listener.AcceptSocketAsync());
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException or InvalidOperationException)
        {
            // Stopped.
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        try
        {
            await using Stream stream = _credential is null
                ? new NetworkStream(socket, ownsSocket: true)
                : await TlsServer.OpenStreamAsync(socket, new TlsServerOptions { Credential = _credential });
            var head = await ReadHeadAsync(stream);
            Heads.Enqueue(head);
            if (_answer is not null || !head.StartsWith("CONNECT", StringComparison.Ordinal))
            {
                var answer = _answer ?? "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nplain";
                await stream.WriteAsync(Encoding.ASCII.GetBytes(answer));
                return;
            }

            var port = int.Parse(head.Split(' ')[1].Split(':')[^1], System.Globalization.CultureInfo.InvariantCulture);
            using var server = new TcpClient();
            await server.ConnectAsync(IPAddress.Loopback, port);
            await stream.WriteAsync("HTTP/1.1 200 Connection established\r\n\r\n"u8.ToArray());
            var there = stream.CopyToAsync(server.GetStream());
            await Task.WhenAny(there, server.GetStream().CopyToAsync(stream));
        }
        catch (Exception exception) when (exception is IOException or SocketException or ObjectDisposedException)
        {
            // The client or the server is gone; tests look at what they are told.
        }
    }

    private static async Task<string> ReadHeadAsync(Stream stream)
    {
        var head = new StringBuilder();
        var one = new byte[1];
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal) && await stream.ReadAsync(one) > 0)
            head.Append((char)one[0]);
        return head.ToString();
    }
}
