using System.Net.Sockets;
using Microsoft.Extensions.Time.Testing;

namespace TlsFsm.Tests.Hosting;

/// <summary>Who waits for a place at a listener, and who makes room.</summary>
[TestFixture]
public sealed class AdmissionTests
{
    [Test]
    public async Task When_all_places_are_taken_by_handshakes_the_oldest_makes_room_for_one_who_waits()
    {
        // Given a listener whose places are taken by two who say nothing.
        var clock = new FakeTimeProvider();
        await using var server = TestServer.Echo(new() { MaxConnections = 2, TimeProvider = clock });
        using var oldest = await DialAsync(server, 1);
        clock.Advance(TimeSpan.FromSeconds(1));
        using var newer = await DialAsync(server, 2);

        // When somebody waits, and the oldest has had its time.
        using var waiting = await server.Dial();
        clock.Advance(TimeSpan.FromSeconds(4));

        // Then it is served, and the oldest is gone; the newer one is still there.
        await using var stream = await TlsClient.OpenStreamAsync(waiting, TestServer.ClientOptions).WaitAsync(Wait.Limit);
        Assert.That((await server.FirstEnd).Connection.CloseReason, Is.EqualTo(CloseReason.LocalAbort));
        Assert.That(await ReadAsync(oldest), Is.False);
        Assert.That(server.Ends, Has.Count.EqualTo(1));
        Assert.That(server.Listener.ConnectionCount, Is.EqualTo(2));
    }

    [Test]
    public async Task While_nobody_waits_a_slow_handshake_has_all_its_time()
    {
        var clock = new FakeTimeProvider();
        var started = new TaskCompletionSource<TlsConnection>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var server = TestServer.Echo(
            new() { MaxConnections = 1, TimeProvider = clock, ConnectionStarted = started.SetResult });
        using var silent = await server.Dial();
        var connection = await started.Task.WaitAsync(Wait.Limit);
        await connection.Loop.Until(() => connection.State != TlsState.Unwrapped);

        clock.Advance(TimeSpan.FromSeconds(59));
        clock.Advance(TimeSpan.FromSeconds(1));

        Assert.That((await server.FirstEnd).Connection.CloseReason, Is.EqualTo(CloseReason.HandshakeTimeout));
    }

    [Test]
    public async Task Those_who_are_served_are_never_shed()
    {
        var clock = new FakeTimeProvider();
        await using var server = TestServer.Echo(new() { MaxConnections = 1, TimeProvider = clock, HandshakeGrace = TimeSpan.Zero });
        await using var served = await server.Open();

        // The server's handshake ends after the client's: an echo shows that it has.
        await EchoAsync(served);
        using var waiting = await server.Dial();

        clock.Advance(TimeSpan.FromSeconds(30));
        await EchoAsync(served);
        await served.DisposeAsync();

        await using var next = await TlsClient.OpenStreamAsync(waiting, TestServer.ClientOptions).WaitAsync(Wait.Limit);
        await EchoAsync(next);
        Assert.That((await server.FirstEnd).Connection.CloseReason, Is.EqualTo(CloseReason.Clean));
    }

    [Test]
    public async Task Beyond_the_limit_of_handshakes_newcomers_wait_and_those_who_are_served_do_not_count()
    {
        await using var server = TestServer.Echo(new() { MaxHandshakes = 1, HandshakeGrace = TimeSpan.FromDays(1) });
        await using var served = await server.Open();
        var silent = await DialAsync(server, 2);
        var waiting = server.Open();

        // Connected by the operating system, but nobody answers its hello.
        await EchoAsync(served);
        Assert.That((waiting.IsCompleted, server.Listener.ConnectionCount), Is.EqualTo((false, 2)));

        silent.Dispose();
        await using var next = await waiting.WaitAsync(Wait.Limit);
        await EchoAsync(next);
    }

    [Test]
    public async Task A_storm_beyond_the_limit_is_served_in_full()
    {
        await using var server = TestServer.Echo(new() { MaxHandshakes = 4, MaxConnections = 16, HandshakeGrace = TimeSpan.FromDays(1) });

        await Task.WhenAll(Enumerable.Range(0, 60).Select(async _ =>
        {
            await using var stream = await server.Open();
            await EchoAsync(stream);
        })).WaitAsync(Wait.Limit);

        await server.Listener.StopAsync().WaitAsync(Wait.Limit);
        Assert.That(server.Ends.Select(end => end.Connection.CloseReason), Has.Exactly(60).EqualTo(CloseReason.Clean));
        Assert.That(server.Listener.ConnectionCount, Is.Zero);
    }

    [Test]
    public void Bounds_that_make_no_sense_are_refused()
    {
        Assert.That(() => new TlsListenerOptions { MaxHandshakes = 0 }, Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(
            () => new TlsListenerOptions { HandshakeGrace = TimeSpan.FromTicks(-1) }, Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(new TlsListenerOptions().HandshakeGrace, Is.EqualTo(TimeSpan.FromSeconds(5)));
        Assert.That(new TlsListenerOptions { MaxHandshakes = 1 }.MaxHandshakes, Is.EqualTo(1));
    }

    /// <summary>Connected, and accepted.</summary>
    private static async Task<Socket> DialAsync(TestServer server, int count)
    {
        var socket = await server.Dial();
        using var limit = new CancellationTokenSource(Wait.Limit);
        while (server.Listener.ConnectionCount < count)
        {
            limit.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }

        return socket;
    }

    private static async Task EchoAsync(TlsStream stream)
    {
        await stream.WriteAsync(new byte[] { 1, 2, 3 });
        await stream.ReadExactlyAsync(new byte[3]).AsTask().WaitAsync(Wait.Limit);
    }

    /// <returns>Whether there is something to read; false for an end or a reset.</returns>
    private static async Task<bool> ReadAsync(Socket socket)
    {
        try
        {
            return await socket.ReceiveAsync(new byte[1]).WaitAsync(Wait.Limit) > 0;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
