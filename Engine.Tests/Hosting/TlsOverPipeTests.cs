using System.IO.Pipelines;
using System.Security.Authentication;
using TlsFsm.Tests.Network;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Hosting;

/// <summary>Our client and our server with nothing but pipes between them.</summary>
[TestFixture]
[Parallelizable(ParallelScope.All)]
public sealed class TlsOverPipeTests
{
    [TestCase(Cases.Tls12, 100)]
    [TestCase(Cases.Tls13, 100)]
    [TestCase(Cases.Tls12, 64 * 1024)]
    [TestCase(Cases.Tls13, 64 * 1024)]
    public async Task Megabytes_are_echoed_through_pipes_of_any_size_and_both_ends_end_clean(SslProtocols version, int threshold)
    {
        var (client, server) = await TlsPair.OpenAsync(version, new PipePair(threshold));
        var sent = SocketPair.Pattern(4 * 1024 * 1024);
        var serving = EchoAsync(server);

        var writing = client.WriteAsync(sent).AsTask();
        var echoed = await client.ReadExactlyAsync(sent.Length);
        await writing.WaitAsync(Wait.Limit);
        await client.ShutdownAsync().WaitAsync(Wait.Limit);
        await serving.WaitAsync(Wait.Limit);

        Assert.That(echoed.AsSpan().SequenceEqual(sent), Is.True);
        Assert.That((client.Connection.Session!.Protocol, server.Connection.Session!.Protocol), Is.EqualTo((version, version)));
        Assert.That((client.Connection.CloseReason, server.Connection.CloseReason), Is.EqualTo((CloseReason.Clean, CloseReason.Clean)));
    }

    [Test]
    public async Task Completions_that_run_inside_the_other_ends_calls_change_nothing()
    {
        var (client, server) = await TlsPair.OpenAsync(Cases.Both, new PipePair(1000, PipeScheduler.Inline));
        var sent = SocketPair.Pattern(2 * 1024 * 1024);
        var serving = EchoAsync(server);

        Assert.That((await client.ExchangeAsync(sent)).AsSpan().SequenceEqual(sent), Is.True);
        await client.ShutdownAsync().WaitAsync(Wait.Limit);
        await serving.WaitAsync(Wait.Limit);

        Assert.That((client.Connection.CloseReason, server.Connection.CloseReason), Is.EqualTo((CloseReason.Clean, CloseReason.Clean)));
    }

    [Test]
    public async Task A_slow_reader_is_felt_by_the_writing_application_and_memory_is_bounded()
    {
        var (client, server) = await TlsPair.OpenAsync(Cases.Both, new PipePair(1000));
        var sent = SocketPair.Pattern(8 * 1024 * 1024);

        // Given a peer that does not read: the writer waits, and what waits with it is bounded.
        var writing = client.WriteAsync(sent).AsTask();
        var transport = client.Connection.Transport;
        while (!await client.Connection.Loop.Ask(() => transport.IsWritingPaused))
            await Task.Yield();
        Assert.That(writing.IsCompleted, Is.False);
        Assert.That(
            await client.Connection.Loop.Ask(() => transport.WriteBufferSize), Is.LessThan(transport.WriteBufferLimits.High + (70 * 1024)));

        // When it reads at last, all comes.
        Assert.That((await server.ReadExactlyAsync(sent.Length)).AsSpan().SequenceEqual(sent), Is.True);
        await writing.WaitAsync(Wait.Limit);
        await CloseAsync(client, server);
    }

    [Test]
    public async Task After_the_peers_close_notify_there_is_an_end_and_the_answer_still_goes_out()
    {
        var (client, server) = await TlsPair.OpenAsync(Cases.Tls13, new PipePair(1000));

        await client.WriteAsync("question");
        await client.Connection.Loop.Run(() => client.Connection.Transport.WriteEof());
        var question = await server.ReadToEndAsync();
        await server.WriteAsync("answer");
        await CloseAsync(
            server, client, whileClosing: async () => Assert.That(await client.ReadToEndAsync(), Is.EqualTo("answer"u8.ToArray())));

        Assert.That(question, Is.EqualTo("question"u8.ToArray()));
        Assert.That((client.Connection.CloseReason, server.Connection.CloseReason), Is.EqualTo((CloseReason.Clean, CloseReason.Clean)));
    }

    [TestCase(Cases.Tls12)]
    [TestCase(Cases.Tls13)]
    public async Task A_pipe_that_ends_without_close_notify_is_a_truncation(SslProtocols version)
    {
        // Given a server whose side of the pipe is left open, so that the test can end it.
        var pipes = new PipePair();
        var serving = TlsServer.OpenStreamAsync(pipes.Ours, TlsPair.ServerOptions(version), new PipeTransportOptions { LeaveOpen = true });
        await using var client = await TlsClient.OpenStreamAsync(pipes.Peer, TlsPair.ClientOptions(version)).WaitAsync(Wait.Limit);
        await using var server = await serving;
        await server.WriteAsync("hello");
        Assert.That(await client.ReadExactlyAsync(5), Is.EqualTo("hello"u8.ToArray()));

        await server.Connection.Loop.Run(() => server.Connection.Transport.Abort());
        await pipes.Ours.Output.CompleteAsync();

        var failure = Assert.ThrowsAsync<TlsException>(async () => await client.ReadAsync(new byte[1]).AsTask().WaitAsync(Wait.Limit));
        Assert.That(failure!.Reason, Is.EqualTo(CloseReason.Truncated));
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task An_abort_of_either_side_is_a_loss_to_the_other(bool clientAborts)
    {
        var (client, server) = await TlsPair.OpenAsync(Cases.Both, new PipePair());
        var (aborting, other) = clientAborts ? (client, server) : (server, client);
        var reading = other.ReadAsync(new byte[1]).AsTask();

        await aborting.Connection.Loop.Run(() => aborting.Connection.Transport.Abort());

        Assert.That(async () => await reading.WaitAsync(Wait.Limit), Throws.InstanceOf<IOException>());
        Assert.That(
            (aborting.Connection.CloseReason, other.Connection.CloseReason),
            Is.EqualTo((CloseReason.LocalAbort, CloseReason.TransportLost)));
        await aborting.DisposeAsync();
        await other.DisposeAsync();
    }

    [TestCase(Cases.Tls12)]
    [TestCase(Cases.Tls13)]
    public async Task An_abort_with_an_alert_is_heard_through_the_pipe(SslProtocols version)
    {
        var (client, server) = await TlsPair.OpenAsync(version, new PipePair());

        server.Abort(TlsAlert.AccessDenied);

        var heard = Assert.ThrowsAsync<TlsException>(async () => await client.ReadAsync(new byte[1]).AsTask().WaitAsync(Wait.Limit));
        Assert.That((heard!.Fault, heard.Alert), Is.EqualTo((TlsFault.PeerAlert, TlsAlert.AccessDenied)));
        await client.DisposeAsync();
        await server.DisposeAsync();
    }

    [Test]
    public async Task A_refused_certificate_fails_both_sides_and_the_alert_says_why()
    {
        var pipes = new PipePair(threshold: 50);
        var serving = TlsServer.OpenStreamAsync(pipes.Ours, new TlsServerOptions { Credential = TestCertificates.Untrusted });

        var refusal = Assert.ThrowsAsync<TlsCertificateException>(
            () => TlsClient.OpenStreamAsync(pipes.Peer, TlsPair.ClientOptions(Cases.Both)).WaitAsync(Wait.Limit));
        var heard = Assert.ThrowsAsync<TlsException>(() => serving.WaitAsync(Wait.Limit));

        Assert.That((refusal!.Alert, heard!.Fault, heard.Alert), Is.EqualTo((TlsAlert.UnknownCa, TlsFault.PeerAlert, TlsAlert.UnknownCa)));
    }

    [Test]
    public async Task A_pipe_that_breaks_in_the_handshake_is_thrown_as_it_is()
    {
        var pipes = new PipePair();
        var serving = TlsServer.OpenStreamAsync(pipes.Ours, TlsPair.ServerOptions(Cases.Both));

        await pipes.Peer.Output.CompleteAsync(new TimeZoneNotFoundException("broken"));

        Assert.That(() => serving.WaitAsync(Wait.Limit), Throws.InstanceOf<TimeZoneNotFoundException>());
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task Cancelled_in_the_handshake_it_completes_the_pipe(bool isClient)
    {
        var pipes = new PipePair();
        using var cancellation = new CancellationTokenSource();
        var opening = isClient
            ? TlsClient.OpenStreamAsync(pipes.Ours, TlsPair.ClientOptions(Cases.Both), cancellationToken: cancellation.Token)
            : TlsServer.OpenStreamAsync(pipes.Ours, TlsPair.ServerOptions(Cases.Both), cancellationToken: cancellation.Token);

        await cancellation.CancelAsync();

        Assert.That(() => opening.WaitAsync(Wait.Limit), Throws.InstanceOf<OperationCanceledException>());
        Assert.That(() => pipes.ReadToEnd(), Throws.InstanceOf<IOException>());
        Assert.That(async () => await pipes.Peer.Output.WriteAsync(new byte[1]), Throws.InstanceOf<IOException>());
    }

    [Test]
    public async Task Protocols_are_served_over_pipes_as_over_sockets()
    {
        var pipes = new PipePair();
        var (client, server) = (new RecordingProtocol(), new RecordingProtocol());
        var started = 0;
        var accepting = TlsServer.AcceptAsync(pipes.Ours, TlsPair.ServerOptions(Cases.Both), server, connectionStarted: _ => started++);
        var connection = await TlsClient
            .ConnectAsync(pipes.Peer, TlsPair.ClientOptions(Cases.Both), client, connectionStarted: _ => started++)
            .WaitAsync(Wait.Limit);
        var accepted = await accepting.WaitAsync(Wait.Limit);

        await connection.Loop.Run(() =>
        {
            connection.Transport.Write("hello"u8);
            connection.Transport.Close();
        });

        Assert.That(await server.Lost, Is.Null);
        Assert.That(await client.Lost, Is.Null);
        Assert.That((string.Join(' ', client.Calls), string.Join(' ', server.Calls)), Is.EqualTo(("made eof lost", "made data eof lost")));
        Assert.That((connection.CloseReason, accepted.CloseReason, started), Is.EqualTo((CloseReason.Clean, CloseReason.Clean, 2)));
    }

    [Test]
    public void Arguments_are_checked_before_the_pipe_is_touched()
    {
        var pipes = new PipePair();
        var options = TlsPair.ServerOptions(Cases.Both);

        Assert.That(() => TlsServer.OpenStreamAsync((IDuplexPipe)null!, options), Throws.ArgumentNullException);
        Assert.That(() => TlsServer.OpenStreamAsync(pipes.Ours, null!), Throws.ArgumentNullException);
        Assert.That(() => TlsServer.AcceptAsync(pipes.Ours, options, null!), Throws.ArgumentNullException);
        Assert.That(
            () => TlsServer.OpenStreamAsync(pipes.Ours, options, new() { WriteHighWaterMark = 1, WriteLowWaterMark = 2 }),
            Throws.ArgumentException);
        Assert.That(
            () => TlsServer.OpenStreamAsync(pipes.Ours, options, connectionStarted: _ => throw new TimeZoneNotFoundException()),
            Throws.InstanceOf<TimeZoneNotFoundException>());
        Assert.That(
            () => TlsServer.OpenStreamAsync(new MemoryStream([], writable: false), options),
            Throws.ArgumentException.With.Message.Contains("can write: False"));

        // The pipe is still the caller's.
        Assert.That(async () => await pipes.Ours.Output.WriteAsync(new byte[1]), Throws.Nothing);
    }

    private static async Task EchoAsync(TlsStream stream)
    {
        await stream.CopyToAsync(stream);
        await stream.DisposeAsync();
    }

    /// <summary>Closes the first, and the second while the first waits for it.</summary>
    private static async Task CloseAsync(TlsStream first, TlsStream second, Func<Task>? whileClosing = null)
    {
        var closing = first.ShutdownAsync();
        if (whileClosing is not null)
            await whileClosing();
        await second.ShutdownAsync().WaitAsync(Wait.Limit);
        await closing.WaitAsync(Wait.Limit);
    }
}
