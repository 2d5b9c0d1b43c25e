using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Hosting;

/// <summary>Reads and writes of a stream, which are the same object again and again.</summary>
[TestFixture]
public sealed class StreamOperationTests
{
    private static readonly byte[] Hello = "hello"u8.ToArray();

    [Test]
    public async Task Reads_and_writes_that_are_awaited_leave_no_garbage()
    {
        await using var server = TestServer.Echo();
        await using var stream = await server.Open();
        using var token = new CancellationTokenSource();
        var (message, received, least) = (new byte[64], new byte[64], long.MaxValue);

        // The least of some rounds: others allocate beside us.
        for (var round = 0; round < 10; round++)
        {
            var before = GC.GetTotalAllocatedBytes();
            for (var i = 0; i < RoundTrips; i++)
            {
                await stream.WriteAsync(message, token.Token);
                for (var left = received.Length; left > 0;)
                    left -= await stream.ReadAsync(received.AsMemory(0, left), token.Token);
            }

            least = Math.Min(least, GC.GetTotalAllocatedBytes() - before);
        }

        // An operation of its own each would be some 500 bytes a round trip; what is counted comes in pieces of 8 KB a thread.
        Assert.That(least / RoundTrips, Is.LessThan(250));
    }

    [Test]
    public async Task A_result_is_taken_once()
    {
        await using var server = TestServer.Echo();
        await using var stream = await server.Open();
        var reading = stream.ReadAsync(new byte[Hello.Length]);
        await stream.WriteAsync(Hello);
        Assert.That(await reading, Is.GreaterThan(0));

        Assert.That(() => reading.GetAwaiter().GetResult(), Throws.InvalidOperationException);

        // And the stream is none the worse for it.
        await stream.WriteAsync(Hello);
        Assert.That(await stream.ReadAsync(new byte[Hello.Length]).AsTask().WaitAsync(Wait.Limit), Is.GreaterThan(0));
    }

    [Test]
    public async Task Who_asks_for_a_result_before_it_is_there_is_refused_and_gets_it_later()
    {
        await using var server = TestServer.Echo();
        await using var stream = await server.Open();
        var reading = stream.ReadAsync(new byte[Hello.Length]);

        Assert.That(() => reading.GetAwaiter().GetResult(), Throws.InvalidOperationException);

        await stream.WriteAsync(Hello);
        Assert.That(await reading.AsTask().WaitAsync(Wait.Limit), Is.GreaterThan(0));
    }

    [Test]
    public async Task A_cancellation_of_a_read_that_is_over_does_not_meet_the_next()
    {
        await using var server = TestServer.Echo();
        await using var stream = await server.Open();
        using var late = new CancellationTokenSource();
        var first = stream.ReadAsync(new byte[Hello.Length], late.Token);
        await stream.WriteAsync(Hello);
        await first;
        var second = stream.ReadAsync(new byte[Hello.Length]).AsTask();

        await late.CancelAsync();

        await stream.WriteAsync(Hello);
        Assert.That(await second.WaitAsync(Wait.Limit), Is.GreaterThan(0));
    }

    [Test]
    public async Task Reads_and_their_cancellations_race_and_nothing_is_lost()
    {
        // Given a peer that sends one byte after the other, and a reader that is cancelled all the time.
        const int Count = 500;
        await using var server = TestServer.Serving(async stream =>
        {
            for (var i = 0; i < Count; i++)
                await stream.WriteAsync(new[] { (byte)i });
        });
        await using var stream = await server.Open();
        var received = new List<byte>();
        var buffer = new byte[1];

        while (received.Count < Count)
        {
            using var cancellation = new CancellationTokenSource();
            var reading = stream.ReadAsync(buffer, cancellation.Token);
            var cancelling = Task.Run(cancellation.Cancel);
            try
            {
                if (await reading > 0)
                    received.Add(buffer[0]);
            }
            catch (OperationCanceledException exception)
            {
                Assert.That(exception.CancellationToken, Is.EqualTo(cancellation.Token));
            }

            await cancelling;
        }

        Assert.That(received, Is.EqualTo(Enumerable.Range(0, Count).Select(i => (byte)i)));
    }

    [Test]
    public async Task A_write_that_was_cancelled_does_not_take_the_next_with_it()
    {
        // Given a connection that takes no more, and a write that waits.
        var go = new TaskCompletionSource();
        await using var server = TestServer.Serving(async stream =>
        {
            await go.Task;
            await stream.CopyToAsync(Stream.Null);
        });
        await using var stream = await server.Open();
        var transport = stream.Connection.Transport;
        while (!await stream.Connection.Loop.Ask(() => transport.IsWritingPaused))
            await stream.WriteAsync(new byte[60_000]);
        using var cancellation = new CancellationTokenSource();
        var first = stream.WriteAsync(Hello, cancellation.Token).AsTask();

        // When it is cancelled twice over, and another one begins.
        await cancellation.CancelAsync();
        Assert.That(async () => await first.WaitAsync(Wait.Limit), Throws.InstanceOf<OperationCanceledException>());
        var second = stream.WriteAsync(Hello).AsTask();
        await stream.Connection.Loop.Drained();
        go.SetResult();

        await second.WaitAsync(Wait.Limit);
        Assert.That(stream.Connection.Failure, Is.Null);
    }

    private const int RoundTrips = 500;
}
