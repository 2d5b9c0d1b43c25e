using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;

namespace TlsFsm.Tests.Support;

/// <summary>Ports of this machine.</summary>
internal static class Loopback
{
    /// <summary>A port that nobody listens on.</summary>
    public static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }

    /// <summary>
    /// Waits until somebody listens on a port: for servers that do not say so in time, and that a connection made to find out would
    /// disturb.
    /// </summary>
    /// <returns>False if <paramref name="orElse"/> has come first.</returns>
    public static async Task<bool> IsListenedOnAsync(int port, Func<bool> orElse)
    {
        using var patience = new CancellationTokenSource(ExternalTool.Patience);
        while (!orElse())
        {
            if (IPGlobalProperties.GetIPGlobalProperties().GetActiveTcpListeners().Any(one => one.Port == port))
                return true;
            await Task.Delay(20, patience.Token);
        }

        return false;
    }

    /// <summary>Connects as soon as somebody listens, for programs that do not say when they do.</summary>
    public static async Task<Socket> DialAsync(int port, CancellationToken cancellation)
    {
        while (true)
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                await socket.ConnectAsync(IPAddress.Loopback, port, cancellation);
                return socket;
            }
            catch (SocketException refused) when (refused.SocketErrorCode == SocketError.ConnectionRefused)
            {
                socket.Dispose();
                await Task.Delay(20, cancellation);
            }
        }
    }
}
