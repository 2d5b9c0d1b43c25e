using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using TlsFsm.Tests.Hosting;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Network;

/// <summary>Peers that are gone: in the middle of the handshake, in the middle of a record, or without ever saying so.</summary>
[Category("Network")]
[Parallelizable(ParallelScope.All)]
public sealed class VanishingPeerTests
{
    [TestCase(Cases.Tls12, RelayFault.EndOfStream)]
    [TestCase(Cases.Tls12, RelayFault.Reset)]
    [TestCase(Cases.Tls13, RelayFault.EndOfStream)]
    [TestCase(Cases.Tls13, RelayFault.Reset)]
    public async Task A_client_that_vanishes_at_any_step_costs_its_own_connection(SslProtocols version, RelayFault fault)
    {
        // A client certificate makes for more steps.
        await using var server = OurServer.Start(OurServer.AskingFor(ClientCertificateMode.Require));

        var steps = 0;
        for (var hasStruck = true; hasStruck; steps++)
        {
            foreach (var bytes in new[] { 0, 3, 12 })
            {
                await using var relay = Relay.ToUs(server.Port, fault, records: steps, bytes);
                await SufferAsync(async () =>
                {
                    await using var client = await SslStreamPeer.ConnectAsync(relay.Port, version, TestCertificates.Client);
                    await client.ExchangeAsync("over and out"u8.ToArray());
                    await client.ShutdownAsync();
                    await client.ReadToEndAsync();
                });

                var (connection, failure) = await server.NextEndAsync();
                hasStruck = relay.HasStruck;
                CheckEnd(connection, failure, fault, hasStruck, $"{fault} after {steps} records and {bytes} bytes");
            }
        }

        Assert.That(steps, Is.GreaterThan(6), "Handshake, data and close_notify have that many records at least.");
        await server.StopAsync();
        Assert.That(server.ConnectionCount, Is.Zero);
    }

    [TestCase(Cases.Tls12, RelayFault.EndOfStream)]
    [TestCase(Cases.Tls12, RelayFault.Reset)]
    [TestCase(Cases.Tls13, RelayFault.EndOfStream)]
    [TestCase(Cases.Tls13, RelayFault.Reset)]
    public async Task A_server_that_vanishes_at_any_step_is_told_as_what_it_is(SslProtocols version, RelayFault fault)
    {
        await using var server = SslStreamPeer.Serve(SslStreamPeer.Options(TestCertificates.Server, version), EchoAsync);

        var steps = 0;
        for (var hasStruck = true; hasStruck; steps++)
        {
            foreach (var bytes in new[] { 0, 3, 12 })
            {
                await using var relay = Relay.ToPeer(server.Port, fault, records: steps, bytes);
                TlsConnection? connection = null;
                Exception? failure = null;
                try
                {
                    await using var stream = await OurClient.OpenAsync(relay.Port);
                    connection = stream.Connection;
                    await stream.ExchangeAsync("over and out"u8.ToArray());
                    await stream.ShutdownAsync().WaitAsync(Wait.Limit);
                }
                catch (Exception exception) when (exception is IOException or SocketException)
                {
                    // The socket's own when the reset came before we had seen the connection.
                    failure = exception;
                }

                hasStruck = relay.HasStruck;
                var where = $"{fault} after {steps} records and {bytes} bytes: {failure}";
                if (connection is not null)
                    CheckEnd(connection, failure, fault, hasStruck, where);
                else if (fault == RelayFault.EndOfStream)
                    Assert.That((failure as TlsException)?.Reason, Is.EqualTo(CloseReason.TransportLost), where);
                else
                    Assert.That(failure, Is.Not.Null, where);
            }
        }

        Assert.That(steps, Is.GreaterThan(6), "Handshake, data and close_notify have that many records at least.");
    }

    [Test]
    public async Task A_client_that_never_says_a_word_is_given_up_after_the_deadline()
    {
        await using var server = OurServer.Start(
            new TlsServerOptions { Credential = TestCertificates.Server, HandshakeTimeout = TimeSpan.FromMilliseconds(200) });
        using var silent = new TcpClient();
        await silent.ConnectAsync("127.0.0.1", server.Port);

        var failure = await server.NextFailureAsync();

        Assert.That(failure.Reason, Is.EqualTo(CloseReason.HandshakeTimeout));
        Assert.That(failure.Message, Does.Contain("longer than 0.2 seconds"));
    }

    [Test]
    public async Task A_server_that_never_says_a_word_is_given_up_after_the_deadline()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();

        var failure = await OurClient.FailAsync(
            ((IPEndPoint)silent.LocalEndpoint).Port,
            new TlsClientOptions { TargetHost = TestCertificates.Host, HandshakeTimeout = TimeSpan.FromMilliseconds(200) });

        Assert.That(failure.Reason, Is.EqualTo(CloseReason.HandshakeTimeout));
    }

    [Test]
    public async Task A_client_that_falls_silent_in_the_handshake_is_given_up_after_the_deadline(
        [Values(Cases.Tls12, Cases.Tls13)] SslProtocols version, [Values(1, 2)] int records, [Values(0, 3)] int bytes)
    {
        await using var server = OurServer.Start(
            new TlsServerOptions { Credential = TestCertificates.Server, HandshakeTimeout = TimeSpan.FromMilliseconds(300) });
        await using var relay = Relay.ToUs(server.Port, RelayFault.Silence, records, bytes);
        var connecting = SslStreamPeer.ConnectAsync(relay.Port, version);

        Assert.That((await server.NextFailureAsync()).Reason, Is.EqualTo(CloseReason.HandshakeTimeout));

        // On TLS 1.3 it may be connected by its own lights. It is held until here: forgotten, its socket would be closed behind our back.
        await SufferAsync(async () => await (await connecting.WaitAsync(Wait.Limit)).DisposeAsync());
    }

    [TestCase(Cases.Tls12)]
    [TestCase(Cases.Tls13)]
    public async Task A_close_notify_that_never_arrives_is_waited_for_until_the_deadline(SslProtocols version)
    {
        await using var server = OurServer.Start(
            new TlsServerOptions { Credential = TestCertificates.Server, ShutdownTimeout = TimeSpan.FromMilliseconds(300) },
            stream => OurServer.EchoAsync(stream, 12));
        await using var relay = Relay.ToUs(server.Port);
        await using var client = await SslStreamPeer.ConnectAsync(relay.Port, version);
        await client.ExchangeAsync("over and out"u8.ToArray());

        relay.StrikeNext(RelayFault.Silence);
        await client.ShutdownAsync();

        Assert.That((await server.NextFailureAsync()).Reason, Is.EqualTo(CloseReason.ShutdownTimeout));
    }

    [TestCase(Cases.Tls12)]
    [TestCase(Cases.Tls13)]
    public async Task A_client_that_never_answers_our_close_notify_is_given_up_after_the_deadline(SslProtocols version)
    {
        await using var server = OurServer.Start(
            new TlsServerOptions { Credential = TestCertificates.Server, ShutdownTimeout = TimeSpan.FromMilliseconds(200) },
            stream => OurServer.EchoAsync(stream, 12));
        await using var client = await SslStreamPeer.ConnectAsync(server.Port, version);

        // An SslStream does not answer by itself, and its socket stays open.
        await client.ExchangeAsync("over and out"u8.ToArray());
        Assert.That(await client.ReadToEndAsync(), Is.Empty, "It has read our close_notify.");

        var failure = await server.NextFailureAsync();
        Assert.That(failure.Reason, Is.EqualTo(CloseReason.ShutdownTimeout));
    }

    [TestCase(Cases.Tls12)]
    [TestCase(Cases.Tls13)]
    public async Task A_server_that_never_answers_our_close_notify_is_given_up_after_the_deadline(SslProtocols version)
    {
        var end = new TaskCompletionSource();
        await using var server = SslStreamPeer.Serve(SslStreamPeer.Options(TestCertificates.Server, version), _ => end.Task);
        await using var stream = await OurClient.OpenAsync(server.Port, new TlsClientOptions
        {
            TargetHost = TestCertificates.Host,
            Verification = TestCertificates.Verification,
            ShutdownTimeout = TimeSpan.FromMilliseconds(200),
        });

        var closing = async () => await stream.ShutdownAsync().WaitAsync(Wait.Limit);

        Assert.That(
            closing, Throws.InstanceOf<TlsException>().With.Property(nameof(TlsException.Reason)).EqualTo(CloseReason.ShutdownTimeout));
        end.SetResult();
    }

    private static void CheckEnd(TlsConnection connection, Exception? failure, RelayFault fault, bool hasStruck, string where)
    {
        if (!hasStruck)
        {
            Assert.That(connection.CloseReason, Is.EqualTo(CloseReason.Clean), where);
            return;
        }

        if (connection.Session is null)
        {
            Assert.That(connection.CloseReason, Is.EqualTo(CloseReason.TransportLost), where);
            Assert.That(failure, Is.InstanceOf<IOException>(), where);
            return;
        }

        // Once all is said, the loss of the transport is a regular end.
        var expected = fault == RelayFault.EndOfStream
            ? Is.EqualTo(CloseReason.Truncated).Or.EqualTo(CloseReason.Unanswered).Or.EqualTo(CloseReason.Clean)
            : Is.EqualTo(CloseReason.TransportLost).Or.EqualTo(CloseReason.Clean);
        Assert.That(connection.CloseReason, expected, where);
    }

    /// <summary>What the peer goes through is not our subject here.</summary>
    private static async Task SufferAsync(Func<Task> action)
    {
        try
        {
            await action();
        }
        catch (Exception exception) when (exception is IOException or AuthenticationException or SocketException)
        {
            // It was cut off.
        }
    }

    private static async Task EchoAsync(SslStream stream)
    {
        var buffer = new byte[4096];
        while (await stream.ReadAsync(buffer) is > 0 and var count)
            await stream.WriteAsync(buffer.AsMemory(0, count));
        await stream.ShutdownAsync();
    }
}
