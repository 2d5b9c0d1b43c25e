using System.Net.Sockets;
using TlsFsm.Tests.Hosting;

namespace TlsFsm.Tests.Network;

/// <summary>Many connections at one listener: a dead, slow or broken one costs the others nothing.</summary>
[Category("Network")]
[Parallelizable(ParallelScope.All)]
public sealed class ManyConnectionsTests
{
    [Test]
    public async Task A_hundred_connections_are_served_side_by_side_with_dead_ones_among_them()
    {
        await using var server = OurServer.Start();
        var dead = new List<TcpClient>();
        try
        {
            // Ten that say nothing, ten that stop in the ClientHello, ten that say nonsense, ten that are gone with a reset.
            for (var i = 0; i < 40; i++)
            {
                var client = new TcpClient();
                dead.Add(client);
                await client.ConnectAsync("127.0.0.1", server.Port);
                if (i % 4 == 1)
                    await client.GetStream().WriteAsync(new byte[] { 0x16, 3, 1, 1, 0, 1 });
                else if (i % 4 == 2)
                    await client.GetStream().WriteAsync("HELP\r\n\r\n"u8.ToArray());
                else if (i % 4 == 3)
                    client.Client.Close(0);
            }

            // Each waits for all of them before it goes on: so they are there at the same time.
            var together = new Rendezvous(60);
            await Task.WhenAll(Enumerable.Range(0, 60).Select(number => TalkAsync(server, number, together))).WaitAsync(Wait.Limit);

            var ends = new Dictionary<CloseReason, int>();
            for (var i = 0; i < 60 + 20; i++)
            {
                var (connection, _) = await server.NextEndAsync();
                ends[connection.CloseReason] = ends.GetValueOrDefault(connection.CloseReason) + 1;
            }

            Assert.That(ends.GetValueOrDefault(CloseReason.Clean), Is.EqualTo(60));
            Assert.That(ends.GetValueOrDefault(CloseReason.Failed), Is.EqualTo(10), "nonsense");
            Assert.That(ends.GetValueOrDefault(CloseReason.TransportLost), Is.EqualTo(10), "resets");
            Assert.That(
                server.ConnectionCount, Is.GreaterThanOrEqualTo(20), "The silent ones have their handshake's deadline still before them.");
        }
        finally
        {
            dead.ForEach(client => client.Dispose());
        }
    }

    [Test]
    public async Task A_peer_that_does_not_read_stops_its_own_writer_only_and_gets_everything_in_the_end()
    {
        var size = 4 * Cases.Large;
        var written = 0L;
        await using var server = OurServer.Start(serve: async stream =>
        {
            if ((await stream.ReadExactlyAsync(1))[0] == 'e')
            {
                await OurServer.EchoAsync(stream);
                return;
            }

            for (var sent = 0; sent < size; sent += Cases.Large / 64)
            {
                await stream.WriteAsync(LargeText.Bytes.AsMemory(sent % Cases.Large, Cases.Large / 64));
                Interlocked.Add(ref written, Cases.Large / 64);
            }
        });
        await using var slow = await SslStreamPeer.ConnectAsync(server.Port, receiveBuffer: 16 * 1024);
        await slow.WriteAsync("s"u8.ToArray());

        await using (var other = await SslStreamPeer.ConnectAsync(server.Port))
        {
            await other.WriteAsync("e"u8.ToArray());
            var echo = await other.ExchangeAsync(LargeText.Bytes);
            Assert.That(echo.AsSpan().SequenceEqual(LargeText.Bytes));
            await other.ShutdownAsync();
            await other.ReadToEndAsync();
        }

        await server.NextCleanEndAsync();
        Assert.That(
            Interlocked.Read(ref written), Is.LessThan(size), "More than the kernel and our marks hold is not taken from the writer.");
        var rest = await slow.ReadToEndAsync();
        await slow.ShutdownAsync();
        Assert.That(rest, Has.Length.EqualTo(size));
        for (var at = 0; at < size; at += Cases.Large)
            Assert.That(rest.AsSpan(at, Cases.Large).SequenceEqual(LargeText.Bytes));
        await server.NextCleanEndAsync();
    }

    private static async Task TalkAsync(OurServer server, int number, Rendezvous together)
    {
        await using var client = await SslStreamPeer.ConnectAsync(server.Port);
        await together.MeetAsync();
        var text = LargeText.Bytes.AsMemory(number * 64, 10_000).ToArray();
        Assert.That(await client.ExchangeAsync(text), Is.EqualTo(text));
        await client.ShutdownAsync();
        Assert.That(await client.ReadToEndAsync(), Is.Empty);
    }

    /// <summary>Lets nobody pass before all are there.</summary>
    private sealed class Rendezvous(int count)
    {
        private readonly TaskCompletionSource _all = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _missing = count;

        public Task MeetAsync()
        {
            if (Interlocked.Decrement(ref _missing) == 0)
                _all.SetResult();
            return _all.Task.WaitAsync(Wait.Limit);
        }
    }
}
