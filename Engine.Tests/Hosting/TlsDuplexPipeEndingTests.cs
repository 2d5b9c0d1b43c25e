using System.Buffers;
using System.IO.Pipelines;
using System.Security.Authentication;
using TlsFsm.Tests.Network;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Hosting;

/// <summary>How a connection as a duplex pipe ends: by whom, for whom, and when two ends meet.</summary>
[TestFixture]
[Parallelizable(ParallelScope.All)]
public sealed class TlsDuplexPipeEndingTests
{
    [TestCase(Below.Pipe)]
    [TestCase(Below.Stream)]
    [TestCase(Below.Socket)]
    public async Task Completing_the_output_ends_our_direction_and_the_answer_still_comes(Below below)
    {
        var (client, server) = await DuplexPair.OpenAsync(below, Cases.Tls13);

        // Given a question that was never flushed.
        client.Output.Write("question"u8);
        await client.Output.CompleteAsync();
        var question = await server.Input.ReceiveToEnd();
        await server.Output.Send("answer"u8.ToArray());
        await server.DisposeAsync().AsTask().WaitAsync(Wait.Limit);
        var answer = await client.Input.ReceiveToEnd();
        await client.DisposeAsync().AsTask().WaitAsync(Wait.Limit);

        Assert.That(question, Is.EqualTo(("question"u8.ToArray(), default(Exception))));
        Assert.That(answer, Is.EqualTo(("answer"u8.ToArray(), default(Exception))));
        Assert.That((client.Connection.CloseReason, server.Connection.CloseReason), Is.EqualTo((CloseReason.Clean, CloseReason.Clean)));
    }

    [Test]
    public async Task On_TLS_12_close_notify_waits_for_the_end_of_both_directions()
    {
        var (client, server) = await DuplexPair.OpenAsync(Cases.Tls12);

        await client.Output.Send("question"u8.ToArray());
        await client.Output.CompleteAsync();
        Assert.That(await server.Input.Receive(8), Is.EqualTo("question"u8.ToArray()));
        await server.Output.Send("answer"u8.ToArray());
        Assert.That(await client.Input.Receive(6), Is.EqualTo("answer"u8.ToArray()));
        await client.Input.CompleteAsync();

        Assert.That(await server.Input.ReceiveToEnd(), Is.EqualTo((Array.Empty<byte>(), default(Exception))));
        await new DuplexPair(client, server).DisposeAsync();
        Assert.That((client.Connection.CloseReason, server.Connection.CloseReason), Is.EqualTo((CloseReason.Clean, CloseReason.Clean)));
    }

    [Test]
    public async Task Whoever_disposes_of_a_pipe_that_was_lost_waits_for_nobody()
    {
        var (client, server) = await DuplexPair.OpenAsync(Below.Socket, Cases.Both);
        client.Abort();
        await server.Input.ReceiveToEnd();

        var disposing = server.DisposeAsync();

        Assert.That(disposing.IsCompletedSuccessfully, Is.True);
        await client.DisposeAsync().AsTask().WaitAsync(Wait.Limit);
    }

    [Test]
    public async Task Several_may_wait_for_the_end_and_later_ones_too()
    {
        var (client, server) = await DuplexPair.OpenAsync(Cases.Both);

        var first = server.DisposeAsync().AsTask();
        var second = server.DisposeAsync().AsTask();
        await client.DisposeAsync().AsTask().WaitAsync(Wait.Limit);
        await Task.WhenAll(first, second).WaitAsync(Wait.Limit);
        await server.DisposeAsync().AsTask().WaitAsync(Wait.Limit);

        Assert.That(server.Connection.CloseReason, Is.EqualTo(CloseReason.Clean));
    }

    [TestCase(Below.Pipe)]
    [TestCase(Below.Socket)]
    public async Task Completing_both_ends_closes_in_order_behind_all_that_was_written(Below below)
    {
        var (client, server) = await DuplexPair.OpenAsync(below, Cases.Both);
        var sent = SocketPair.Pattern(3 * 1024 * 1024);

        // Given more than is on the way when both are completed.
        var flush = server.Output.WriteAsync(sent).AsTask();
        await server.Output.CompleteAsync();
        await server.Input.CompleteAsync();
        var (received, failure) = await client.Input.ReceiveToEnd();
        await client.DisposeAsync().AsTask().WaitAsync(Wait.Limit);
        await flush.WaitAsync(Wait.Limit);
        await server.DisposeAsync().AsTask().WaitAsync(Wait.Limit);

        Assert.That(failure, Is.Null);
        Assert.That(received.AsSpan().SequenceEqual(sent), Is.True);
        Assert.That((client.Connection.CloseReason, server.Connection.CloseReason), Is.EqualTo((CloseReason.Clean, CloseReason.Clean)));
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task Completing_an_end_with_an_exception_aborts_and_the_peer_does_not_take_a_part_for_the_whole(bool isOutput)
    {
        var (client, server) = await DuplexPair.OpenAsync(Cases.Both);
        await server.Output.Send("a part"u8.ToArray());

        if (isOutput)
            await server.Output.CompleteAsync(new TimeZoneNotFoundException("broken"));
        else
            await server.Input.CompleteAsync(new TimeZoneNotFoundException("broken"));
        var (received, failure) = await client.Input.ReceiveToEnd();
        await new DuplexPair(client, server).DisposeAsync();

        Assert.That(received, Is.EqualTo("a part"u8.ToArray()));
        Assert.That(failure, Is.InstanceOf<IOException>());
        Assert.That(server.Connection.CloseReason, Is.EqualTo(CloseReason.LocalAbort));
        Assert.That(client.Connection.CloseReason, Is.Not.EqualTo(CloseReason.Clean));
    }

    [Test]
    public async Task An_abort_fails_the_read_and_ends_the_flush_on_both_sides()
    {
        var (client, server) = await DuplexPair.OpenAsync(Cases.Both, new PipePair(1000));

        // More than all buffers between them take, however fast the other end is.
        var flushes = new[] { client, server }.Select(one => one.Output.WriteAsync(new byte[4_000_000]).AsTask()).ToArray();

        server.Abort(new TimeZoneNotFoundException("enough"));

        Assert.That((await server.Input.ReceiveToEnd()).Failure, Is.InstanceOf<TimeZoneNotFoundException>());

        // The reason itself, if the other end of the pipe is where it was told first.
        Assert.That((await client.Input.ReceiveToEnd()).Failure, Is.InstanceOf<TimeZoneNotFoundException>().Or.InstanceOf<IOException>());
        foreach (var flush in flushes)
            Assert.That(await flush.WaitAsync(Wait.Limit), Is.EqualTo(new FlushResult(isCanceled: false, isCompleted: true)));
        foreach (var one in new[] { client, server })
            Assert.That((await one.Output.Send("more"u8.ToArray())).IsCompleted, Is.True);
        await new DuplexPair(client, server).DisposeAsync();
    }

    [Test]
    public async Task An_abort_with_an_alert_is_heard()
    {
        var (client, server) = await DuplexPair.OpenAsync(Cases.Both);

        Assert.That(() => server.Abort(TlsAlert.CloseNotify), Throws.ArgumentException);
        server.Abort(TlsAlert.AccessDenied);

        var (_, failure) = await client.Input.ReceiveToEnd();
        Assert.That((failure as TlsException)?.Alert, Is.EqualTo(TlsAlert.AccessDenied));
        await new DuplexPair(client, server).DisposeAsync();
    }

    [Test]
    public async Task A_stream_that_is_cut_is_a_failure_behind_all_that_had_arrived()
    {
        var pipes = new PipePair();
        var serving = TlsServer.OpenPipeAsync(pipes.Ours, TlsPair.ServerOptions(Cases.Both), new PipeTransportOptions { LeaveOpen = true });
        var client = await TlsClient.OpenPipeAsync(pipes.Peer, TlsPair.ClientOptions(Cases.Both)).WaitAsync(Wait.Limit);
        var server = await serving.WaitAsync(Wait.Limit);
        var sent = SocketPair.Pattern(30_000);
        await server.Output.Send(sent);

        // Given a side of the pipe that is left open, so that the test can end it.
        server.Abort();
        await server.DisposeAsync().AsTask().WaitAsync(Wait.Limit);
        await pipes.Ours.Output.CompleteAsync();

        var (received, failure) = await client.Input.ReceiveToEnd();
        Assert.That(received.AsSpan().SequenceEqual(sent), Is.True);
        Assert.That((failure as TlsException)?.Reason, Is.EqualTo(CloseReason.Truncated));
        await client.DisposeAsync().AsTask().WaitAsync(Wait.Limit);
    }

    [Test]
    public async Task What_the_transport_throws_is_what_the_reader_gets()
    {
        var pipes = new PipePair();
        var serving = TlsServer.OpenPipeAsync(pipes.Ours, TlsPair.ServerOptions(Cases.Both));
        var leftOpen = new PipeTransportOptions { LeaveOpen = true };
        var opening = TlsClient.OpenPipeAsync(pipes.Peer, TlsPair.ClientOptions(Cases.Both), leftOpen);
        await using var client = await opening.WaitAsync(Wait.Limit);
        await using var server = await serving.WaitAsync(Wait.Limit);

        client.Abort();
        await client.DisposeAsync().AsTask().WaitAsync(Wait.Limit);
        await pipes.Peer.Output.CompleteAsync(new TimeZoneNotFoundException("reset"));

        Assert.That((await server.Input.ReceiveToEnd()).Failure, Is.InstanceOf<TimeZoneNotFoundException>());
    }

    [Test]
    public async Task Who_reads_no_more_can_still_write_and_pauses_the_peer()
    {
        var (client, server) = await DuplexPair.OpenAsync(Cases.Both, new PipePair(1000));
        await server.Input.CompleteAsync();

        // Given a peer that sends more than anybody would keep.
        var flush = client.Output.WriteAsync(new byte[4 * 1024 * 1024]).AsTask();
        await server.Output.Send("still here"u8.ToArray());

        Assert.That(await client.Input.Receive(10), Is.EqualTo("still here"u8.ToArray()));
        await server.Connection.Loop.Until(() => !server.Connection.Transport.IsReading);
        client.Abort();
        Assert.That((await flush.WaitAsync(Wait.Limit)).IsCompleted, Is.True);
        await new DuplexPair(client, server).DisposeAsync();
    }

    [Test]
    public async Task Dispose_does_not_wait_for_a_peer_that_never_answers()
    {
        var pipes = new PipePair();
        var options = new TlsServerOptions { Credential = TestCertificates.Server, StreamDisposeTimeout = TimeSpan.FromMilliseconds(1) };
        var serving = TlsServer.OpenPipeAsync(pipes.Ours, options);
        var client = await TlsClient.OpenPipeAsync(pipes.Peer, TlsPair.ClientOptions(Cases.Both)).WaitAsync(Wait.Limit);
        var server = await serving.WaitAsync(Wait.Limit);

        // Given a client that takes nothing more, and so never sees that it is to answer.
        await client.Connection.Loop.Run(() => client.Connection.Parts.Down.Transport!.PauseReading());
        await server.DisposeAsync().AsTask().WaitAsync(Wait.Limit);

        Assert.That((server.Connection.CloseReason, server.Connection.Failure), Is.EqualTo((CloseReason.Unanswered, default(Exception))));
        client.Abort();
        await client.DisposeAsync().AsTask().WaitAsync(Wait.Limit);
    }

    [Test]
    public async Task A_wrong_option_leaves_what_is_below_untouched()
    {
        var pipes = new PipePair();
        var options = new TlsServerOptions { Credential = TestCertificates.Server, CallConnectionMade = false };

        Assert.That(
            () => TlsServer.OpenPipeAsync(pipes.Ours, options), Throws.ArgumentException.With.Message.Contains("CallConnectionMade"));
        Assert.That(() => TlsServer.OpenPipeAsync((IDuplexPipe)null!, options), Throws.ArgumentNullException);
        Assert.That(
            () => TlsServer.OpenPipeAsync(new MemoryStream([], writable: false), options),
            Throws.ArgumentException.With.Message.Contains("can write: False"));
        Assert.That(async () => await pipes.Ours.Output.WriteAsync(new byte[1]), Throws.Nothing);
    }

    [TestCase(Below.Pipe, Cases.Tls13)]
    [TestCase(Below.Pipe, Cases.Tls12)]
    [TestCase(Below.Socket, Cases.Tls13)]
    public async Task Ends_of_all_kinds_that_meet_leave_nobody_waiting(Below below, SslProtocols version)
    {
        for (var seed = 0; seed < 60; seed++)
        {
            // Given both sides writing and reading, each until a point of its own, and up to two ends from elsewhere meanwhile.
            var random = new Random(seed);
            var pair = await DuplexPair.OpenAsync(below, version, new PipePair(random.Next(100, 70_000)));
            var sides = new[] { pair.Client, pair.Server };
            var sent = SocketPair.Pattern(100_000, seed + 1);
            var least = version == Cases.Tls12 ? sent.Length : 0;
            var reading = sides.Select(side => ReadAsync(side.Input, Point(), Reason())).ToArray();

            // On TLS 1.2 two that write less than the other reads would wait for each other.
            var writing = sides
                .Select(side => WriteAsync(side.Output, sent.AsMemory(0, Math.Max(least, Point())), Reason())).ToArray();
            var kinds = Enumerable.Range(0, random.Next(3)).Select(_ => (Side: sides[random.Next(2)], Kind: random.Next(4))).ToArray();
            await Task.WhenAll(kinds.Select(end => Task.Run(() => End(end.Side, end.Kind)))).WaitAsync(Wait.Limit);
            var what = $"seed {seed}: {string.Join(' ', kinds.Select(end => end.Kind))}";

            // Where nobody reads any more, a writer waits for ever, until somebody says that it is over.
            var received = await Task.WhenAll(reading).WaitAsync(Wait.Limit);
            var done = Task.WhenAll(writing);
            if (await Task.WhenAny(done, pair.Client.Connection.Loop.Drained()) != done)
                pair.Client.Abort();
            await done.WaitAsync(Wait.Limit);
            await pair.DisposeAsync();

            Assert.That(received.All(data => sent.AsSpan().StartsWith(data)), Is.True, what);
            Assert.That(sides.Select(side => side.Connection.CloseReason), Has.None.EqualTo(CloseReason.None), what);

            int Point() => random.Next(2) == 0 ? sent.Length : random.Next(sent.Length);

            Exception? Reason() => random.Next(4) == 0 ? new TimeZoneNotFoundException() : null;
        }
    }

    private static void End(TlsDuplexPipe pipe, int kind)
    {
        switch (kind)
        {
            case 0:
                pipe.Abort();
                break;
            case 1:
                pipe.Input.CancelPendingRead();
                pipe.Output.CancelPendingFlush();
                break;
            case 2:
                pipe.Connection.Loop.CallSoon(_ => pipe.Connection.Parts.Down.Transport!.Abort(), null);
                break;
            case 3:
                pipe.Output.CancelPendingFlush();
                pipe.Abort(TlsAlert.InternalError);
                break;
        }
    }

    private static async Task<byte[]> ReadAsync(PipeReader reader, int most, Exception? reason)
    {
        using var all = new MemoryStream();
        try
        {
            while (all.Length < most)
            {
                var result = await reader.ReadAsync();
                foreach (var part in result.Buffer)
                    all.Write(part.Span);
                reader.AdvanceTo(result.Buffer.End);
                if (result.IsCompleted)
                    break;
            }
        }
        catch (Exception exception) when (exception is IOException or TimeZoneNotFoundException)
        {
            // Cut.
        }

        await reader.CompleteAsync(reason);
        return all.ToArray();
    }

    private static async Task WriteAsync(PipeWriter writer, ReadOnlyMemory<byte> data, Exception? reason)
    {
        while (!data.IsEmpty)
        {
            var piece = data[..Math.Min(data.Length, 5000)];
            data = data[piece.Length..];
            if ((await writer.WriteAsync(piece)).IsCompleted)
                break;
        }

        await writer.CompleteAsync(reason);
    }
}
