using TlsFsm.Hosting.Streams;
using TlsFsm.Tests.Conformance;
using TlsFsm.Tests.Connection;

namespace TlsFsm.Tests.Hosting;

/// <summary>Streams that are ended in the middle of something: what is told to whom. Turn by turn, over the toy core.</summary>
public sealed class StreamEndTests
{
    private const int Large = 2_000_000;

    [Test]
    public void A_begun_write_that_is_cancelled_ends_at_once_and_the_connection_with_it()
    {
        // Given a write of which a part has gone out.
        var (test, stream) = Open();
        using var cancellation = new CancellationTokenSource();
        test.Connection.PauseWriting();
        var writing = stream.WriteAsync(new byte[Large], cancellation.Token).AsTask();
        test.Run();
        Assert.That((writing.IsCompleted, test.Transport.WriteBufferSize > 0), Is.EqualTo((false, true)));

        cancellation.Cancel();
        test.Run();

        Assert.That(async () => await writing, Throws.InstanceOf<OperationCanceledException>());
        Assert.That(test.Connection.CloseReason, Is.EqualTo(CloseReason.LocalAbort));
        Assert.That(test.TakeEvents(), Has.None.EqualTo("tx c"), "no close_notify behind a part");
        var next = stream.WriteAsync(new byte[1]).AsTask();
        test.Run();
        Assert.That(async () => await next, Throws.InstanceOf<IOException>().With.Message.Contains("cancelled"));
        Assert.That(
            async () => await stream.ReadAsync(new byte[1]), Throws.InstanceOf<IOException>().With.Message.Contains("cancelled"));
    }

    [Test]
    public void A_write_that_has_not_begun_is_taken_back_and_the_stream_goes_on()
    {
        // Given a connection whose write mark is passed.
        var (test, stream) = Open();
        test.Connection.PauseWriting();
        var first = stream.WriteAsync(new byte[8 * 64 * 1024]).AsTask();
        test.Run();
        using var cancellation = new CancellationTokenSource();
        Assert.That(first.Wait(Wait.Limit), Is.True, "the last piece passed the mark");
        var second = stream.WriteAsync("never"u8.ToArray(), cancellation.Token).AsTask();
        test.Run();

        cancellation.Cancel();
        test.Run();
        test.Connection.ResumeWriting();
        var third = stream.WriteAsync("more"u8.ToArray()).AsTask();
        test.Run();

        Assert.That(async () => await second, Throws.InstanceOf<OperationCanceledException>());
        Assert.That(third.Wait(Wait.Limit), Is.True);
        Assert.That(test.Connection.State, Is.EqualTo(TlsState.Wrapped));
    }

    [Test]
    public void A_write_behind_the_end_of_our_direction_is_refused()
    {
        var protocol = new StreamProtocol();
        var test = new TestConnection(make: made => new TlsConnection(
            made.Loop, protocol, new ToyCore(), new TlsConnectionOptions { AllowHalfCloseOnTls12 = true }));
        test.Connect();
        test.Receive(Toy.Hello);
        test.Run();
        var stream = new TlsStream(test.Connection, protocol);
        test.Transport.WriteEof();

        var writing = stream.WriteAsync("too late"u8.ToArray()).AsTask();
        test.Run();

        Assert.That(async () => await writing, Throws.InvalidOperationException.With.Message.Contains("WriteEof"));
        Assert.That(test.Connection.State, Is.EqualTo(TlsState.Wrapped), "and nothing else has become of it");
    }

    [Test]
    public void A_write_that_waits_when_our_direction_is_ended_fails_and_is_no_orderly_end()
    {
        var protocol = new StreamProtocol();
        var test = new TestConnection(make: made => new TlsConnection(
            made.Loop, protocol, new ToyCore(), new TlsConnectionOptions { AllowHalfCloseOnTls12 = true }));
        test.Connect();
        test.Receive(Toy.Hello);
        test.Run();
        var stream = new TlsStream(test.Connection, protocol);
        test.Connection.PauseWriting();
        var writing = stream.WriteAsync(new byte[Large]).AsTask();
        test.Run();

        test.Transport.WriteEof();
        test.Connection.ResumeWriting();
        test.Run();

        Assert.That(async () => await writing, Throws.InvalidOperationException);
        Assert.That(test.Connection.CloseReason, Is.EqualTo(CloseReason.LocalAbort));
    }

    [Test]
    public void A_dispose_waits_for_the_peers_answer_no_longer_than_its_own_time()
    {
        var (test, stream) = Open();

        var disposing = stream.DisposeAsync().AsTask();
        test.Run();
        test.Advance(1.9);
        test.Run();
        Assert.That(test.Connection.State, Is.EqualTo(TlsState.Shutdown));
        test.Advance(0.1);
        test.Run();

        // An end in order: the transport is closed, not aborted.
        Assert.That(test.TakeEvents(), Does.Contain("transport closes"));
        Assert.That(test.Connection.State, Is.EqualTo(TlsState.Unwrapped));
        Assert.That((test.Connection.CloseReason, test.Connection.Failure), Is.EqualTo((CloseReason.Unanswered, (Exception?)null)));
        Assert.That(disposing.WaitAsync(Wait.Limit).Wait(Wait.Limit), Is.True);
    }

    [Test]
    public void A_disposes_time_begins_when_the_last_byte_has_left()
    {
        // Given output that waits for the transport.
        var (test, stream) = Open();
        test.Connection.PauseWriting();
        var writing = stream.WriteAsync(new byte[1000]).AsTask();
        test.Run();
        Assert.That(writing.Wait(Wait.Limit), Is.True);
        _ = stream.DisposeAsync().AsTask();
        test.Run();

        test.Advance(10);
        test.Run();
        Assert.That(test.Connection.State, Is.EqualTo(TlsState.Shutdown));
        test.Connection.ResumeWriting();
        test.Advance(1.9);
        test.Run();
        Assert.That(test.Connection.State, Is.EqualTo(TlsState.Shutdown));
        test.Advance(0.1);
        test.Run();
        test.Advance(2);
        test.Run();

        Assert.That(test.Connection.State, Is.EqualTo(TlsState.Unwrapped));
    }

    [Test]
    public void A_shutdown_waits_as_long_as_it_may_and_a_dispose_behind_it_no_longer()
    {
        var (test, stream) = Open();

        var shutdown = stream.ShutdownAsync();
        test.Run();
        test.Advance(20);
        test.Run();
        Assert.That(test.Connection.State, Is.EqualTo(TlsState.Shutdown));
        _ = stream.DisposeAsync().AsTask();
        test.Run();
        test.Advance(2);
        test.Run();

        Assert.That(test.Connection.State, Is.EqualTo(TlsState.Unwrapped));
        Assert.That(async () => await shutdown.WaitAsync(Wait.Limit), Throws.Nothing);
        Assert.That(test.Connection.CloseReason, Is.EqualTo(CloseReason.Unanswered));
    }

    [Test]
    public void What_is_delivered_at_once_beyond_the_mark_is_read_before_the_loss()
    {
        // Given a protocol that is given more than its mark allows, as after a loss, and then the loss.
        var (test, stream) = Open();
        var protocol = (StreamProtocol)test.Transport.Protocol;
        var data = SocketPair.Pattern(200_000);
        for (var done = 0; done < data.Length;)
        {
            var buffer = protocol.GetBuffer(data.Length - done);
            var count = Math.Min(buffer.Length, data.Length - done);
            data.AsSpan(done, count).CopyTo(buffer.Span);
            protocol.BufferUpdated(count);
            done += count;
        }

        protocol.ConnectionLost(new IOException("reset"));
        test.Run();

        var read = new byte[data.Length];
        var all = 0;
        while (all < read.Length)
        {
            var reading = stream.ReadAsync(read.AsMemory(all)).AsTask();
            Assert.That(reading.IsCompletedSuccessfully, Is.True);
            all += reading.Result;
        }

        Assert.That(read, Is.EqualTo(data));
        Assert.That(async () => await stream.ReadAsync(read), Throws.InstanceOf<IOException>().With.Message.EqualTo("reset"));
    }

    private static (TestConnection Test, TlsStream Stream) Open()
    {
        var protocol = new StreamProtocol();
        var test = new TestConnection(make: made => new TlsConnection(made.Loop, protocol, new ToyCore(), new TlsConnectionOptions()));
        test.Connect();
        test.Receive(Toy.Hello);
        test.Run();
        return (test, new TlsStream(test.Connection, protocol));
    }
}
