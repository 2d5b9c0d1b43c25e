using System.Net;
using System.Net.Sockets;

namespace TlsFsm.Benchmarks.Peers;

internal static class LoopbackSockets
{
    /// <summary>Two sockets that are connected with each other.</summary>
    public static async Task<(Socket Client, Socket Server)> ConnectAsync()
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        var accepted = listener.AcceptAsync();
        await client.ConnectAsync(listener.LocalEndPoint!);
        var server = await accepted;
        server.NoDelay = true;
        return (client, server);
    }
}
