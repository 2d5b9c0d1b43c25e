using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Threading.Channels;
using TlsFsm.Tests.Hosting;

namespace TlsFsm.Tests.Network;

/// <summary>A server made of SslStream. What each connection came to is told by <see cref="NextEndAsync"/>.</summary>
internal sealed class SslStreamServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stopping = new();
    private readonly Channel<Exception?> _ends = Channel.CreateUnbounded<Exception?>();
    private readonly Task _accepting;

    public SslStreamServer(SslServerAuthenticationOptions options, Func<SslStream, Task> serve)
    {
        _listener.Start();
        Port = ((IPEndPoint)_listener.LocalEndpoint).Port;
        _accepting = AcceptAsync(options, serve);
    }

    public int Port { get; }

    /// <summary>The next connection that ends: the exception of its handshake or of its serving, or null.</summary>
    public async Task<Exception?> NextEndAsync() => await _ends.Reader.ReadAsync().AsTask().WaitAsync(Wait.Limit);

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        _listener.Dispose();
        await _accepting.WaitAsync(Wait.Limit);
        _stopping.Dispose();
    }

    private async Task AcceptAsync(SslServerAuthenticationOptions options, Func<SslStream, Task> serve)
    {
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                var socket = await _listener.AcceptSocketAsync(_stopping.Token);
                await using var stream = new SslStream(new NetworkStream(socket, ownsSocket: true));
                try
                {
                    await stream.AuthenticateAsServerAsync(options, _stopping.Token);
                    await serve(stream).WaitAsync(_stopping.Token);
                    _ends.Writer.TryWrite(null);
                }
                catch (Exception exception)
                {
                    _ends.Writer.TryWrite(exception);
                }
            }
            catch (OperationCanceledException)
            {
                // Stopped.
            }
        }
    }
}
