using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Hosting;

/// <summary>Streams over real TLS on the loopback interface.</summary>
[TestFixture]
public sealed class TlsStreamTests
{
    private static readonly byte[] Hello = "hello"u8.ToArray();

    [TestCase(1)]
    [TestCase(100_000)]
    [TestCase(4 * 1024 * 1024)]
    public async Task What_is_written_comes_back_from_an_echo(int size)
    {
        await using var server = TestServer.Echo();
        await using var stream = await server.Open();
        var sent = SocketPair.Pattern(size);

        var writing = stream.WriteAsync(sent).AsTask();
        var echoed = new byte[size];
        await stream.ReadExactlyAsync(echoed).AsTask().WaitAsync(Wait.Limit);
        await writing;

        Assert.That(echoed.AsSpan().SequenceEqual(sent), Is.True);
    }

    [Test]
    public async Task A_shutdown_is_clean_at_both_ends()
    {
        await using var server = TestServer.Echo();
        var stream = await server.Open();
        await stream.WriteAsync(Hello);
        await stream.ReadExactlyAsync(new byte[Hello.Length]);

        await stream.ShutdownAsync().WaitAsync(Wait.Limit);

        var (connection, failure) = await server.FirstEnd;
        Assert.That(
            (stream.Connection.CloseReason, connection.CloseReason, failure),
            Is.EqualTo((CloseReason.Clean, CloseReason.Clean, (Exception?)null)));
        Assert.That(stream.CanRead || stream.CanWrite, Is.False);
        Assert.That(server.Unhandled, Is.Empty);
    }

    [Test]
    public async Task A_peer_that_is_refused_hears_why_and_so_does_whoever_waits()
    {
        // Given a server that refuses whoever says hello, while it waits for more.
        var pending = new TaskCompletionSource<Exception?>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var server = TestServer.Serving(async stream =>
        {
            await stream.ReadExactlyAsync(new byte[Hello.Length]);
            var reading = stream.ReadAsync(new byte[1]).AsTask();
            stream.Abort(TlsAlert.AccessDenied);
            pending.SetResult(await reading.ContinueWith(task => task.Exception?.InnerException, TaskScheduler.Default));
        });
        await using var stream = await server.Open();

        await stream.WriteAsync(Hello);
        var heard = Assert.ThrowsAsync<TlsException>(async () => await stream.ReadAsync(new byte[1]).AsTask().WaitAsync(Wait.Limit))!;

        Assert.That((heard.Fault, heard.Alert), Is.EqualTo((TlsFault.PeerAlert, TlsAlert.AccessDenied)));
        Assert.That(
            await pending.Task.WaitAsync(Wait.Limit),
            Is.InstanceOf<TlsException>().With.Property(nameof(TlsException.Reason)).EqualTo(CloseReason.LocalAbort));
        var (connection, failure) = await server.FirstEnd;
        Assert.That(
            (connection.CloseReason, (failure as TlsException)?.Alert),
            Is.EqualTo((CloseReason.LocalAbort, (TlsAlert?)TlsAlert.AccessDenied)));
        Assert.That(server.Unhandled, Is.Empty);
        Assert.That(() => stream.Abort(TlsAlert.CloseNotify), Throws.ArgumentException);
    }

    [Test]
    public async Task Everything_written_before_a_dispose_arrives_and_then_the_end()
    {
        var sent = SocketPair.Pattern(2_000_000);
        await using var server = TestServer.Serving(async stream => await stream.WriteAsync(sent));
        await using var stream = await server.Open();

        var all = new MemoryStream();
        await stream.CopyToAsync(all).WaitAsync(Wait.Limit);

        Assert.That(all.ToArray().AsSpan().SequenceEqual(sent), Is.True);
        Assert.That(await stream.ReadAsync(new byte[1]), Is.Zero);
    }

    [Test]
    public async Task After_the_peers_end_the_stream_can_still_answer()
    {
        // Given a server that reads to the end before it answers.
        await using var server = TestServer.Serving(async stream =>
        {
            var all = new MemoryStream();
            await stream.CopyToAsync(all);
            await stream.WriteAsync(all.ToArray());
        });
        var received = new RecordingProtocol();
        var connection = await TlsClient.ConnectAsync("127.0.0.1", server.Port, TestServer.ClientOptions, received).WaitAsync(Wait.Limit);

        // When the client says that it is done: it discards what comes then, but the server could write without an error.
        await connection.Loop.Run(() =>
        {
            connection.Transport.Write(Hello);
            connection.Transport.Close();
        });

        await received.Lost;
        Assert.That((await server.FirstEnd).Connection.CloseReason, Is.EqualTo(CloseReason.Clean));
        Assert.That(server.Unhandled, Is.Empty);
    }

    [Test]
    public async Task A_stream_that_was_cut_off_is_an_error_and_not_an_end()
    {
        await using var server = TestServer.Serving(async stream =>
        {
            await stream.WriteAsync(Hello);
            await stream.ReadExactlyAsync(new byte[1]);
            stream.Connection.GetSocket().Shutdown(System.Net.Sockets.SocketShutdown.Send);
            await stream.CopyToAsync(Stream.Null);
        });
        await using var stream = await server.Open();

        var buffer = new byte[100];
        Assert.That(await stream.ReadAtLeastAsync(buffer, Hello.Length).AsTask().WaitAsync(Wait.Limit), Is.EqualTo(Hello.Length));
        await stream.WriteAsync(Hello.AsMemory(0, 1));
        var failure = Assert.ThrowsAsync<TlsException>(() => stream.ReadAsync(buffer).AsTask().WaitAsync(Wait.Limit));

        Assert.That(failure!.Reason, Is.EqualTo(CloseReason.Truncated));
        Assert.That(failure.Transitions, Is.Not.Empty);
        Assert.That(async () => await stream.ReadAsync(buffer), Throws.InstanceOf<TlsException>(), "it stays that way");
        Assert.That(async () => await stream.WriteAsync(Hello), Throws.InstanceOf<IOException>());
    }

    [Test]
    public async Task A_writer_waits_for_a_peer_that_does_not_read_and_memory_is_bounded()
    {
        var go = new TaskCompletionSource();
        await using var server = TestServer.Serving(async stream =>
        {
            await go.Task;
            await stream.CopyToAsync(stream);
        });
        await using var stream = await server.Open();
        var sent = SocketPair.Pattern(16 * 1024 * 1024);

        // The write is bounded by what lies between: it is still not done when nothing moves any more.
        var writing = stream.WriteAsync(sent).AsTask();
        var transport = stream.Connection.Transport;
        var limits = await stream.Connection.Loop.Ask(() => transport.WriteBufferLimits);
        while (!await stream.Connection.Loop.Ask(() => transport.IsWritingPaused))
            await Task.Yield();
        Assert.That(await stream.Connection.Loop.Ask(() => transport.WriteBufferSize), Is.LessThan(limits.High + (70 * 1024)));
        Assert.That(writing.IsCompleted, Is.False);

        go.SetResult();
        var echoed = new byte[sent.Length];
        await stream.ReadExactlyAsync(echoed).AsTask().WaitAsync(Wait.Limit);
        await writing;
        Assert.That(echoed.AsSpan().SequenceEqual(sent), Is.True);
    }

    [Test]
    public async Task A_cancelled_read_leaves_the_stream_usable_and_loses_nothing()
    {
        await using var server = TestServer.Echo();
        await using var stream = await server.Open();
        using var cancellation = new CancellationTokenSource();

        var reading = stream.ReadAsync(new byte[10], cancellation.Token).AsTask();
        await cancellation.CancelAsync();
        Assert.That(async () => await reading.WaitAsync(Wait.Limit), Throws.InstanceOf<OperationCanceledException>());
        Assert.That(async () => await stream.ReadAsync(new byte[10], cancellation.Token), Throws.InstanceOf<OperationCanceledException>());

        await stream.WriteAsync(Hello);
        var echoed = new byte[Hello.Length];
        await stream.ReadExactlyAsync(echoed).AsTask().WaitAsync(Wait.Limit);
        Assert.That(echoed, Is.EqualTo(Hello));
    }

    [Test]
    public async Task A_cancelled_write_that_had_to_wait_took_nothing()
    {
        // Given a connection that takes no more.
        var received = new MemoryStream();
        var go = new TaskCompletionSource();
        await using var server = TestServer.Serving(async stream =>
        {
            await go.Task;
            await stream.CopyToAsync(received);
        });
        var stream = await server.Open();
        var transport = stream.Connection.Transport;
        var block = SocketPair.Pattern(60_000);
        var written = 0;
        while (!await stream.Connection.Loop.Ask(() => transport.IsWritingPaused))
        {
            await stream.WriteAsync(block);
            written++;
        }

        // When a further write is cancelled.
        using var cancellation = new CancellationTokenSource();
        var waiting = stream.WriteAsync(block, cancellation.Token).AsTask();
        Assert.That(waiting.IsCompleted, Is.False);
        await cancellation.CancelAsync();
        Assert.That(async () => await waiting.WaitAsync(Wait.Limit), Throws.InstanceOf<OperationCanceledException>());

        // Then the peer gets all the others whole, and the last words after them.
        go.SetResult();
        await stream.WriteAsync(Hello).AsTask().WaitAsync(Wait.Limit);
        await stream.ShutdownAsync().WaitAsync(Wait.Limit);
        await server.FirstEnd;
        Assert.That(received.Length, Is.EqualTo((written * block.Length) + Hello.Length));
    }

    [Test]
    public async Task A_second_reader_or_writer_is_refused()
    {
        await using var server = Deaf();
        await using var stream = await server.Open();
        var reading = stream.ReadAsync(new byte[1]).AsTask();

        Assert.That(() => stream.ReadAsync(new byte[1]), Throws.InvalidOperationException.With.Message.Contains("one reader at a time"));

        var writing = stream.WriteAsync(new byte[32 * 1024 * 1024]).AsTask();
        Assert.That(() => stream.WriteAsync(Hello), Throws.InvalidOperationException.With.Message.Contains("one writer at a time"));
        Assert.That(() => stream.ShutdownAsync(), Throws.InvalidOperationException.With.Message.Contains("A write is pending"));
        await stream.DisposeAsync();
        Assert.That(async () => await reading, Throws.InstanceOf<IOException>().Or.InstanceOf<ObjectDisposedException>());
        Assert.That(async () => await writing, Throws.InstanceOf<IOException>().Or.InstanceOf<ObjectDisposedException>());
    }

    [Test]
    public async Task Disposing_while_a_write_waits_aborts_so_that_the_peer_takes_no_part_for_the_whole()
    {
        await using var server = TestServer.Serving(stream => stream.CopyToAsync(new PausedStream()));
        var stream = await server.Open();
        var writing = stream.WriteAsync(new byte[32 * 1024 * 1024]).AsTask();
        while (!await stream.Connection.Loop.Ask(() => stream.Connection.Transport.IsWritingPaused))
            await Task.Yield();

        await stream.DisposeAsync().AsTask().WaitAsync(Wait.Limit);

        Assert.That(async () => await writing, Throws.InstanceOf<ObjectDisposedException>());
        Assert.That(stream.Connection.CloseReason, Is.EqualTo(CloseReason.LocalAbort));
    }

    [Test]
    public async Task A_cancelled_shutdown_aborts()
    {
        // Given a peer that never answers close_notify: it does not read.
        await using var server = Deaf();
        var stream = await server.Open();
        using var cancellation = new CancellationTokenSource();

        var shutdown = stream.ShutdownAsync(cancellation.Token);
        Assert.That(shutdown.IsCompleted, Is.False);
        await cancellation.CancelAsync();

        Assert.That(async () => await shutdown.WaitAsync(Wait.Limit), Throws.InstanceOf<OperationCanceledException>());
        Assert.That(stream.Connection.CloseReason, Is.EqualTo(CloseReason.LocalAbort));
    }

    [Test]
    public async Task A_shutdown_that_gets_no_answer_is_told_and_a_dispose_keeps_it_to_itself()
    {
        await using var server = Deaf();
        var options = new TlsClientOptions
        {
            TargetHost = TestCertificates.Host,
            Verification = TestCertificates.Verification,
            ShutdownTimeout = TimeSpan.FromMilliseconds(50),
        };
        var stream = await server.Open(options);

        var failure = Assert.ThrowsAsync<TlsException>(() => stream.ShutdownAsync().WaitAsync(Wait.Limit));

        Assert.That(failure!.Reason, Is.EqualTo(CloseReason.ShutdownTimeout));
        await stream.DisposeAsync();
        await stream.DisposeAsync();
        Assert.That(stream.Connection.CloseReason, Is.EqualTo(CloseReason.ShutdownTimeout));
    }

    [Test]
    public async Task After_a_dispose_every_operation_says_so()
    {
        await using var server = TestServer.Echo();
        var stream = await server.Open();
        var reading = stream.ReadAsync(new byte[1]).AsTask();

        await stream.DisposeAsync().AsTask().WaitAsync(Wait.Limit);

        Assert.That(async () => await reading, Throws.InstanceOf<ObjectDisposedException>());
        Assert.That(async () => await stream.ReadAsync(new byte[1]), Throws.InstanceOf<ObjectDisposedException>());
        Assert.That(async () => await stream.WriteAsync(Hello), Throws.InstanceOf<ObjectDisposedException>());
        Assert.That(() => stream.Dispose(), Throws.Nothing);
    }

    [Test]
    public async Task Reading_into_nothing_waits_for_bytes_and_takes_none()
    {
        await using var server = TestServer.Echo();
        await using var stream = await server.Open();

        var readable = stream.ReadAsync(Memory<byte>.Empty).AsTask();
        Assert.That(readable.IsCompleted, Is.False);
        await stream.WriteAsync(Hello);

        Assert.That(await readable.WaitAsync(Wait.Limit), Is.Zero);
        Assert.That(await stream.ReadAtLeastAsync(new byte[10], Hello.Length), Is.EqualTo(Hello.Length));
    }

    [Test]
    public async Task Members_that_would_seek_are_refused_and_blocking_ones_on_the_loop()
    {
        await using var server = TestServer.Echo();
        await using var stream = await server.Open();
        var buffer = new byte[1];

        Assert.Multiple(() =>
        {
            Assert.That(() => stream.Seek(0, SeekOrigin.Begin), Throws.InstanceOf<NotSupportedException>());
            Assert.That(() => stream.SetLength(0), Throws.InstanceOf<NotSupportedException>());
            Assert.That(() => stream.Length, Throws.InstanceOf<NotSupportedException>());
            Assert.That(() => stream.Position, Throws.InstanceOf<NotSupportedException>());
            Assert.That((stream.CanSeek, stream.CanTimeout, stream.CanRead, stream.CanWrite), Is.EqualTo((false, false, true, true)));
        });
        await stream.Connection.Loop.Run(() =>
        {
            Assert.That(() => stream.Read(buffer, 0, 1), Throws.InvalidOperationException.With.Message.Contains("wait for itself"));
            Assert.That(() => stream.Write(buffer, 0, 1), Throws.InvalidOperationException.With.Message.Contains("wait for itself"));
        });
    }

    [Test]
    public async Task The_old_asynchronous_pattern_works_too()
    {
        await using var server = TestServer.Echo();
        await using var stream = await server.Open();
        var buffer = new byte[Hello.Length];

        await Task.Factory.FromAsync(stream.BeginWrite(Hello, 0, Hello.Length, null, null), stream.EndWrite);
        var count = await Task.Factory.FromAsync(stream.BeginRead(buffer, 0, 1, null, null), stream.EndRead);

        Assert.That((count, buffer[0]), Is.EqualTo((1, Hello[0])));
        await stream.FlushAsync();
    }

    [Test]
    public async Task A_handler_that_throws_is_reported_and_its_connection_aborted()
    {
        await using var server = TestServer.Serving(_ => throw new InvalidOperationException("a bug"));
        await using var stream = await server.Open();

        Assert.That(async () => await stream.ReadAsync(new byte[1]).AsTask().WaitAsync(Wait.Limit), Throws.InstanceOf<IOException>());
        await server.FirstEnd;
        Assert.That(string.Join("\n", server.Unhandled), Is.EqualTo("The handler of a TLS stream failed; its connection is aborted."));
    }

    /// <summary>A server that never reads after the handshake, and so never answers close_notify.</summary>
    private static TestServer Deaf() => new(() =>
    {
        RecordingProtocol protocol = null!;
        return protocol = new RecordingProtocol { OnMade = () => protocol.Transport.PauseReading() };
    });

    /// <summary>Takes one write and never finishes it.</summary>
    private sealed class PausedStream : MemoryStream
    {
        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
            new(new TaskCompletionSource().Task);
    }
}
