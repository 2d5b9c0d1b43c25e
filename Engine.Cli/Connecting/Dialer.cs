using System.Net.Sockets;
using TlsFsm.Cli.Arguments;
using TlsFsm.Cli.Failures;

namespace TlsFsm.Cli.Connecting;

/// <summary>Makes TCP connections.</summary>
internal static class Dialer
{
    /// <summary>A socket that is connected to the first address of the host that answers.</summary>
    /// <param name="peer">Where to.</param>
    /// <param name="timeout">How long all of it may take.</param>
    /// <param name="cancellationToken">As Ctrl-C.</param>
    /// <exception cref="CliException">No connection in that time.</exception>
    /// <exception cref="SocketException">Refused, unreachable, no such host.</exception>
    public static async Task<Socket> DialAsync(HostPort peer, TimeSpan timeout, CancellationToken cancellationToken)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(timeout);

        // Made for both address families where the system has both; every address of the name is tried.
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(peer.Host, peer.Port, deadline.Token);
            return socket;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            socket.Dispose();
            throw new CliException($"{peer}: no TCP connection within {timeout.TotalSeconds} s", ExitCode.Io);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
