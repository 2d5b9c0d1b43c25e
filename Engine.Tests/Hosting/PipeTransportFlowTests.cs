namespace TlsFsm.Tests.Hosting;

/// <summary>Bytes both ways through pipes, and back pressure both ways.</summary>
[TestFixture]
public sealed class PipeTransportFlowTests : PipeTransportFixture
{
    [TestCase(false)]
    [TestCase(true)]
    public async Task Bytes_arrive_whole_and_in_order(bool buffered)
    {
        var pair = new PipePair(threshold: 5_000);
        var protocol = buffered ? new BufferedRecordingProtocol { BufferSize = 700 } : new RecordingProtocol();
        await Start(pair, protocol);
        var sent = SocketPair.Pattern(300_000);

        await pair.Send(sent);
        await protocol.Until(() => protocol.Received.Length >= sent.Length, Loop);

        Assert.That(protocol.Received.ToArray(), Is.EqualTo(sent));
    }

    [Test]
    public async Task A_paused_protocol_gets_nothing_and_the_other_end_feels_it()
    {
        var pair = new PipePair(threshold: 1000);
        var protocol = new RecordingProtocol();
        protocol.OnData = _ => protocol.Transport.PauseReading();
        await Start(pair, protocol);
        await pair.Send([1]);
        await protocol.Until(() => protocol.Received.Length == 1, Loop);

        // Given an other end that writes more than the pipe takes.
        var sending = pair.Peer.Output.WriteAsync(SocketPair.Pattern(1500)).AsTask();
        await Loop.Drained();

        // Then it waits, and nothing was delivered.
        Assert.That((sending.IsCompleted, protocol.Received.Length), Is.EqualTo((false, 1L)));

        // And after a resume all of it comes.
        await Loop.Run(() =>
        {
            protocol.OnData = null;
            protocol.Transport.ResumeReading();
            protocol.Transport.ResumeReading();
        });
        await sending.WaitAsync(Wait.Limit);
        await protocol.Until(() => protocol.Received.Length == 1501, Loop);
    }

    [Test]
    public async Task Bytes_that_arrive_while_reading_is_paused_and_a_read_is_pending_are_kept()
    {
        var pair = new PipePair();
        var protocol = new RecordingProtocol();
        await Start(pair, protocol);
        await Loop.Run(protocol.Transport.PauseReading);

        await pair.Send([1, 2, 3]);
        await Loop.Drained();
        Assert.That(protocol.Calls, Is.EqualTo(Calls("made")));

        await Loop.Run(protocol.Transport.ResumeReading);
        await protocol.Until(() => protocol.Received.Length == 3, Loop);
        Assert.That(protocol.Received.ToArray(), Is.EqualTo(new byte[] { 1, 2, 3 }));
    }

    [Test]
    public async Task Output_that_the_other_end_does_not_take_pauses_the_protocol_and_resumes_it_at_the_low_mark()
    {
        var pair = new PipePair(threshold: 1000);
        var protocol = new RecordingProtocol();
        var transport = await Start(pair, protocol, new() { WriteHighWaterMark = 100_000, WriteLowWaterMark = 10_000 });
        var data = SocketPair.Pattern(1_000_000);

        // When more is written than the pipe takes.
        await Loop.Run(() =>
        {
            foreach (var piece in data.Chunk(1000))
                transport.Write(piece);
        });
        Assert.That(await Loop.Ask(() => (protocol.Calls.Last(), transport.WaitingBytes)), Is.EqualTo(("pause", 1_000_000L)));

        // Then it is resumed only at the low mark, once, and nothing is lost.
        Assert.That(await pair.Read(data.Length), Is.EqualTo(data));
        await protocol.Until(() => protocol.Calls.Last() == "resume", Loop);
        Assert.That(protocol.Calls, Is.EqualTo(Calls("made pause resume")));
    }

    [Test]
    public async Task A_mark_of_zero_pauses_while_anything_waits()
    {
        var pair = new PipePair(threshold: 2);
        var protocol = new RecordingProtocol();
        var transport = await Start(pair, protocol, new() { WriteHighWaterMark = 0 });

        await Loop.Run(() => transport.Write([1]));
        await Settled();
        Assert.That(protocol.Calls, Is.EqualTo(Calls("made")), "the pipe took it");

        await Loop.Run(() => transport.Write([2, 3]));
        Assert.That(await Loop.Ask(() => protocol.Calls.Last()), Is.EqualTo("pause"));
        await pair.Read(3);
        await protocol.Until(() => protocol.Calls.Last() == "resume", Loop);
    }

    [Test]
    public async Task Writes_of_one_turn_are_flushed_together_and_their_buffers_are_free_at_once()
    {
        var pair = new PipePair();
        var transport = await Start(pair, new RecordingProtocol());
        var scratch = new byte[10];
        var seenInside = true;

        await Loop.Run(() =>
        {
            for (byte i = 0; i < 100; i++)
            {
                scratch.AsSpan().Fill(i);
                transport.Write(scratch);
            }

            seenInside = pair.Peer.Input.TryRead(out _);
        });

        Assert.That(seenInside, Is.False);
        Assert.That(await pair.Read(1000), Is.EqualTo(Enumerable.Range(0, 100).SelectMany(i => Enumerable.Repeat((byte)i, 10))));
    }

    [TestCase(false)]
    [TestCase(true)]
    public async Task Four_MiB_are_echoed_with_a_slow_reader_and_the_queue_is_bounded(bool buffered)
    {
        // Given an echo that stops reading while its peer does not take what it wrote.
        const int total = 4 * 1024 * 1024;
        var pair = new PipePair(threshold: 8 * 1024);
        var highest = 0L;
        PipeTransport transport = null!;
        RecordingProtocol protocol = null!;
        Action pause = () => protocol.Transport.PauseReading(), resume = () => protocol.Transport.ResumeReading();
        protocol = buffered
            ? new BufferedRecordingProtocol { OnPause = pause, OnResume = resume }
            : new RecordingProtocol { OnPause = pause, OnResume = resume };
        protocol.OnData = data =>
        {
            protocol.Received.SetLength(0);
            transport.Write(data);
            highest = Math.Max(highest, transport.WaitingBytes);
        };
        transport = await Start(pair, protocol, new() { MaxReceiveSize = 16 * 1024 });
        var sent = SocketPair.Pattern(total);

        var sending = Task.Run(() => pair.Send(sent));
        await protocol.Until(() => protocol.Calls.Contains("pause"), Loop);
        var echoed = await pair.Read(total);
        await sending;

        Assert.That(echoed.AsSpan().SequenceEqual(sent), Is.True);
        Assert.That(highest, Is.GreaterThan(64 * 1024).And.LessThanOrEqualTo((64 + 16) * 1024));
    }

    [Test]
    public async Task Somebody_elses_cancellation_of_a_read_or_flush_loses_nothing()
    {
        var pair = new PipePair(threshold: 100);
        var protocol = new RecordingProtocol();
        var transport = await Start(pair, protocol);

        await Loop.Run(() => transport.Write(SocketPair.Pattern(150)));
        await Settled();
        pair.Ours.Input.CancelPendingRead();
        pair.Ours.Output.CancelPendingFlush();
        await Loop.Run(() => transport.Write(SocketPair.Pattern(150, seed: 2)));

        Assert.That(await pair.Read(300), Is.EqualTo(SocketPair.Pattern(150).Concat(SocketPair.Pattern(150, seed: 2))));
        await pair.Send([1]);
        await protocol.Until(() => protocol.Received.Length == 1, Loop);
    }

    [Test]
    public async Task A_protocol_that_throws_is_reported_and_ends_the_connection()
    {
        var pair = new PipePair();
        var protocol = new RecordingProtocol { OnData = _ => throw new InvalidOperationException("oops") };
        await Start(pair, protocol);

        await pair.Send([1]);

        Assert.That(await protocol.Lost, Is.InstanceOf<InvalidOperationException>());
        Assert.That(
            Unhandled, Is.EqualTo(
                new[] { "RecordingProtocol.DataReceived threw; the connection with the other end of a pipe is aborted." }));
        Assert.That(await pair.ReadToEnd(), Is.Empty);
    }

    [Test]
    public async Task An_empty_buffer_is_the_protocols_fault_and_ends_the_connection()
    {
        var pair = new PipePair();
        var protocol = new BufferedRecordingProtocol { BufferSize = 0 };
        await Start(pair, protocol);

        await pair.Send([1]);

        Assert.That((await protocol.Lost)!.Message, Is.EqualTo("BufferedRecordingProtocol.GetBuffer returned an empty buffer."));
    }

    [Test]
    public async Task Members_belong_to_the_loop()
    {
        var transport = await Start(new PipePair(), new RecordingProtocol());

        Assert.That(() => transport.Write([1]), Throws.InvalidOperationException.With.Message.StartsWith("Write must be called on"));
        Assert.That(transport.Close, Throws.InvalidOperationException.With.Message.StartsWith("Close must be called on"));
    }
}
