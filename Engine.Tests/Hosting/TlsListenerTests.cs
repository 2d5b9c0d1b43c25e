using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Time.Testing;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Hosting;

/// <summary>Serving many, over real TLS on the loopback interface.</summary>
[TestFixture]
public sealed class TlsListenerTests
{
    [Test]
    public async Task A_hundred_connections_are_served_side_by_side()
    {
        await using var server = TestServer.Echo();
        var streams = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => server.Open()));
        Assert.That(server.Listener.ConnectionCount, Is.EqualTo(100));

        // All are open at once, and each gets its own bytes back.
        var correct = await Task.WhenAll(streams.Select(async (stream, i) =>
        {
            var sent = SocketPair.Pattern(20_000, i);
            await stream.WriteAsync(sent);
            var echoed = new byte[sent.Length];
            await stream.ReadExactlyAsync(echoed).AsTask().WaitAsync(Wait.Limit);
            return echoed.AsSpan().SequenceEqual(sent);
        }));
        await Task.WhenAll(streams.Select(stream => stream.ShutdownAsync())).WaitAsync(Wait.Limit);
        await server.Listener.StopAsync().WaitAsync(Wait.Limit);

        Assert.That(correct, Is.All.True);
        Assert.That(server.Ends.Select(end => end.Connection.CloseReason), Has.Exactly(100).EqualTo(CloseReason.Clean));
        Assert.That(server.Unhandled, Is.Empty);
    }

    [Test]
    public async Task Dead_peers_block_nobody()
    {
        // Given some that never say anything, some that stop in the middle of a record, some that speak another protocol, some that vanish.
        await using var server = TestServer.Echo();
        var dead = new List<Socket>();
        for (var i = 0; i < 20; i++)
        {
            var socket = await server.Dial();
            dead.Add(socket);
            switch (i % 4)
            {
                case 1:
                    await socket.SendAsync(new byte[] { 22, 3, 1, 2, 0, 1 });
                    break;
                case 2:
                    await socket.SendAsync("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"u8.ToArray());
                    break;
                case 3:
                    socket.Close(0);
                    break;
            }
        }

        // When somebody comes who means it.
        await using var stream = await server.Open();
        await stream.WriteAsync(new byte[] { 1, 2, 3 });
        var echoed = new byte[3];
        await stream.ReadExactlyAsync(echoed).AsTask().WaitAsync(Wait.Limit);

        // Then they are served, and none of the others was an unhandled error.
        Assert.That(echoed, Is.EqualTo(new byte[] { 1, 2, 3 }));
        Assert.That(server.Unhandled, Is.Empty);
        dead.ForEach(socket => socket.Dispose());
    }

    [Test]
    public async Task A_plain_request_gets_one_alert_and_an_end_of_stream_and_no_reset()
    {
        await using var server = TestServer.Echo();
        using var peer = await server.Dial();

        await peer.SendAsync("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"u8.ToArray());
        var answer = new MemoryStream();
        var buffer = new byte[1000];
        while (await peer.ReceiveAsync(buffer).WaitAsync(Wait.Limit) is > 0 and var count)
            answer.Write(buffer, 0, count);

        // An alert record: type 21, version, length 2, fatal.
        Assert.That(answer.ToArray(), Has.Length.EqualTo(7));
        Assert.That(answer.ToArray()[0], Is.EqualTo(21));
        Assert.That(answer.ToArray()[5], Is.EqualTo(2));
        var (_, failure) = await server.FirstEnd;
        Assert.That(failure, Is.InstanceOf<TlsException>().With.Property(nameof(TlsException.Fault)).EqualTo(TlsFault.PeerMisbehaved));
    }

    [Test]
    public async Task A_handshake_that_never_comes_ends_with_its_deadline()
    {
        var clock = new FakeTimeProvider();
        var started = new TaskCompletionSource<TlsConnection>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var server = new TestServer(
            () => new RecordingProtocol(), listenerOptions: new() { TimeProvider = clock, ConnectionStarted = started.SetResult });
        using var peer = await server.Dial();
        var connection = await started.Task.WaitAsync(Wait.Limit);
        await connection.Loop.Drained();
        while (await connection.Loop.Ask(() => connection.State) == TlsState.Unwrapped)
            await Task.Yield();

        clock.Advance(TimeSpan.FromSeconds(60));

        var (ended, failure) = await server.FirstEnd;
        Assert.That((ended, ended.CloseReason), Is.EqualTo((connection, CloseReason.HandshakeTimeout)));
        Assert.That(failure, Is.InstanceOf<TlsException>());
    }

    [Test]
    public async Task Beyond_the_limit_connections_wait_for_a_place()
    {
        await using var server = TestServer.Echo(new() { MaxConnections = 2 });
        var first = await server.Open();
        await using var second = await server.Open();
        var third = server.Open();

        // The third is connected by the operating system, but nobody answers its hello.
        await PlainEcho(second);
        Assert.That((third.IsCompleted, server.Listener.ConnectionCount), Is.EqualTo((false, 2)));

        await first.DisposeAsync();
        await using var served = await third;
        await PlainEcho(served);
    }

    [Test]
    public async Task A_factory_that_throws_costs_its_connection_only()
    {
        var count = 0;
        await using var server = new TestServer(() =>
            Interlocked.Increment(ref count) == 1
                ? throw new InvalidOperationException("a bug")
                : TlsStream.CreateProtocol(stream => stream.CopyToAsync(stream)));
        using var unlucky = await server.Dial();

        Assert.That(await unlucky.ReceiveAsync(new byte[1]).WaitAsync(Wait.Limit), Is.Zero);
        await using var stream = await server.Open();
        await PlainEcho(stream);

        Assert.That(server.Unhandled, Has.Count.EqualTo(1));
        Assert.That(server.Unhandled[0], Does.Contain("could not be started"));
    }

    [Test]
    public async Task Stopping_closes_in_order_and_waits_for_it()
    {
        await using var server = TestServer.Echo();
        await using var stream = await server.Open();
        await PlainEcho(stream);

        var stopping = server.Listener.StopAsync();
        Assert.That(await stream.ReadAsync(new byte[1]).AsTask().WaitAsync(Wait.Limit), Is.Zero, "close_notify came");
        await stream.DisposeAsync();
        await stopping.WaitAsync(Wait.Limit);

        Assert.That((await server.FirstEnd).Connection.CloseReason, Is.EqualTo(CloseReason.Clean));
        Assert.That(server.Listener.ConnectionCount, Is.Zero);
        Assert.That(server.Dial, Throws.InstanceOf<SocketException>());
        await server.Listener.StopAsync().WaitAsync(Wait.Limit);
    }

    [Test]
    public async Task Stopping_without_patience_aborts_what_does_not_answer()
    {
        // Given a peer that is connected and never reads, one in its handshake, and one that says nothing.
        await using var server = TestServer.Echo();
        var application = new RecordingProtocol();
        var deaf = await TlsClient.ConnectAsync("127.0.0.1", server.Port, TestServer.ClientOptions, application).WaitAsync(Wait.Limit);
        await deaf.Loop.Run(() =>
        {
            deaf.Transport.PauseReading();
            deaf.Transport.SetReadBufferLimits(0);
            ((SocketTransport)deaf.Parts.Down.Transport!).PauseReading();
        });
        using var mute = await server.Dial();
        while (server.Listener.ConnectionCount < 2)
            await Task.Yield();

        using var patience = new CancellationTokenSource();
        var stopping = server.Listener.StopAsync(patience.Token);
        await patience.CancelAsync();
        await stopping.WaitAsync(Wait.Limit);

        Assert.That(server.Listener.ConnectionCount, Is.Zero);
        await deaf.Loop.Run(() => deaf.Transport.Abort());
        await application.Lost;
    }

    [Test]
    public async Task The_end_is_told_after_the_application_heard_of_it()
    {
        var order = new List<string>();
        var told = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var listener = TlsListener.Start(
            new IPEndPoint(IPAddress.Loopback, 0),
            new TlsServerOptions { Credential = TestCertificates.Server },
            () => new RecordingProtocol { OnLost = () => order.Add("application") },
            new()
            {
                ConnectionEnded = (_, _) =>
                {
                    order.Add("host");
                    told.SetResult();
                },
            });

        var stream = await TlsClient.OpenStreamAsync("127.0.0.1", listener.LocalEndPoint.Port, TestServer.ClientOptions).WaitAsync(
            Wait.Limit);
        await stream.ShutdownAsync().WaitAsync(Wait.Limit);
        await told.Task.WaitAsync(Wait.Limit);

        Assert.That(string.Join(", ", order), Is.EqualTo("application, host"));
    }

    [Test]
    public async Task An_end_point_in_use_and_options_that_make_no_sense_are_refused_at_once()
    {
        await using var server = TestServer.Echo();
        var options = new TlsServerOptions { Credential = TestCertificates.Server };
        static IProtocol Application() => new RecordingProtocol();

        Assert.Multiple(() =>
        {
            Assert.That(() => TlsListener.Start(server.Listener.LocalEndPoint, options, Application), Throws.InstanceOf<SocketException>());
            Assert.That(() => TlsListener.Start(null!, options, Application), Throws.ArgumentNullException);
            Assert.That(() => TlsListener.Start(new(IPAddress.Loopback, 0), null!, Application), Throws.ArgumentNullException);
            Assert.That(() => TlsListener.Start(new(IPAddress.Loopback, 0), options, null!), Throws.ArgumentNullException);
            Assert.That(
                () => new TlsListenerOptions { MaxConnections = 0 },
                Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains("MaxConnections"));
            Assert.That(
                () => new TlsListenerOptions { Backlog = 0 },
                Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains("Backlog"));
            Assert.That(
                () => TlsListener.Start(
                    new(IPAddress.Loopback, 0), new() { Credential = TestCertificates.Server, EnabledProtocols = 0 }, Application),
                Throws.ArgumentException);
            Assert.That(
                () => TlsListener.Start(
                    new(IPAddress.Loopback, 0), options, Application,
                    new() { Transport = new() { WriteHighWaterMark = 1, WriteLowWaterMark = 2 } }),
                Throws.ArgumentException);
        });
    }

    private static async Task PlainEcho(TlsStream stream)
    {
        await stream.WriteAsync(new byte[] { 7 });
        var echoed = new byte[1];
        await stream.ReadExactlyAsync(echoed).AsTask().WaitAsync(Wait.Limit);
        Assert.That(echoed[0], Is.EqualTo(7));
    }
}
