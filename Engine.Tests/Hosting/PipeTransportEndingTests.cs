using System.IO.Pipelines;
using TlsFsm.Hosting;

namespace TlsFsm.Tests.Hosting;

/// <summary>All ways in which a transport over pipes ends, and what the other end sees of it.</summary>
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
    public async Task Abort_with_a_reason_still_sends_the_last_words_and_tells_the_writer_why()
    {
        var pair = new PipePair();
        var protocol = new RecordingProtocol();
        var transport = await Start(pair, protocol);
        var reason = new InvalidOperationException("refused");

        await Loop.Run(() =>
        {
            transport.Write("alert"u8);
            transport.Abort(reason);
            Assert.That(protocol.IsLost, Is.False, "a turn of its own");
        });

        Assert.That(await protocol.Lost, Is.SameAs(reason));
        Assert.That(await pair.ReadToEnd(), Is.EqualTo("alert"u8.ToArray()));
        await transport.Released.WaitAsync(Wait.Limit);
        Assert.That(async () => await pair.Peer.Output.WriteAsync(new byte[1]), Throws.InvalidOperationException.With.Message.EqualTo("refused"));
    }

    [Test]
    public async Task Last_words_that_nobody_takes_are_given_up_after_the_linger_time()
    {
        var pair = new PipePair(threshold: 10);
        var protocol = new RecordingProtocol();
        var transport = await Start(pair, protocol);

        await Loop.Run(() =>
        {
            transport.Write(SocketPair.Pattern(100));
            transport.Abort(new InvalidOperationException("refused"));
        });
        await protocol.Lost;
        await Loop.Drained();
        Assert.That(transport.Released.IsCompleted, Is.False);

        Clock.Advance(TimeSpan.FromSeconds(2));
        await transport.Released.WaitAsync(Wait.Limit);
        Assert.That(() => pair.ReadToEnd(), Throws.InvalidOperationException.With.Message.EqualTo("refused"));
    }

    [Test]
    public async Task Abort_without_a_reason_is_an_error_at_the_other_end()
    {
        var pair = new PipePair();
        var protocol = new RecordingProtocol();
        var transport = await Start(pair, protocol);

        await Loop.Run(() => transport.Abort());

        Assert.That(await protocol.Lost, Is.Null);
        Assert.That(() => pair.ReadToEnd(), Throws.InstanceOf<IOException>());
        Assert.That(protocol.Calls, Is.EqualTo(Calls("made lost")));
    }

    [Test]
    public async Task An_exception_of_the_input_is_the_loss_as_it_is()
    {
        var pair = new PipePair();
        var protocol = new RecordingProtocol();
        await Start(pair, protocol);
        var broken = new TimeZoneNotFoundException("broken");

        await pair.Peer.Output.CompleteAsync(broken);

        Assert.That(await protocol.Lost, Is.SameAs(broken));
        Assert.That(protocol.Calls, Is.EqualTo(Calls("made lost")));
    }

    [Test]
    public async Task An_exception_of_the_output_is_the_loss_as_it_is()
    {
        var pair = new PipePair();
        var protocol = new RecordingProtocol();
        var transport = await Start(pair, protocol);
        var broken = new TimeZoneNotFoundException("broken");

        await pair.Peer.Input.CompleteAsync(broken);
        await Loop.Run(() => transport.Write([1]));

        Assert.That(await protocol.Lost, Is.SameAs(broken));
    }

    [Test]
    public async Task What_had_arrived_before_the_output_broke_is_delivered_first()
    {
        var pair = new PipePair();
        var protocol = new RecordingProtocol();
        var transport = await Start(pair, protocol);
        var last = "why I refuse you"u8.ToArray();

        // Given a peer that says why it refuses us, and reads no more.
        await Loop.Run(() =>
        {
            pair.Peer.Output.WriteAsync(last).AsTask().Wait();
            pair.Peer.Input.Complete(new IOException("refused"));
            transport.Write([1]);
            transport.Close();
        });
        await protocol.Lost;

        var other = new PipePair();
        var second = new RecordingProtocol();
        transport = await Start(other, second);
        await Loop.Run(() =>
        {
            other.Peer.Output.WriteAsync(last).AsTask().Wait();
            other.Peer.Input.Complete(new IOException("refused"));
            transport.Write(SocketPair.Pattern(100_000));
        });

        // Then an open connection hears it before the loss; one that was closed does not want to.
        Assert.That((await second.Lost)!.Message, Is.EqualTo("refused"));
        Assert.That(second.Calls, Is.EqualTo(Calls("made data lost")));
        Assert.That(second.Received.ToArray(), Is.EqualTo(last));
        Assert.That(protocol.Received.Length, Is.Zero);
    }

    [Test]
    public async Task An_other_end_that_reads_no_more_is_a_loss_only_for_what_is_still_to_be_written()
    {
        var pair = new PipePair();
        var protocol = new RecordingProtocol();
        var transport = await Start(pair, protocol);
        await pair.Peer.Input.CompleteAsync();

        await Loop.Run(() => transport.Write("too late"u8));
        await Settled();
        Assert.That(protocol.IsLost, Is.False);

        await Loop.Run(() => transport.Write("and more"u8));
        Assert.That((await protocol.Lost)!.Message, Is.EqualTo("The connection was lost while sending: the other end of the pipe reads no more."));
    }

    [Test]
    public async Task A_pipe_that_throws_in_every_call_ends_the_connection_once()
    {
        var protocol = new RecordingProtocol();
        PipeTransport.Start(new BrokenPipe(), protocol, Loop);

        Assert.That(await protocol.Lost, Is.InstanceOf<NotSupportedException>());
        await Loop.Drained();
        Assert.That(protocol.Calls, Is.EqualTo(Calls("made lost")));
        Assert.That(Unhandled, Is.Empty);
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
        Assert.That((await pair.Read(12), read.Buffer.FirstSpan.ToArray(), read.IsCanceled), Is.EqualTo(("over and out"u8.ToArray(), new byte[] { 2 }, false)));
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

    private sealed class BrokenPipe : IDuplexPipe
    {
        public PipeReader Input { get; } = new BrokenReader();

        public PipeWriter Output { get; } = new Pipe().Writer;

        private sealed class BrokenReader : PipeReader
        {
            public override void AdvanceTo(SequencePosition consumed) => throw new NotSupportedException();

            public override void AdvanceTo(SequencePosition consumed, SequencePosition examined) => throw new NotSupportedException();

            public override void CancelPendingRead() => throw new NotSupportedException();

            public override void Complete(Exception? exception = null) => throw new NotSupportedException();

            public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default) => throw new NotSupportedException();

            public override bool TryRead(out ReadResult result) => throw new NotSupportedException();
        }
    }
}
