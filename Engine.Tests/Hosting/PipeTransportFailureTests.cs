using System.IO.Pipelines;

namespace TlsFsm.Tests.Hosting;

/// <summary>Aborts and pipes that break: what the protocol hears of it, and the other end.</summary>
[TestFixture]
public sealed class PipeTransportFailureTests : PipeTransportFixture
{
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
        Assert.That(
            async () => await pair.Peer.Output.WriteAsync(new byte[1]), Throws.InvalidOperationException.With.Message.EqualTo("refused"));
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
        Assert.That(
            (await protocol.Lost)!.Message, Is.EqualTo("The connection was lost while sending: the other end of the pipe reads no more."));
    }

    [Test]
    public async Task A_stream_that_does_not_heed_a_cancellation_is_given_up_after_the_linger_time()
    {
        var protocol = new RecordingProtocol();
        var stream = new DuplexStream(new DeafStream(), Stream.Null);
        var transport = PipeTransport.Start(stream, protocol, Loop);
        await protocol.Made;

        await Loop.Run(transport.Close);
        await Loop.Drained();
        Assert.That((protocol.IsLost, stream.IsDisposed), Is.EqualTo((false, false)));

        Clock.Advance(TimeSpan.FromSeconds(2));
        Assert.That(await protocol.Lost, Is.Null);
        await transport.Released.WaitAsync(Wait.Limit);
        Assert.That(stream.IsDisposed, Is.True);
    }

    [Test]
    public async Task A_pipe_that_throws_in_every_call_ends_the_connection_once()
    {
        var protocol = new RecordingProtocol();
        PipeTransport.Start(new BrokenPipe(), protocol, Loop);

        Assert.That(await protocol.Lost, Is.InstanceOf<NotSupportedException>());
        await Loop.Drained();
        Assert.That(protocol.Calls, Is.EqualTo(Calls("made lost")));
        Assert.That(Unhandled, Is.Not.Empty.And.All.EqualTo("A pipe threw when it was released; its connection had ended."));
    }

    /// <summary>Never gives anything, whatever it is told.</summary>
    private sealed class DeafStream : MemoryStream
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            new(new TaskCompletionSource<int>().Task);
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

            public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default) =>
                throw new NotSupportedException();

            public override bool TryRead(out ReadResult result) => throw new NotSupportedException();
        }
    }
}
