using System.Security.Authentication;
using TlsFsm.Tests.Connection;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Hosting;

/// <summary>
/// Code that is not ours throws wherever listeners and doors call it: that costs one connection at most, and listeners go on and stop.
/// </summary>
[TestFixture]
public sealed class ForeignCodeInDoorsTests
{
    [TestCaseSource(typeof(ThrowingMembers), nameof(ThrowingMembers.LoggerMembers))]
    public async Task A_listener_whose_logger_throws_goes_on_and_stops(string member)
    {
        // The hosts' own log only: what the connection logs is not theirs.
        var server = new TestServer(
            () => TlsStream.CreateProtocol(stream => stream.CopyToAsync(stream)),
            new TlsServerOptions
            {
                Credential = TestCertificates.Server,
                LoggerFactory = new ThrowingLoggers(member, name => name is "TlsFsm.TlsListener" or "TlsFsm.SerialEventLoop"),
            });
        using (var unlucky = await server.Dial())
            await unlucky.SendAsync("GET / HTTP/1.1\r\n\r\n"u8.ToArray());

        await using (var stream = await server.Open())
            await Echo(stream);

        await server.Listener.StopAsync().WaitAsync(Wait.Limit);
        await server.DisposeAsync();
        Assert.That(server.Listener.ConnectionCount, Is.Zero);
    }

    [TestCaseSource(typeof(ThrowingMembers), nameof(ThrowingMembers.LoggerMembers))]
    public async Task A_listener_stops_whatever_becomes_of_connections_whose_every_logger_throws(string member)
    {
        var server = new TestServer(
            () => TlsStream.CreateProtocol(stream => stream.CopyToAsync(stream)),
            new TlsServerOptions { Credential = TestCertificates.Server, LoggerFactory = new ThrowingLoggers(member) });
        for (var i = 0; i < 3; i++)
        {
            using var unlucky = await server.Dial();
            await unlucky.SendAsync("GET / HTTP/1.1\r\n\r\n"u8.ToArray());
        }

        await server.DisposeAsync();

        Assert.That(server.Listener.ConnectionCount, Is.Zero);
    }

    [TestCaseSource(typeof(ThrowingMembers), nameof(ThrowingMembers.ClockMembers))]
    public async Task A_listener_whose_clock_throws_serves_and_stops(string member)
    {
        var server = TestServer.Echo(new() { TimeProvider = new ThrowingClock(member) });

        await using (var stream = await server.Open())
            await Echo(stream);
        await server.Listener.StopAsync().WaitAsync(Wait.Limit);

        Assert.That((await server.FirstEnd).Connection.CloseReason, Is.EqualTo(CloseReason.Clean));
        await server.DisposeAsync();
    }

    [TestCase("factory")]
    [TestCase("factory returns nothing")]
    [TestCase("ConnectionStarted")]
    [TestCase("ConnectionEnded")]
    [TestCase("UnhandledException")]
    [TestCase("message of the application's exception")]
    public async Task A_callback_of_a_listener_that_throws_costs_its_connection_at_most(string callback)
    {
        var count = 0;
        bool IsFirst(string which) => callback == which && Interlocked.Increment(ref count) == 1;
        await using var listener = TlsListener.Start(
            new System.Net.IPEndPoint(System.Net.IPAddress.Loopback, 0),
            new TlsServerOptions { Credential = TestCertificates.Server },
            () => IsFirst("factory") ? throw new IOException("of the factory")
                : IsFirst("factory returns nothing") ? null!
                : IsFirst("message of the application's exception")
                    ? new RecordingProtocol { OnMade = () => throw new SecretiveException() }
                : IsFirst("UnhandledException") ? new RecordingProtocol { OnMade = () => throw new IOException("of the application") }
                : TlsStream.CreateProtocol(stream => stream.CopyToAsync(stream)),
            new()
            {
                ConnectionStarted = _ =>
                {
                    if (IsFirst("ConnectionStarted"))
                        throw new IOException("of the host");
                },
                ConnectionEnded = (_, _) =>
                {
                    if (callback == "ConnectionEnded")
                        throw new IOException("of the host");
                },
                UnhandledException = (_, _) =>
                {
                    if (callback == "UnhandledException")
                        throw new IOException("of the handler");
                },
            });

        // Given one that meets it.
        try
        {
            await using var first = await TlsClient.OpenStreamAsync("127.0.0.1", listener.LocalEndPoint.Port, TestServer.ClientOptions)
                .WaitAsync(Wait.Limit);
            await Echo(first);
        }
        catch (IOException)
        {
            Assert.That(callback, Is.Not.EqualTo("ConnectionEnded"));
        }

        // Then the next is served, and nobody is left behind.
        await using (var second = await TlsClient.OpenStreamAsync("127.0.0.1", listener.LocalEndPoint.Port, TestServer.ClientOptions)
            .WaitAsync(Wait.Limit))
            await Echo(second);
        await listener.StopAsync().WaitAsync(Wait.Limit);
        Assert.That(listener.ConnectionCount, Is.Zero);
    }

    private static IEnumerable<string> SeamsOfServers =>
        ForeignSeams.All.Where(seam => !seam.StartsWith("Client", StringComparison.Ordinal) && !seam.StartsWith("Cache", StringComparison.Ordinal));

    [TestCaseSource(nameof(SeamsOfServers))]
    public async Task A_listener_goes_on_and_stops_whatever_throws_that_its_options_name(string seam)
    {
        using var seams = new ForeignSeams(seam, at: 1);
        var server = new TestServer(
            () => TlsStream.CreateProtocol(stream => stream.CopyToAsync(stream)), seams.Server(SslProtocols.Tls13));

        // Two may be what the seam's first call costs; a ring is asked to open a ticket when the second comes.
        for (var i = 0; i < 2; i++)
        {
            try
            {
                await using var unlucky = await server.Open(seams.Client(SslProtocols.Tls13));
                await Echo(unlucky);
            }
            catch (Exception exception) when (exception is IOException or AuthenticationException)
            {
                Assert.That(seams.HasThrown, $"{exception}");
            }
        }

        Assert.That(seams.HasThrown);
        await using (var stream = await server.Open(seams.Client(SslProtocols.Tls13)))
            await Echo(stream);
        await server.Listener.StopAsync().WaitAsync(Wait.Limit);
        Assert.That(server.Listener.ConnectionCount, Is.Zero);
        await server.DisposeAsync();
    }

    [TestCase(true, true)]
    [TestCase(true, false)]
    [TestCase(false, true)]
    [TestCase(false, false)]
    public async Task What_a_host_throws_when_it_is_told_of_a_connection_is_thrown_to_whoever_opens_it(bool isServer, bool isStream)
    {
        var pair = new PipePair();
        static void Throw(TlsConnection connection) => throw new InsufficientMemoryException("of the host");

        Task opening = (isServer, isStream) switch
        {
            (true, true) => TlsServer.OpenStreamAsync(pair.Ours, TestServerOptions, connectionStarted: Throw),
            (true, false) => TlsServer.OpenPipeAsync(pair.Ours, TestServerOptions, connectionStarted: Throw),
            (false, true) => TlsClient.OpenStreamAsync(pair.Ours, TestServer.ClientOptions, connectionStarted: Throw),
            (false, false) => TlsClient.OpenPipeAsync(pair.Ours, TestServer.ClientOptions, connectionStarted: Throw),
        };

        Assert.That(async () => await opening, Throws.InstanceOf<InsufficientMemoryException>());
        await pair.Ours.Output.WriteAsync(new byte[] { 1 });
        Assert.That(await pair.Read(1), Is.EqualTo(new byte[] { 1 }), "the pipe is still the caller's");
    }

    [Test]
    public async Task A_host_that_is_told_of_a_connection_stands_on_its_loop()
    {
        await using var server = TestServer.Echo();
        var isOnLoop = false;

        await using var stream = await TlsClient.OpenStreamAsync(
            "127.0.0.1", server.Port, TestServer.ClientOptions, connectionStarted: connection => isOnLoop = connection.Loop.IsOnLoop);

        Assert.That(isOnLoop, Is.True);
    }

    private static TlsServerOptions TestServerOptions => new() { Credential = TestCertificates.Server };

    private static async Task Echo(TlsStream stream)
    {
        await stream.WriteAsync(new byte[] { 7 });
        var echoed = new byte[1];
        await stream.ReadExactlyAsync(echoed).AsTask().WaitAsync(Wait.Limit);
        Assert.That(echoed[0], Is.EqualTo(7));
    }
}
