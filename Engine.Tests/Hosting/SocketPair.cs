using System.Net;
using System.Net.Sockets;

namespace TlsFsm.Tests.Hosting;

/// <summary>Two connected sockets on the loopback interface: ours, for a transport, and the peer's, which the test plays.</summary>
internal sealed class SocketPair : IDisposable
{
    private SocketPair(Socket ours, Socket peer) => (Ours, Peer) = (ours, peer);

    public Socket Ours { get; }

    public Socket Peer { get; }

    /// <param name="peerReceiveBuffer">Small, to have back pressure after few bytes; null for the system's default.</param>
    public static async Task<SocketPair> Connected(int? peerReceiveBuffer = null)
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen(1);

        var peer = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        if (peerReceiveBuffer is { } size)
            peer.ReceiveBufferSize = size;
        var connecting = peer.ConnectAsync(listener.LocalEndPoint!);
        var ours = await listener.AcceptAsync();
        await connecting;
        return new SocketPair(ours, peer);
    }

    /// <summary>All that we send until our end of stream. Fails on a reset.</summary>
    public async Task<byte[]> ReadToEnd()
    {
        using var all = new MemoryStream();
        var buffer = new byte[64 * 1024];
        while (await Peer.ReceiveAsync(buffer).WaitAsync(Wait.Limit) is > 0 and var count)
            all.Write(buffer, 0, count);

        return all.ToArray();
    }

    public async Task<byte[]> Read(int count)
    {
        var buffer = new byte[count];
        for (var done = 0; done < count;)
        {
            var got = await Peer.ReceiveAsync(buffer.AsMemory(done)).AsTask().WaitAsync(Wait.Limit);
            if (got == 0)
                return buffer[..done];
            done += got;
        }

        return buffer;
    }

    public async Task Send(byte[] data)
    {
        for (var done = 0; done < data.Length;)
            done += await Peer.SendAsync(data.AsMemory(done)).AsTask().WaitAsync(Wait.Limit);
    }

    /// <summary>The peer vanishes with a reset.</summary>
    public void Reset() => Peer.Close(0);

    public void Dispose()
    {
        Ours.Dispose();
        Peer.Dispose();
    }

    /// <summary>Bytes in which a shift or a gap shows.</summary>
    public static byte[] Pattern(int length, int seed = 1)
    {
        var data = new byte[length];
        new Random(seed).NextBytes(data);
        return data;
    }
}
