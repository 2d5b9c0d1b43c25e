namespace TlsFsm.Tests.Hosting;

/// <summary>What a socket's transport tells of output that waits, and how long it lets it.</summary>
[TestFixture]
public sealed class SocketTransportProgressTests : SocketTransportFixture
{
    [Test]
    public async Task Progress_is_told_after_each_fall_of_what_waits_and_never_inside_a_write()
    {
        // Given a watcher of what waits.
        var protocol = new RecordingProtocol();
        var transport = await Start(protocol);
        var (isWriting, told, last) = (false, new List<long>(), 0L);
        await Loop.Run(() => transport.Progressed = () =>
        {
            Assert.That(isWriting, Is.False);
            told.Add(transport.UnsentBytes);
        });
        var data = SocketPair.Pattern(3_000_000);

        // When more is written than the system takes, and the peer reads it in two steps, each more than the system holds.
        await Loop.Run(() =>
        {
            isWriting = true;
            foreach (var piece in data.Chunk(100_000))
                transport.Write(piece);
            isWriting = false;
            last = transport.UnsentBytes;
        });
        Assert.That(last, Is.Positive);
        var read = new List<byte>(await Pair.Read(1_500_000));
        await Until(() => told.Count > 0);
        read.AddRange(await Pair.Read(1_500_000));
        await Until(() => transport.UnsentBytes == 0);
        Assert.That(read, Is.EqualTo(data));

        // Then each call saw less than the one before, and the last of them nothing.
        Assert.That(await Loop.Ask(() => told.Count), Is.GreaterThan(1));
        Assert.That(told, Is.Ordered.Descending);
        Assert.That(told[0], Is.LessThan(last));
        Assert.That(told[^1], Is.Zero);
    }

    [Test]
    public async Task A_small_write_waits_for_its_turn_and_is_told_when_it_has_gone()
    {
        var protocol = new RecordingProtocol();
        var transport = await Start(protocol);
        var told = new List<long>();

        await Loop.Run(() =>
        {
            transport.Progressed = () => told.Add(transport.UnsentBytes);
            transport.Write([1, 2, 3]);
            Assert.That((transport.UnsentBytes, told.Count), Is.EqualTo((3L, 0)));
        });
        await Pair.Read(3);
        await Loop.Drained();

        Assert.That(told, Is.EqualTo(new[] { 0L }));
    }

    [Test]
    public async Task Nothing_waits_for_a_transport_that_is_lost()
    {
        var protocol = new RecordingProtocol();
        var transport = await Start(protocol);
        await Loop.Run(() =>
        {
            transport.Write(SocketPair.Pattern(4_000_000));
            Assert.That(transport.UnsentBytes, Is.Positive);
        });

        await Loop.Run(() => transport.Abort(new IOException("over")));

        Assert.That(await Loop.Ask(() => (transport.UnsentBytes, transport.QueuedBytes > 0)), Is.EqualTo((0L, true)));
    }

    [Test]
    public async Task A_tail_that_moves_goes_out_after_an_abort_with_a_reason_however_long_it_takes()
    {
        // Given much that waits, and an end for a reason.
        var protocol = new RecordingProtocol();
        var transport = await Start(protocol);
        var data = SocketPair.Pattern(2_000_000);
        var reason = new IOException("a deadline of somebody above");
        await Loop.Run(() =>
        {
            transport.Write(data);
            transport.Abort(reason);
        });
        Assert.That(await protocol.Lost, Is.SameAs(reason));

        // When the peer takes some of it in each period, three times longer than the linger's time in all.
        var read = new MemoryStream();
        for (var pause = 0; pause < 4; pause++)
        {
            var before = await Loop.Ask(() => transport.QueuedBytes);
            while (await Loop.Ask(() => transport.QueuedBytes) == before)
                read.Write(await Pair.Read(50_000));

            Clock.Advance(TimeSpan.FromSeconds(1.9));
            await Loop.Drained();
            Assert.That(IsReleased, Is.False);
        }

        // Then it gets the whole and our end.
        read.Write(await Pair.ReadToEnd());
        Assert.That(read.ToArray(), Is.EqualTo(data));
    }

    [Test]
    public async Task A_reader_that_stops_is_cut_one_period_after_its_last_progress()
    {
        var protocol = new RecordingProtocol();
        var transport = await Start(protocol);
        await Loop.Run(() =>
        {
            transport.Write(SocketPair.Pattern(4_000_000));
            transport.Close();
        });
        await Loop.Drained();
        Clock.Advance(TimeSpan.FromSeconds(20));
        var before = await Loop.Ask(() => transport.QueuedBytes);
        while (await Loop.Ask(() => transport.QueuedBytes) == before)
            await Pair.Read(50_000);

        // The system's buffers have been refilled once nothing moves any more; the clock stands still meanwhile.
        Clock.Advance(TimeSpan.FromSeconds(29));
        await Loop.Drained();
        Assert.That(protocol.IsLost, Is.False, "29 s after it has taken something");
        Clock.Advance(TimeSpan.FromSeconds(30));

        Assert.That(await protocol.Lost, Is.InstanceOf<IOException>().With.InnerException.InstanceOf<TimeoutException>());
        await Release();
    }
}

/// <summary>As for a socket: what a pipe's transport tells of output that waits, and how long it lets it.</summary>
[TestFixture]
public sealed class PipeTransportProgressTests : PipeTransportFixture
{
    [Test]
    public async Task Progress_is_told_after_each_fall_of_what_waits_and_never_inside_a_write()
    {
        var pair = new PipePair(threshold: 1000);
        var protocol = new RecordingProtocol();
        var transport = await Start(pair, protocol);
        var (isWriting, told) = (false, new List<long>());
        var data = SocketPair.Pattern(300_000);

        await Loop.Run(() =>
        {
            transport.Progressed = () =>
            {
                Assert.That(isWriting, Is.False);
                told.Add(transport.UnsentBytes);
            };
            isWriting = true;
            foreach (var piece in data.Chunk(1000))
                transport.Write(piece);
            isWriting = false;
            Assert.That(transport.UnsentBytes, Is.EqualTo(300_000));
        });
        Assert.That(await pair.Read(data.Length), Is.EqualTo(data));
        await Loop.Drained();

        Assert.That(await Loop.Ask(() => told.Count), Is.GreaterThan(2));
        Assert.That(told, Is.Ordered.Descending);
        Assert.That(told[^1], Is.Zero);
    }

    [TestCase(false)]
    [TestCase(true)]
    public async Task A_tail_that_moves_goes_out_after_an_abort_with_a_reason_however_long_it_takes(bool isStream)
    {
        var pair = new PipePair(threshold: 1000);
        var protocol = new RecordingProtocol();
        var transport = isStream
            ? PipeTransport.Start(pair.OurStream, protocol, Loop)
            : PipeTransport.Start(pair.Ours, protocol, Loop);
        await protocol.Made;
        var data = SocketPair.Pattern(300_000);
        await Loop.Run(() =>
        {
            transport.Write(data);
            transport.Abort(new IOException("a deadline of somebody above"));
        });
        await protocol.Lost;

        var read = new List<byte>();
        for (var i = 0; i < 4; i++)
        {
            read.AddRange(await pair.Read(66_000));
            await Loop.Drained();
            Clock.Advance(TimeSpan.FromSeconds(1.9));
            await Loop.Drained();
        }

        read.AddRange(await pair.ReadToEnd());
        Assert.That(read, Is.EqualTo(data));
    }

    [Test]
    public async Task After_a_close_a_reader_is_seen_to_move_by_the_record()
    {
        // Given a pipe that takes nothing ahead, and a reader of a record in almost a whole period.
        var pair = new PipePair(threshold: 1000);
        var protocol = new RecordingProtocol();
        var transport = await Start(pair, protocol);
        var data = SocketPair.Pattern(200_000);
        await Loop.Run(() =>
        {
            transport.Write(data);
            transport.Close();
        });
        var read = new List<byte>(await pair.Read(66_000));

        for (var i = 0; i < 4; i++)
        {
            await Loop.Drained();
            Clock.Advance(TimeSpan.FromSeconds(29));
            read.AddRange(await pair.Read(16 * 1024));
        }

        read.AddRange(await pair.ReadToEnd());
        Assert.That(read, Is.EqualTo(data));
        Assert.That(await protocol.Lost, Is.Null);
    }
}
