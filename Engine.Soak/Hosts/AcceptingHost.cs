using System.Net;
using System.Net.Sockets;
using TlsFsm.Soak.Plans;
using TlsFsm.Soak.Sides;
using TlsFsm.Soak.Wires;

namespace TlsFsm.Soak.Hosts;

/// <summary>A server that accepts its connections itself, and gives them to TLS in some way of its own.</summary>
internal abstract class AcceptingHost : SocketHost
{
    private readonly Socket _listening = SocketWires.Tcp();
    private readonly Task _accepting;

    protected AcceptingHost(Party party)
        : base(party)
    {
        _listening.Bind(Party.AnyPort);
        _listening.Listen(4096);
        _accepting = AcceptAsync();
    }

    protected override int PortFor(ConnectionPlan plan) => ((IPEndPoint)_listening.LocalEndPoint!).Port;

    /// <summary>Serves one, to its end.</summary>
    protected abstract Task ServeAsync(Run run, Socket socket);

    public override async ValueTask DisposeAsync()
    {
        _listening.Dispose();
        await _accepting;
        await base.DisposeAsync();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
                _ = ServeAsync(await _listening.AcceptAsync());
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // Disposed, which is the only way for the listening socket to fail.
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        await Task.Yield();
        if (RunOf(socket.RemoteEndPoint) is not { } run)
        {
            socket.Dispose();
            return;
        }

        try
        {
            await ServeAsync(run, socket);
        }
        catch (Exception exception) when (exception is IOException or SocketException)
        {
            run.Server.Fail(exception);
        }
        finally
        {
            run.EndServer();
        }
    }
}
