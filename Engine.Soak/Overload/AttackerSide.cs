using System.Net;
using System.Net.Sockets;
using TlsFsm.Soak.Wires;

namespace TlsFsm.Soak.Overload;

/// <summary>The attackers, in a process of their own, so that their work is not the listener's.</summary>
internal sealed class AttackerSide(int port, TlsClientOptions options)
{
    private byte[] _hello = [];
    private int _begun;
    private long _done;

    /// <summary>What this process does: attacks from the line that says so until its input ends.</summary>
    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(Attack attack, int port, int attackers)
    {
        // Ctrl+C is for whoever has started this: it ends our input.
        Console.CancelKeyPress += (_, pressed) => pressed.Cancel = true;
        if (await Console.In.ReadLineAsync() is not { } root)
            return 1;

        var side = new AttackerSide(port, HonestClients.Options(root));
        side._hello = await RecordedHelloAsync(side.Options);
        using var over = new CancellationTokenSource();
        var all = Enumerable.Range(0, attackers).Select(_ => Task.Run(() => side.RepeatAsync(attack, over.Token))).ToArray();
        while (Volatile.Read(ref side._begun) < attackers)
            await Task.Delay(10);
        Console.WriteLine("ready");
        while (await Console.In.ReadLineAsync() is not null)
            Console.WriteLine(Interlocked.Read(ref side._done));
        await over.CancelAsync();
        await Task.WhenAll(all);
        return 0;
    }

    private TlsClientOptions Options => options;

    private async Task RepeatAsync(Attack attack, CancellationToken over)
    {
        Func<CancellationToken, Task> once = attack switch
        {
            Attack.Storm => StormAsync,
            Attack.Slowloris => SlowlorisAsync,
            Attack.Hellos => HelloAsync,
            Attack.Handshakes => HandshakeAsync,
            _ => KeyUpdatesAsync,
        };
        for (var isFirst = true; !over.IsCancellationRequested; isFirst = false)
        {
            if (isFirst)
                Interlocked.Increment(ref _begun);
            try
            {
                await once(over);
                Interlocked.Increment(ref _done);
            }
            catch (Exception exception) when (exception is IOException or SocketException or OperationCanceledException)
            {
                // Shed, reset or over: what attackers live with. No storm of connections that are refused.
                await Task.Delay(Pause, CancellationToken.None);
            }
        }
    }

    private async Task StormAsync(CancellationToken over)
    {
        using var socket = await ConnectAsync(over);
        socket.Close(0);
        await Task.Delay(Pause, over);
    }

    private async Task SlowlorisAsync(CancellationToken over)
    {
        using var socket = await ConnectAsync(over);
        await socket.SendAsync(HalfHello, over);

        // Until it is thrown out.
        await socket.ReceiveAsync(new byte[1], over);
    }

    private async Task HelloAsync(CancellationToken over)
    {
        using var socket = await ConnectAsync(over);
        await socket.SendAsync(_hello, over);
        await socket.ReceiveAsync(new byte[1], over);
        socket.Close(0);
    }

    private async Task HandshakeAsync(CancellationToken over)
    {
        var socket = await ConnectAsync(over);
        await using var stream = await TlsClient.OpenStreamAsync(socket, options, cancellationToken: over);
        socket.Close(0);
    }

    private async Task KeyUpdatesAsync(CancellationToken over)
    {
        var socket = await ConnectAsync(over);
        await using var stream = await TlsClient.OpenStreamAsync(socket, options, cancellationToken: over);
        try
        {
            while (true)
            {
                await UpdateKeysAsync(stream.Connection).WaitAsync(over);
                await Task.Yield();
            }
        }
        catch (InvalidOperationException)
        {
            // Cut: the connection has no keys any more.
        }

        socket.Close(0);
    }

    private static Task UpdateKeysAsync(TlsConnection connection)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        connection.Loop.CallSoon(
            _ =>
            {
                try
                {
                    connection.UpdateKeys(requestPeer: true);
                    done.SetResult();
                }
                catch (InvalidOperationException exception)
                {
                    done.SetException(exception);
                }
            },
            null);
        return done.Task;
    }

    private async Task<Socket> ConnectAsync(CancellationToken over)
    {
        var socket = SocketWires.Tcp();
        try
        {
            await socket.ConnectAsync(IPAddress.Loopback, port, over);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>The first record of a client of ours.</summary>
    private static async Task<byte[]> RecordedHelloAsync(TlsClientOptions options)
    {
        using var listening = SocketWires.Tcp();
        listening.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listening.Listen(1);
        using var over = new CancellationTokenSource();
        var client = TlsClient.OpenStreamAsync(
            "localhost", ((IPEndPoint)listening.LocalEndPoint!).Port, options, cancellationToken: over.Token);
        using var socket = await listening.AcceptAsync(CancellationToken.None);
        await using var stream = new NetworkStream(socket);
        var header = new byte[5];
        await stream.ReadExactlyAsync(header, CancellationToken.None);
        var body = new byte[(header[3] << 8) | header[4]];
        await stream.ReadExactlyAsync(body, CancellationToken.None);
        await over.CancelAsync();
        await client.ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        return [.. header, .. body];
    }

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(10);

    // A record of 512 bytes with the beginning of a ClientHello of 508.
    private static readonly byte[] HalfHello = [22, 3, 1, 2, 0, 1, 0, 1, 252, 3, 3];
}
