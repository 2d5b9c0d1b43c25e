using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using System.Security.Authentication;

namespace TlsFsm.Tests.Hosting;

/// <summary>Pipes that nobody has any more.</summary>
public sealed class ForgottenPipeTests
{
    [Test]
    public async Task A_pipe_that_nobody_has_any_more_is_collected_and_its_socket_closed()
    {
        var sockets = await SocketPair.Connected();
        var peer = await OpenAndForgetAsync(sockets);

        await CollectUntil(peer.Connection.Loop, () => peer.Connection.CloseReason != CloseReason.None);

        Assert.That(peer.Connection.CloseReason, Is.Not.EqualTo(CloseReason.Clean));
        await peer.DisposeAsync();
    }

    [Test]
    public async Task A_pipe_whose_reader_is_kept_is_not_forgotten()
    {
        var (peer, reader) = await OpenAndKeepReaderAsync(await SocketPair.Connected());

        Collect();
        await peer.Output.Send([7]);

        Assert.That(await reader.Receive(1), Is.EqualTo(new byte[] { 7 }));
        await peer.DisposeAsync();
    }

    [Test]
    public async Task A_pipe_that_is_being_read_is_not_forgotten()
    {
        var (peer, reading) = await OpenAndReadAsync(await SocketPair.Connected());

        Collect();
        await peer.Output.Send([7]);

        Assert.That((await reading.WaitAsync(Wait.Limit)).Buffer.Length, Is.EqualTo(1));
        await peer.DisposeAsync();
    }

    [Test]
    public async Task What_was_completed_and_is_forgotten_goes_out_to_its_end()
    {
        var data = SocketPair.Pattern(2_000_000);
        var peer = await OpenCompleteAndForgetAsync(await SocketPair.Connected(), data);

        Collect();
        var (received, failure) = await peer.Input.ReceiveToEnd();

        Assert.That(failure, Is.Null);
        Assert.That(received.AsSpan().SequenceEqual(data), Is.True);
        await peer.DisposeAsync();
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static async Task<TlsDuplexPipe> OpenAndForgetAsync(SocketPair sockets) => (await OpenAsync(sockets)).Server;

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static async Task<(TlsDuplexPipe Peer, PipeReader Reader)> OpenAndKeepReaderAsync(SocketPair sockets)
    {
        var pair = await OpenAsync(sockets);
        return (pair.Server, pair.Client.Input);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static async Task<(TlsDuplexPipe Peer, Task<ReadResult> Reading)> OpenAndReadAsync(SocketPair sockets)
    {
        var pair = await OpenAsync(sockets);
        return (pair.Server, pair.Client.Input.ReadAsync().AsTask());
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static async Task<TlsDuplexPipe> OpenCompleteAndForgetAsync(SocketPair sockets, byte[] data)
    {
        var pair = await OpenAsync(sockets);
        pair.Client.Output.Write(data);
        await pair.Client.Output.CompleteAsync();
        await pair.Client.Input.CompleteAsync();
        return pair.Server;
    }

    private static async Task<DuplexPair> OpenAsync(SocketPair sockets)
    {
        var serving = TlsServer.OpenPipeAsync(sockets.Ours, TlsPair.ServerOptions(SslProtocols.Tls13));
        var client = await TlsClient.OpenPipeAsync(sockets.Peer, TlsPair.ClientOptions(SslProtocols.Tls13)).WaitAsync(Wait.Limit);
        return new DuplexPair(client, await serving.WaitAsync(Wait.Limit));
    }

    private static void Collect()
    {
        for (var i = 0; i < 5; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
    }

    /// <summary>As often as it takes: the last frames of an asynchronous method may still hold one.</summary>
    private static async Task CollectUntil(IEventLoop loop, Func<bool> condition)
    {
        using var limit = new CancellationTokenSource(Wait.Limit);
        while (!await loop.Ask(condition))
        {
            limit.Token.ThrowIfCancellationRequested();
            Collect();
            await Task.Yield();
        }
    }
}
