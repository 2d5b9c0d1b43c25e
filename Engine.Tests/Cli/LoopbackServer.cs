using System.Net;
using System.Net.Sockets;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Cli;

/// <summary>A plain TCP server for one test: so many connections, one after the other, then its port is closed.</summary>
internal sealed class LoopbackServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly Task _serving;

    private LoopbackServer(Func<NetworkStream, Task> serve, int connections)
    {
        _listener.Start();
        Port = ((IPEndPoint)_listener.LocalEndpoint).Port;
        _serving = ServeAsync(serve, connections);
    }

    public int Port { get; }

    /// <param name="serve">What it does with a connection, which is closed when this has ended.</param>
    /// <param name="connections">How many it takes.</param>
    public static LoopbackServer Start(Func<NetworkStream, Task> serve, int connections = int.MaxValue) => new(serve, connections);

    public async ValueTask DisposeAsync()
    {
        _listener.Stop();
        await _serving.WaitAsync(ExternalTool.Patience);
    }

    private async Task ServeAsync(Func<NetworkStream, Task> serve, int connections)
    {
        try
        {
            for (; connections > 0; connections--)
            {
                using var client = await _listener.AcceptTcpClientAsync();

                // Closed before the last one is served, so that nobody gets into the queue behind it.
                if (connections == 1)
                    _listener.Stop();
                try
                {
                    await serve(client.GetStream());
                }
                catch (IOException)
                {
                    // The peer has gone.
                }
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException or InvalidOperationException)
        {
            // Stopped.
        }
    }
}
