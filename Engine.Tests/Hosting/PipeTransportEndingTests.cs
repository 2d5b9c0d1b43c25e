namespace TlsFsm.Tests.Hosting;

/// <summary>Ends in order: what gets across, in which order, and how long that may take.</summary>
[TestFixture]
public sealed class PipeTransportEndingTests : PipeTransportFixture
{
    [Test]
    public async Task An_end_answered_with_false_closes_after_the_output()
    {
        var pair = new PipePair();
        RecordingProtocol protocol = null!;
        protocol = new RecordingProtocol { OnEof = () => { protocol.Transport.Write("goodbye"u8); return false; } };
        await Start(pair, protocol);

        await pair.Send([1, 2, 3]);
        await pair.Peer.Output.CompleteAsync();

        Assert.That(await pair.ReadToEnd(), Is.EqualTo("goodbye"u8.ToArray()));
        Assert.That(await protocol.Lost, Is.Null);
        Assert.That(protocol.Calls, Is.EqualTo(Calls("made data eof lost")));
    }

    [Test]
    public async Task An_end_answered_with_true_leaves_the_way_out_open()
    {
        var pair = new PipePair(threshold: 1000);
        var protocol = new RecordingProtocol { OnEof = () => true };
        var transport = await Start(pair, protocol);
        var data = SocketPair.Pattern(500_000);

        await pair.Peer.Output.CompleteAsync();
        await protocol.Ended;
        await Loop.Run(() => transport.Write(data));
        Assert.That(await pair.Read(data.Length), Is.EqualTo(data));

        await Loop.Run(transport.Close);
        Assert.That(await pair.ReadToEnd(), Is.Empty);
        Assert.That(await protocol.Lost, Is.Null);
    }

    [Test]
    public async Task An_end_waits_for_a_paused_protocol()
    {
        var pair = new PipePair();
        var protocol = new RecordingProtocol();
        protocol.OnData = _ => protocol.Transport.PauseReading();
        await Start(pair, protocol);

        await pair.Send([1]);
        await pair.Peer.Output.CompleteAsync();
        await protocol.Until(() => protocol.Received.Length == 1, Loop);
        await Loop.Drained();
        Assert.That(protocol.Calls, Is.EqualTo(Calls("made data")));

        await Loop.Run(protocol.Transport.ResumeReading);
        await protocol.Ended;
    }

    [TestCase(0)]
    [TestCase(10)]
    [TestCase(1024 * 1024)]
    public async Task Close_delivers_everything_then_the_end_then_tells_the_loss(int size)
    {
        var pair = new PipePair(threshold: 1000);
        var protocol = new RecordingProtocol();
        var transport = await Start(pair, protocol);
        var data = SocketPair.Pattern(size);

        await Loop.Run(() =>
        {
            transport.Write(data);
            transport.Close();
            transport.Write("never sent"u8);
            Assert.That((transport.IsClosing, protocol.IsLost), Is.EqualTo((true, false)));
        });

        Assert.That(await pair.ReadToEnd(), Is.EqualTo(data));
        Assert.That(await protocol.Lost, Is.Null);
        await transport.Released.WaitAsync(Wait.Limit);
        Assert.That((await pair.Peer.Output.WriteAsync(new byte[1])).IsCompleted, Is.True, "nobody reads any more");
    }

    [Test]
    public async Task An_other_end_that_writes_everything_before_it_reads_does_not_block_a_close()
    {
        var pair = new PipePair(threshold: 1000);
        var protocol = new RecordingProtocol();
        var transport = await Start(pair, protocol);
        var data = SocketPair.Pattern(200_000);
        await Loop.Run(() =>
        {
            transport.Write(data);
            transport.Close();
        });

        await pair.Send(SocketPair.Pattern(500_000));

        Assert.That(await pair.ReadToEnd(), Is.EqualTo(data));
        Assert.That(protocol.Received.Length, Is.Zero);
    }

    [Test]
    public async Task An_other_end_that_never_reads_cannot_hold_a_closed_connection_for_ever()
    {
        var pair = new PipePair(threshold: 1000);
        var protocol = new RecordingProtocol();
        var transport = await Start(pair, protocol);
        await Loop.Run(() =>
        {
            transport.Write(SocketPair.Pattern(100_000));
            transport.Close();
        });

        Clock.Advance(TimeSpan.FromSeconds(30) - TimeSpan.FromTicks(1));
        await Loop.Drained();
        Assert.That(protocol.IsLost, Is.False);
        Clock.Advance(TimeSpan.FromTicks(1));

        var reason = await protocol.Lost;
        Assert.That(reason, Is.InstanceOf<IOException>().With.InnerException.InstanceOf<TimeoutException>());
        Assert.That(reason!.Message, Does.Contain(": 100000 bytes waited when it was closed, and the peer took none for 30 s."));
        Assert.That(() => pair.ReadToEnd(), Throws.InstanceOf<IOException>(), "and that is no end in order");
    }

    [Test]
    public async Task A_slow_reader_that_takes_something_in_each_period_gets_everything()
    {
        var pair = new PipePair(threshold: 1000);
        var protocol = new RecordingProtocol();
        var transport = await Start(pair, protocol);
        var data = SocketPair.Pattern(300_000);
        await Loop.Run(() =>
        {
            transport.Write(data);
            transport.Close();
        });

        // A flush of 64 KiB is the unit in which progress is seen.
        var read = new List<byte>();
        for (var i = 0; i < 4; i++)
        {
            read.AddRange(await pair.Read(66_000));
            await Loop.Drained();
            Clock.Advance(TimeSpan.FromSeconds(29));
        }

        read.AddRange(await pair.ReadToEnd());
        Assert.That(read, Is.EqualTo(data));
        Assert.That(await protocol.Lost, Is.Null);
    }

    [Test]
    public async Task A_pipe_that_is_left_open_is_the_callers_afterwards_with_all_that_was_not_taken()
    {
        var pair = new PipePair();
        var protocol = new RecordingProtocol();
        protocol.OnData = _ => protocol.Transport.PauseReading();
        var transport = await Start(pair, protocol, new() { LeaveOpen = true });
        await pair.Send([1]);
        await protocol.Until(() => protocol.Received.Length == 1, Loop);

        await Loop.Run(() =>
        {
            transport.Write("over"u8);
            transport.Close();
        });
        Assert.That(await protocol.Lost, Is.Null);
        Assert.That(transport.Released.IsCompleted, Is.True);

        await pair.Ours.Output.WriteAsync(" and out"u8.ToArray());
        await pair.Send([2]);
        var read = await pair.Ours.Input.ReadAsync();
        Assert.That(await pair.Read(12), Is.EqualTo("over and out"u8.ToArray()));
        Assert.That((read.Buffer.FirstSpan.ToArray(), read.IsCanceled), Is.EqualTo((new byte[] { 2 }, false)));
    }

    [Test]
    public async Task Calls_after_the_end_do_nothing()
    {
        var pair = new PipePair();
        var protocol = new RecordingProtocol();
        var transport = await Start(pair, protocol);
        await Loop.Run(() => transport.Abort());
        await protocol.Lost;

        await Loop.Run(() =>
        {
            transport.Write([1]);
            transport.PauseReading();
            transport.ResumeReading();
            transport.Close();
            transport.Abort(new IOException());
        });
        await Loop.Drained();

        Assert.That(protocol.Calls, Is.EqualTo(Calls("made lost")));
    }
}
