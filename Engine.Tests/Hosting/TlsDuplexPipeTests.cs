using System.Buffers;
using System.IO.Pipelines;
using System.Security.Authentication;
using TlsFsm.Tests.Network;

namespace TlsFsm.Tests.Hosting;

/// <summary>A connection as a duplex pipe: data both ways, flow control, and that nobody runs inside of it.</summary>
[TestFixture]
[Parallelizable(ParallelScope.All)]
public sealed class TlsDuplexPipeTests
{
    [TestCase(Below.Pipe, Cases.Tls12)]
    [TestCase(Below.Pipe, Cases.Tls13)]
    [TestCase(Below.Stream, Cases.Tls13)]
    [TestCase(Below.Socket, Cases.Tls12)]
    [TestCase(Below.Socket, Cases.Tls13)]
    public async Task Megabytes_are_echoed_over_whatever_is_below_and_both_ends_end_clean(Below below, SslProtocols version)
    {
        var (client, server) = await DuplexPair.OpenAsync(below, version);
        var sent = SocketPair.Pattern(4 * 1024 * 1024);
        var serving = EchoAsync(server);

        var receiving = client.Input.Receive(sent.Length);
        for (var at = 0; at < sent.Length; at += 70_000)
            Assert.That((await client.Output.Send(sent[at..Math.Min(sent.Length, at + 70_000)])).IsCompleted, Is.False);
        var echoed = await receiving;
        await client.DisposeAsync().AsTask().WaitAsync(Wait.Limit);
        await serving.WaitAsync(Wait.Limit);

        Assert.That(echoed.AsSpan().SequenceEqual(sent), Is.True);
        Assert.That((client.Connection.CloseReason, server.Connection.CloseReason), Is.EqualTo((CloseReason.Clean, CloseReason.Clean)));
    }

    [TestCase(50)]
    [TestCase(1000)]
    [TestCase(64 * 1024)]
    public async Task Completions_that_run_inside_the_other_ends_calls_change_nothing(int threshold)
    {
        var pair = await DuplexPair.OpenAsync(Cases.Both, new PipePair(threshold, PipeScheduler.Inline));
        var sent = SocketPair.Pattern(1024 * 1024);
        var serving = EchoAsync(pair.Server);

        var receiving = pair.Client.Input.Receive(sent.Length);
        for (var at = 0; at < sent.Length; at += 10_000)
            await pair.Client.Output.Send(sent[at..Math.Min(sent.Length, at + 10_000)]);

        Assert.That((await receiving).AsSpan().SequenceEqual(sent), Is.True);
        await pair.Client.DisposeAsync().AsTask().WaitAsync(Wait.Limit);
        await serving.WaitAsync(Wait.Limit);
    }

    [TestCase(null, 0, 64 * 1024)]
    [TestCase(256 * 1024, 256 * 1024, 320 * 1024)]
    public async Task What_a_reader_is_behind_waits_below_unless_a_mark_says_otherwise(int? mark, int least, int most)
    {
        var pipes = new PipePair(4 * 1024 * 1024);
        var serving = TlsServer.OpenPipeAsync(pipes.Ours, TlsPair.ServerOptions(Cases.Both) with { ReadHighWaterMark = mark });
        var client = await TlsClient.OpenPipeAsync(pipes.Peer, TlsPair.ClientOptions(Cases.Both)).WaitAsync(Wait.Limit);
        var server = await serving.WaitAsync(Wait.Limit);
        var (loop, parts) = (server.Connection.Loop, server.Connection.Parts);

        // Given a megabyte that is there, and nobody who reads it.
        var sent = SocketPair.Pattern(1024 * 1024);
        await client.Output.Send(sent);
        while (!await loop.Ask(() => parts.Incoming.IsApplicationPaused && !((PipeTransport)parts.Down.Transport!).IsReading))
            await Task.Yield();

        Assert.That(await loop.Ask(() => parts.Core.Incoming.Pending), Is.InRange(least, most));
        Assert.That((await server.Input.Receive(sent.Length)).AsSpan().SequenceEqual(sent), Is.True);
        await new DuplexPair(client, server).DisposeAsync();
    }

    [Test]
    public async Task The_first_message_has_gone_out_when_the_call_that_opens_a_pipe_comes_back()
    {
        var pipes = new PipePair();

        var opening = TlsClient.OpenPipeAsync(pipes.Ours, TlsPair.ClientOptions(Cases.Both));

        Assert.That(pipes.Peer.Input.TryRead(out var hello) && hello.Buffer.Length > 100, Is.True);
        pipes.Peer.Input.AdvanceTo(hello.Buffer.Start);
        var server = await TlsServer.OpenPipeAsync(pipes.Peer, TlsPair.ServerOptions(Cases.Both)).WaitAsync(Wait.Limit);
        await new DuplexPair(await opening.WaitAsync(Wait.Limit), server).DisposeAsync();
    }

    [Test]
    public async Task The_application_never_runs_inside_of_the_connection()
    {
        var (client, server) = await DuplexPair.OpenAsync(Cases.Both);
        var loop = (SerialEventLoop)server.Connection.Loop;
        var inside = 0;

        // Given a server that looks where it goes on, after each read and each flush.
        var serving = Task.Run(async () =>
        {
            while (true)
            {
                var result = await server.Input.ReadAsync().ConfigureAwait(false);
                inside += loop.IsOnLoop ? 1 : 0;
                foreach (var part in result.Buffer)
                    server.Output.Write(part.Span);
                server.Input.AdvanceTo(result.Buffer.End);
                await server.Output.FlushAsync().ConfigureAwait(false);
                inside += loop.IsOnLoop ? 1 : 0;
                if (result.IsCompleted)
                    return;
            }
        });

        for (var i = 0; i < 200; i++)
        {
            await client.Output.Send(new byte[1000]);
            await client.Input.Receive(1000);
        }

        await client.Output.CompleteAsync();
        await serving.WaitAsync(Wait.Limit);
        await new DuplexPair(client, server).DisposeAsync();

        Assert.That(inside, Is.Zero);
    }

    [TestCase(Below.Pipe)]
    [TestCase(Below.Socket)]
    public async Task A_peer_that_does_not_read_is_felt_by_the_writer_and_memory_is_bounded(Below below)
    {
        var (client, server) = await DuplexPair.OpenAsync(below, Cases.Both);
        var piece = SocketPair.Pattern(16 * 1024);

        // Given nobody who reads: a flush waits sooner or later, and all that is on the way is less than the kernel and we may hold.
        var sent = 0;
        var flush = default(Task<FlushResult>)!;
        for (; sent < 64 * 1024 * 1024; sent += piece.Length)
        {
            flush = client.Output.WriteAsync(piece).AsTask();
            if (await Task.WhenAny(flush, client.Connection.Loop.Drained()) != flush && !flush.IsCompleted)
                break;
        }

        sent += piece.Length;
        Assert.That(sent, Is.LessThan(64 * 1024 * 1024), "the writer was never asked to wait");
        Assert.That(await client.Connection.Loop.Ask(() => client.Connection.Transport.WriteBufferSize), Is.LessThan(128 * 1024));

        // When it reads at last, all comes, and the writer goes on.
        for (var at = 0; at < sent; at += piece.Length)
            Assert.That(await server.Input.Receive(piece.Length), Is.EqualTo(piece));
        Assert.That((await flush.WaitAsync(Wait.Limit)).IsCompleted, Is.False);
        await new DuplexPair(client, server).DisposeAsync();
    }

    [Test]
    public async Task A_read_that_is_cancelled_loses_nothing()
    {
        var (client, server) = await DuplexPair.OpenAsync(Cases.Both);
        using var cancellation = new CancellationTokenSource();

        var cancelled = server.Input.ReadAsync(cancellation.Token).AsTask();
        await cancellation.CancelAsync();
        Assert.That(async () => await cancelled.WaitAsync(Wait.Limit), Throws.InstanceOf<OperationCanceledException>());

        var pending = server.Input.ReadAsync().AsTask();
        server.Input.CancelPendingRead();
        var result = await pending.WaitAsync(Wait.Limit);
        server.Input.AdvanceTo(result.Buffer.Start);
        await client.Output.Send("hello"u8.ToArray());

        Assert.That(result.IsCanceled, Is.True);
        Assert.That(await server.Input.Receive(5), Is.EqualTo("hello"u8.ToArray()));
        await new DuplexPair(client, server).DisposeAsync();
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task A_flush_that_is_cancelled_takes_nothing_back(bool byToken)
    {
        var (client, server) = await DuplexPair.OpenAsync(Cases.Both, new PipePair(1000));
        var sent = SocketPair.Pattern(512 * 1024);
        using var cancellation = new CancellationTokenSource();

        // Given a flush that waits for a peer that does not read.
        var pending = client.Output.WriteAsync(sent, cancellation.Token).AsTask();
        Assert.That(pending.IsCompleted, Is.False);
        if (byToken)
        {
            await cancellation.CancelAsync();
            Assert.That(async () => await pending.WaitAsync(Wait.Limit), Throws.InstanceOf<OperationCanceledException>());
        }
        else
        {
            client.Output.CancelPendingFlush();
            Assert.That(await pending.WaitAsync(Wait.Limit), Is.EqualTo(new FlushResult(isCanceled: true, isCompleted: false)));
        }

        // Then the peer still gets all of it, and what is written behind it.
        var next = client.Output.WriteAsync("behind"u8.ToArray()).AsTask();
        var received = await server.Input.Receive(sent.Length + 6);
        await next.WaitAsync(Wait.Limit);

        Assert.That(received.AsSpan(0, sent.Length).SequenceEqual(sent), Is.True);
        Assert.That(received[sent.Length..], Is.EqualTo("behind"u8.ToArray()));
        await new DuplexPair(client, server).DisposeAsync();
    }

    [Test]
    public async Task A_cancellation_without_a_flush_is_for_the_next_one()
    {
        var (client, server) = await DuplexPair.OpenAsync(Cases.Both);

        client.Output.CancelPendingFlush();
        var first = await client.Output.Send("one"u8.ToArray());
        var second = await client.Output.Send("two"u8.ToArray());

        Assert.That((first.IsCanceled, second.IsCanceled), Is.EqualTo((true, false)));
        Assert.That(await server.Input.Receive(6), Is.EqualTo("onetwo"u8.ToArray()));
        await new DuplexPair(client, server).DisposeAsync();
    }

    [Test]
    public async Task The_writer_is_what_a_pipes_writer_is()
    {
        var (client, server) = await DuplexPair.OpenAsync(Cases.Both);
        var writer = client.Output;

        Assert.That(() => writer.Advance(1), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => writer.GetMemory(-1), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(writer.GetMemory(100_000).Length, Is.AtLeast(100_000));
        Assert.That(writer.GetSpan().IsEmpty, Is.False);
        Assert.That(() => writer.Advance(int.MaxValue), Throws.InstanceOf<ArgumentOutOfRangeException>());
        writer.GetMemory(20_000).Span[..20_000].Fill(7);
        writer.Advance(20_000);
        writer.GetMemory(17_000).Span[..17_000].Fill(8);
        writer.Advance(17_000);
        Assert.That((writer.CanGetUnflushedBytes, writer.UnflushedBytes), Is.EqualTo((true, 37_000)));
        await writer.FlushAsync().AsTask().WaitAsync(Wait.Limit);
        Assert.That(writer.UnflushedBytes, Is.Zero);

        var received = await server.Input.Receive(37_000);
        Assert.That(received, Is.EqualTo(Enumerable.Repeat((byte)7, 20_000).Concat(Enumerable.Repeat((byte)8, 17_000))));
        await writer.CompleteAsync();
        Assert.That(() => writer.GetMemory(), Throws.InvalidOperationException);
        Assert.That(() => writer.FlushAsync(), Throws.InvalidOperationException);
        await new DuplexPair(client, server).DisposeAsync();
    }

    [Test]
    public async Task Key_updates_and_tickets_between_the_data_are_not_the_applications()
    {
        var (client, server) = await DuplexPair.OpenAsync(Cases.Tls13);
        var sent = SocketPair.Pattern(400_000);

        var receiving = server.Input.Receive(sent.Length);
        for (var at = 0; at < sent.Length; at += 10_000)
        {
            await client.Output.Send(sent[at..(at + 10_000)]);
            await client.Connection.Loop.Run(() => client.Connection.UpdateKeys(requestPeer: at % 20_000 == 0));
        }

        Assert.That((await receiving).AsSpan().SequenceEqual(sent), Is.True);
        await server.Output.Send("answer"u8.ToArray());
        Assert.That(await client.Input.Receive(6), Is.EqualTo("answer"u8.ToArray()));
        await new DuplexPair(client, server).DisposeAsync();
    }

    [Test]
    public async Task Writes_that_are_coalesced_go_out_with_their_flush()
    {
        var pipes = new PipePair();
        var serving = TlsServer.OpenPipeAsync(pipes.Ours, new TlsServerOptions
        {
            Credential = Support.TestCertificates.Server,
            CoalesceWrites = true,
        });
        var client = await TlsClient.OpenPipeAsync(pipes.Peer, TlsPair.ClientOptions(Cases.Both)).WaitAsync(Wait.Limit);
        var server = await serving.WaitAsync(Wait.Limit);

        for (var i = 0; i < 100; i++)
            await server.Output.Send(new byte[1000]);

        Assert.That(await client.Input.Receive(100_000), Is.All.Zero);
        await new DuplexPair(client, server).DisposeAsync();
    }

    [Test]
    public async Task What_was_begun_over_a_transport_that_waits_comes_to_its_end()
    {
        // Given pipes so small that each flight and each record has to wait for the other end.
        var (client, server) = await DuplexPair.OpenAsync(Cases.Both, new PipePair(10));
        var sent = SocketPair.Pattern(200_000);

        var writing = Task.WhenAll(client.Output.Send(sent), server.Output.Send(sent));
        var received = await Task.WhenAll(client.Input.Receive(sent.Length), server.Input.Receive(sent.Length));
        await writing;

        Assert.That(received.All(one => one.AsSpan().SequenceEqual(sent)), Is.True);
        await new DuplexPair(client, server).DisposeAsync();
    }

    private static async Task EchoAsync(TlsDuplexPipe pipe)
    {
        while (true)
        {
            var result = await pipe.Input.ReadAsync();
            foreach (var part in result.Buffer)
                pipe.Output.Write(part.Span);
            pipe.Input.AdvanceTo(result.Buffer.End);
            if ((await pipe.Output.FlushAsync()).IsCompleted || result.IsCompleted)
                break;
        }

        await pipe.DisposeAsync();
    }
}
