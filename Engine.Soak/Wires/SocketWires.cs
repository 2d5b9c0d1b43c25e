using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using TlsFsm.Soak.Plans;

namespace TlsFsm.Soak.Wires;

/// <summary>A TCP proxy: each wire is two connections over loopback, one from a client and one to a server.</summary>
internal sealed class SocketWires : IAsyncDisposable
{
    private readonly Socket _listening = Tcp();
    private readonly ConcurrentDictionary<int, TaskCompletionSource<Socket>> _expected = new();
    private readonly Task _accepting;

    public SocketWires()
    {
        _listening.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listening.Listen(1024);
        _accepting = AcceptAsync();
    }

    /// <summary>Makes a wire.</summary>
    /// <param name="plan">What happens on it.</param>
    /// <param name="serverPort">Where it leads.</param>
    /// <param name="dialing">
    /// Told the port that the server will see, before it can see it: how an accepted connection is known for what it is. False: that port
    /// is still somebody else's, whom the server has yet to see.
    /// </param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The wire, and the client's socket.</returns>
    /// <exception cref="SocketException">The server was there, and has gone again: on a busy machine its patience may end.</exception>
    public async Task<(Wire Wire, Socket Client)> OpenAsync(
        ConnectionPlan plan, int serverPort, Func<int, bool> dialing, CancellationToken cancellationToken)
    {
        Socket client = Tcp(), accepted, dialed = Reserve(dialing);
        Shrink(plan, client, towardsServer: false);
        Shrink(plan, dialed, towardsServer: true);
        client.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        var port = ((IPEndPoint)client.LocalEndPoint!).Port;
        var expected = _expected[port] = new TaskCompletionSource<Socket>(TaskCreationOptions.RunContinuationsAsynchronously);
        try
        {
            await client.ConnectAsync(_listening.LocalEndPoint!, cancellationToken);
            accepted = await expected.Task.WaitAsync(cancellationToken);
            await dialed.ConnectAsync(new IPEndPoint(IPAddress.Loopback, serverPort), cancellationToken);
        }
        catch
        {
            client.Dispose();
            dialed.Dispose();
            if (expected.Task.IsCompletedSuccessfully)
                expected.Task.Result.Dispose();
            throw;
        }
        finally
        {
            _expected.TryRemove(port, out _);
        }

        accepted.NoDelay = dialed.NoDelay = true;
        return (new Wire(plan, new SocketEnd(accepted), new SocketEnd(dialed)), client);
    }

    public async ValueTask DisposeAsync()
    {
        _listening.Dispose();
        await _accepting;
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var accepted = await _listening.AcceptAsync();
                if (_expected.TryGetValue(((IPEndPoint)accepted.RemoteEndPoint!).Port, out var expected))
                    expected.SetResult(accepted);
                else
                    accepted.Dispose();
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // Disposed, which is the only way for the listening socket to fail.
        }
    }

    private static Socket Reserve(Func<int, bool> dialing)
    {
        var taken = new List<Socket>();
        while (true)
        {
            var dialed = Tcp();
            dialed.Bind(new IPEndPoint(IPAddress.Loopback, 0));
            if (dialing(((IPEndPoint)dialed.LocalEndPoint!).Port))
            {
                // Kept until here, so that none was given twice.
                taken.ForEach(socket => socket.Dispose());
                return dialed;
            }

            taken.Add(dialed);
        }
    }

    /// <summary>A slow reader is noticed only where the operating system does not keep everything for it.</summary>
    private static void Shrink(ConnectionPlan plan, Socket socket, bool towardsServer)
    {
        if (plan.Fault != WireFault.SlowReader)
            return;

        if (plan.TowardsServer == towardsServer)
            socket.SendBufferSize = SmallBuffer;
        else
            socket.ReceiveBufferSize = SmallBuffer;
    }

    internal static Socket Tcp() => new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

    private const int SmallBuffer = 8 * 1024;
}
