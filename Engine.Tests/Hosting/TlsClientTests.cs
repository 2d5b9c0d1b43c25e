using System.Net;
using System.Net.Sockets;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Hosting;

/// <summary>Connecting, over real TLS on the loopback interface: success, refusal, cancellation in every phase.</summary>
[TestFixture]
public sealed class TlsClientTests
{
    [Test]
    public async Task A_connection_can_be_watched_from_its_first_step_on()
    {
        await using var server = TestServer.Echo();
        var steps = new System.Collections.Concurrent.ConcurrentQueue<string>();

        await using var stream = await TlsClient.OpenStreamAsync(
            "127.0.0.1", server.Port, TestServer.ClientOptions,
            connectionStarted: connection => connection.Transitioned = step => steps.Enqueue(step.Trigger)).WaitAsync(Wait.Limit);

        Assert.That(steps.Take(2), Is.EqualTo(new[] { "Connected", "HandshakeCompleted" }));
    }

    [Test]
    public void What_looks_at_a_connection_before_it_begins_and_throws_is_the_callers_own_exception() =>
        Assert.That(
            async () => await TlsClient.OpenStreamAsync(
                "127.0.0.1", 1, TestServer.ClientOptions, connectionStarted: _ => throw new FormatException("mine")).WaitAsync(Wait.Limit),
            Throws.InstanceOf<FormatException>());

    [Test]
    public async Task A_connection_comes_after_its_handshake_with_what_was_settled_and_the_application_connected()
    {
        await using var server = TestServer.Echo();
        var application = new RecordingProtocol();

        var connection = await Connect(server.Port, application);

        Assert.That(connection.Session, Is.Not.Null);
        Assert.That(connection.Handshake.IsCompletedSuccessfully, Is.True);
        Assert.That(await application.Made, Is.SameAs(connection.Transport));
        Assert.That(connection.Transport.GetExtraInfo(ExtraInfo.PeerName), Is.EqualTo(server.Listener.LocalEndPoint));
        await End(connection, application);
        Assert.That(connection.CloseReason, Is.EqualTo(CloseReason.Clean));
    }

    [Test]
    public async Task Every_address_of_a_name_is_tried()
    {
        // "localhost" usually has ::1 first, where nobody listens.
        await using var server = TestServer.Echo();
        var application = new RecordingProtocol();

        var connection = await TlsClient.ConnectAsync("localhost", server.Port, TestServer.ClientOptions, application).WaitAsync(
            Wait.Limit);

        await End(connection, application);
    }

    [Test]
    public async Task A_socket_that_is_connected_already_will_do()
    {
        await using var server = TestServer.Echo();
        var application = new RecordingProtocol();
        var socket = await server.Dial();

        var connection = await TlsClient.ConnectAsync(socket, TestServer.ClientOptions, application).WaitAsync(Wait.Limit);

        Assert.That(connection.GetSocket(), Is.SameAs(socket));
        await End(connection, application);
        await using var stream = await TlsClient.OpenStreamAsync(await server.Dial(), TestServer.ClientOptions).WaitAsync(Wait.Limit);
        await stream.WriteAsync(new byte[] { 42 });
        var echoed = new byte[1];
        await stream.ReadExactlyAsync(echoed).AsTask().WaitAsync(Wait.Limit);
        Assert.That(echoed[0], Is.EqualTo(42));
    }

    [Test]
    public void A_refused_connection_names_host_port_and_address()
    {
        var port = Loopback.FreePort();

        var failure = Assert.ThrowsAsync<SocketException>(() => Connect(port, new RecordingProtocol()));

        Assert.That(failure!.SocketErrorCode, Is.EqualTo(SocketError.ConnectionRefused));
        Assert.That(failure.Message, Does.StartWith($"Could not connect to 127.0.0.1 port {port} (127.0.0.1: "));
    }

    [Test]
    public async Task A_certificate_for_another_host_fails_the_handshake_at_both_ends_and_connects_no_application()
    {
        await using var server = TestServer.Echo();
        var application = new RecordingProtocol();
        var options = new TlsClientOptions { TargetHost = "elsewhere.example", Verification = TestCertificates.Verification };

        var failure = Assert.ThrowsAsync<TlsCertificateException>(
            () => TlsClient.ConnectAsync("127.0.0.1", server.Port, options, application).WaitAsync(Wait.Limit));

        // The alert that the client chose is what the server is told.
        Assert.That(failure!.Host, Is.EqualTo("elsewhere.example"));
        var (connection, serverFailure) = await server.FirstEnd;
        Assert.That(serverFailure, Is.InstanceOf<TlsException>().With.Property(nameof(TlsException.Fault)).EqualTo(TlsFault.PeerAlert)
            .And.Property(nameof(TlsException.Alert)).EqualTo(failure.Alert));
        Assert.That(connection.CloseReason, Is.EqualTo(CloseReason.Failed));
        Assert.That(application.Calls, Is.Empty);
    }

    [Test]
    public async Task An_exception_of_the_application_fails_the_connect_and_ends_the_connection()
    {
        await using var server = TestServer.Echo();
        var bug = new InvalidOperationException("a bug");
        var application = new RecordingProtocol { OnMade = () => throw bug };

        Assert.That(() => Connect(server.Port, application), Throws.Exception.SameAs(bug));

        Assert.That(await application.Lost, Is.SameAs(bug));
        await server.FirstEnd;
    }

    [Test]
    public async Task A_peer_that_goes_away_in_the_handshake_is_an_error([Values] bool reset)
    {
        using var listener = Listen();
        var connecting = Connect(((IPEndPoint)listener.LocalEndPoint!).Port, new RecordingProtocol());
        var peer = await listener.AcceptAsync();
        Assert.That(await peer.ReceiveAsync(new byte[1]), Is.EqualTo(1));

        if (reset)
            peer.Close(0);
        else
            peer.Shutdown(SocketShutdown.Send);

        Assert.That(() => connecting, reset ? Throws.InstanceOf<IOException>() : Throws.InstanceOf<TlsException>());
        peer.Dispose();
    }

    [Test]
    public async Task A_peer_that_never_answers_is_cut_after_the_deadline()
    {
        using var listener = Listen();
        var options = new TlsClientOptions
        {
            TargetHost = TestCertificates.Host, Verification = TestCertificates.Verification,
            HandshakeTimeout = TimeSpan.FromMilliseconds(50),
        };

        var failure = Assert.ThrowsAsync<TlsException>(
            () => TlsClient.ConnectAsync("127.0.0.1", ((IPEndPoint)listener.LocalEndPoint!).Port, options, new RecordingProtocol())
                .WaitAsync(Wait.Limit));

        Assert.That(failure!.Reason, Is.EqualTo(CloseReason.HandshakeTimeout));
        using var peer = await listener.AcceptAsync();
        await ExpectEnd(peer);
    }

    [Test]
    public async Task Cancelled_before_it_began_it_does_not_begin()
    {
        await using var server = TestServer.Echo();
        var application = new RecordingProtocol();
        var cancelled = new CancellationToken(canceled: true);

        Assert.That(
            () => TlsClient.ConnectAsync("127.0.0.1", server.Port, TestServer.ClientOptions, application, cancellationToken: cancelled),
            Throws.InstanceOf<OperationCanceledException>());

        Assert.That(application.Calls, Is.Empty);
    }

    [Test]
    public async Task Cancelled_while_it_connects_it_closes_the_socket()
    {
        // Given a listener whose queue is full, so that further connections hang.
        using var listener = Listen(backlog: 0);
        using var cancellation = new CancellationTokenSource();
        var endPoint = (IPEndPoint)listener.LocalEndPoint!;
        var fillers =
            Enumerable.Range(0, 8).Select(_ => new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp)).ToArray();
        foreach (var filler in fillers)
            _ = filler.ConnectAsync(endPoint).ContinueWith(task => task.Exception, TaskScheduler.Default);

        var connecting = Connect(endPoint.Port, new RecordingProtocol(), cancellation.Token);
        await cancellation.CancelAsync();

        Assert.That(
            () => connecting,
            Throws.InstanceOf<OperationCanceledException>().With.Property(nameof(OperationCanceledException.CancellationToken)).EqualTo(
                cancellation.Token));
        foreach (var filler in fillers)
            filler.Dispose();
    }

    [Test]
    public async Task Cancelled_in_the_handshake_it_closes_the_socket_and_tells_the_application_nothing()
    {
        using var listener = Listen();
        using var cancellation = new CancellationTokenSource();
        var application = new RecordingProtocol();
        var connecting = Connect(((IPEndPoint)listener.LocalEndPoint!).Port, application, cancellation.Token);
        using var peer = await listener.AcceptAsync();
        Assert.That(await peer.ReceiveAsync(new byte[1]), Is.EqualTo(1));

        await cancellation.CancelAsync();

        Assert.That(() => connecting, Throws.InstanceOf<OperationCanceledException>());
        await ExpectEnd(peer);
        Assert.That(application.Calls, Is.Empty);
    }

    [Test]
    public async Task Cancelled_at_any_moment_it_gives_a_connection_or_nothing()
    {
        await using var server = TestServer.Echo();
        var outcomes = new List<bool>();
        for (var turn = 0; turn < 40; turn++)
        {
            // Each round cancels a little later, by counted events and not by time.
            using var cancellation = new CancellationTokenSource();
            var application = new RecordingProtocol();
            var connecting = TlsClient.ConnectAsync(
                "127.0.0.1", server.Port, TestServer.ClientOptions, application, cancellationToken: cancellation.Token);
            for (var i = 0; i < turn * 20 && !connecting.IsCompleted; i++)
                await Task.Yield();
            if (turn == 39)
                await Task.WhenAny(connecting).WaitAsync(Wait.Limit);
            await cancellation.CancelAsync();

            try
            {
                var connection = await connecting.WaitAsync(Wait.Limit);
                outcomes.Add(true);
                await End(connection, application);
                Assert.That(connection.CloseReason, Is.EqualTo(CloseReason.Clean));
            }
            catch (OperationCanceledException)
            {
                outcomes.Add(false);
            }
        }

        Assert.That(outcomes, Has.Some.False.And.Some.True);
        await server.Listener.StopAsync().WaitAsync(Wait.Limit);
        Assert.That(server.Listener.ConnectionCount, Is.Zero);
    }

    [Test]
    public async Task Cancelling_after_the_handshake_changes_nothing()
    {
        await using var server = TestServer.Echo();
        using var cancellation = new CancellationTokenSource();
        var application = new RecordingProtocol();
        var connection = await Connect(server.Port, application, cancellation.Token);

        await cancellation.CancelAsync();
        await connection.Loop.Run(() => connection.Transport.Write([1, 2, 3]));
        await application.Until(() => application.Received.Length == 3, connection.Loop);

        await End(connection, application);
    }

    [Test]
    public void Arguments_are_checked_before_anything_happens()
    {
        var application = new RecordingProtocol();
        var options = TestServer.ClientOptions;
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

        Assert.Multiple(() =>
        {
            Assert.That(() => TlsClient.ConnectAsync("", 1, options, application), Throws.ArgumentException);
            Assert.That(() => TlsClient.ConnectAsync("a", 0, options, application), Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(() => TlsClient.ConnectAsync("a", 65536, options, application), Throws.InstanceOf<ArgumentOutOfRangeException>());
            Assert.That(() => TlsClient.ConnectAsync("a", 1, null!, application), Throws.ArgumentNullException);
            Assert.That(() => TlsClient.ConnectAsync("a", 1, options, null!), Throws.ArgumentNullException);
            Assert.That(
                () => TlsClient.ConnectAsync("a", 1, new TlsClientOptions(), application), Throws.ArgumentException,
                "no target host, no check: to be said explicitly");
            Assert.That(
                () => TlsClient.ConnectAsync("a", 1, options, application, new() { WriteHighWaterMark = 1, WriteLowWaterMark = 2 }),
                Throws.ArgumentException);
            Assert.That(() => TlsClient.ConnectAsync((Socket)null!, options, application), Throws.ArgumentNullException);
            Assert.That(() => TlsClient.ConnectAsync(socket, options, application), Throws.ArgumentException, "not connected");
            Assert.That(
                () => TlsClient.OpenStreamAsync("a", 1, new TlsClientOptions { TargetHost = "a", CallConnectionMade = false }),
                Throws.ArgumentException.With.Message.Contains("CallConnectionMade"));
        });
    }

    private static Task<TlsConnection> Connect(int port, IProtocol application, CancellationToken cancellationToken = default) =>
        TlsClient.ConnectAsync("127.0.0.1", port, TestServer.ClientOptions, application, cancellationToken: cancellationToken)
            .WaitAsync(Wait.Limit, CancellationToken.None);

    private static async Task End(TlsConnection connection, RecordingProtocol application)
    {
        await connection.Loop.Run(connection.Transport.Close);
        Assert.That(await application.Lost, Is.Null);
    }

    /// <summary>The peer sees our end: an end of stream or a reset, after what we had sent.</summary>
    private static async Task ExpectEnd(Socket peer)
    {
        var buffer = new byte[1000];
        try
        {
            while (await peer.ReceiveAsync(buffer).WaitAsync(Wait.Limit) > 0)
            {
            }
        }
        catch (SocketException exception) when (exception.SocketErrorCode == SocketError.ConnectionReset)
        {
            // A deliberate abort: that is an end, too.
        }
    }

    private static Socket Listen(int backlog = 10)
    {
        var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen(backlog);
        return listener;
    }
}
