using System.IO.Pipelines;
using System.Security.Authentication;

namespace TlsFsm.Tests.Hosting;

/// <summary>What a pair of ours runs over.</summary>
public enum Below
{
    Pipe,
    Stream,
    Socket,
}

/// <summary>Two of our own connections as duplex pipes, over whatever there is.</summary>
internal sealed record DuplexPair(TlsDuplexPipe Client, TlsDuplexPipe Server)
{
    public static async Task<DuplexPair> OpenAsync(Below below, SslProtocols versions, PipePair? between = null)
    {
        var serverOptions = TlsPair.ServerOptions(versions);
        var clientOptions = TlsPair.ClientOptions(versions);
        if (below == Below.Socket)
        {
            var sockets = await SocketPair.Connected();
            return await OpenAsync(
                TlsServer.OpenPipeAsync(sockets.Ours, serverOptions), TlsClient.OpenPipeAsync(sockets.Peer, clientOptions));
        }

        var pipes = between ?? new PipePair();
        return below == Below.Pipe
            ? await OpenAsync(TlsServer.OpenPipeAsync(pipes.Ours, serverOptions), TlsClient.OpenPipeAsync(pipes.Peer, clientOptions))
            : await OpenAsync(
                TlsServer.OpenPipeAsync(pipes.OurStream, serverOptions), TlsClient.OpenPipeAsync(pipes.PeerStream, clientOptions));
    }

    public static Task<DuplexPair> OpenAsync(SslProtocols versions, PipePair? between = null) =>
        OpenAsync(Below.Pipe, versions, between);

    public async Task DisposeAsync()
    {
        var disposing = Client.DisposeAsync().AsTask();
        await Server.DisposeAsync().AsTask().WaitAsync(Wait.Limit);
        await disposing.WaitAsync(Wait.Limit);
    }

    private static async Task<DuplexPair> OpenAsync(Task<TlsDuplexPipe> serving, Task<TlsDuplexPipe> opening)
    {
        var client = await opening.WaitAsync(Wait.Limit);
        return new DuplexPair(client, await serving.WaitAsync(Wait.Limit));
    }
}

/// <summary>What tests do with pipes.</summary>
internal static class PipeCalls
{
    public static async Task<FlushResult> Send(this PipeWriter writer, byte[] data) =>
        await writer.WriteAsync(data).AsTask().WaitAsync(Wait.Limit);

    /// <summary>Exactly so many bytes.</summary>
    public static async Task<byte[]> Receive(this PipeReader reader, int count)
    {
        var result = await reader.ReadAtLeastAsync(count).AsTask().WaitAsync(Wait.Limit);
        Assert.That(result.Buffer.Length, Is.AtLeast(count), "the input has ended");
        var data = System.Buffers.BuffersExtensions.ToArray(result.Buffer.Slice(0, count));
        reader.AdvanceTo(result.Buffer.GetPosition(count));
        return data;
    }

    /// <summary>All until the end, however it ends; what was thrown is in the result.</summary>
    public static async Task<(byte[] Data, Exception? Failure)> ReceiveToEnd(this PipeReader reader)
    {
        using var all = new MemoryStream();
        try
        {
            while (true)
            {
                var result = await reader.ReadAsync().AsTask().WaitAsync(Wait.Limit);
                foreach (var part in result.Buffer)
                    all.Write(part.Span);
                reader.AdvanceTo(result.Buffer.End);
                if (result.IsCompleted)
                    return (all.ToArray(), null);
            }
        }
        catch (Exception exception) when (exception is not (TimeoutException or InvalidOperationException))
        {
            return (all.ToArray(), exception);
        }
    }
}
