using System.Net;
using System.Net.Sockets;

namespace TlsFsm.Tests.Samples;

/// <summary>Clients that are in the way: they say nothing, or stop in the middle, or talk all the time and never listen.</summary>
internal sealed class HostileCrowd : IAsyncDisposable
{
    private const int OfEachKind = 8;

    // What each of the talkers has to say in all: more than the buffers of two sockets hold.
    private const int MaxTalk = 16 * 1024 * 1024;

    private readonly List<Socket> _sockets = [];
    private readonly List<Task> _talking = [];

    private HostileCrowd()
    {
    }

    /// <summary>Comes back when all of them have come, and the silent ones have said what they say.</summary>
    /// <param name="port">Of this machine.</param>
    /// <param name="beginning">What some begin with, and then say no more.</param>
    /// <param name="talk">What others say again and again.</param>
    public static async Task<HostileCrowd> ComeAsync(int port, byte[] beginning, byte[] talk)
    {
        var crowd = new HostileCrowd();
        var tirade = Enumerable.Repeat(talk, 4096).SelectMany(word => word).ToArray();
        for (var i = 0; i < OfEachKind; i++)
        {
            await crowd.ConnectAsync(port);
            await SayAsync(await crowd.ConnectAsync(port), beginning, beginning.Length);
            crowd._talking.Add(SayAsync(await crowd.ConnectAsync(port), tirade, MaxTalk));
        }

        return crowd;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var socket in _sockets)
            socket.Dispose();
        await Task.WhenAll(_talking);
    }

    private async Task<Socket> ConnectAsync(int port)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        _sockets.Add(socket);
        await socket.ConnectAsync(IPAddress.Loopback, port);
        return socket;
    }

    private static async Task SayAsync(Socket socket, byte[] words, int atMost)
    {
        try
        {
            for (var said = 0; said < atMost; said += words.Length)
                await socket.SendAsync(words);
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // Sent away, which is what they deserve, or told to go.
        }
    }
}
