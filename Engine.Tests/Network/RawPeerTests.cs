using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using TlsFsm.Tests.Hosting;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Network;

/// <summary>
/// What goes over the wire when the peer is wrong: after a fatal error exactly one alert, then the end of our stream; no close_notify
/// after it, no reset that overtakes it.
/// </summary>
[Category("Network")]
[Parallelizable(ParallelScope.All)]
public sealed class RawPeerTests
{
    private static IEnumerable<TestCaseData> Garbage()
    {
        byte[] clientHello = [0x16, 3, 1, 0, 8, 1, 0, 0, 4, 3, 3, 0, 0];
        var random = new byte[100_000];
        new Random(7).NextBytes(random);
        random[0] = 0x80;
        var cases = new (string Name, byte[] Bytes)[]
        {
            ("plain HTTP", "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"u8.ToArray()),
            ("an SSH banner", "SSH-2.0-OpenSSH_9.6\r\n"u8.ToArray()),
            ("100,000 random bytes", random),
            ("zeros", new byte[100]),
            ("a record of 64 KiB", [0x16, 3, 1, 0xFF, 0xFF, .. new byte[2000]]),
            ("application data first", [0x17, 3, 3, 0, 4, 1, 2, 3, 4]),
            ("a Finished first", [0x16, 3, 3, 0, 16, 20, 0, 0, 12, .. new byte[12]]),
            ("an empty handshake record", [0x16, 3, 1, 0, 0, .. clientHello]),
            ("a ClientHello that ends too early", clientHello),
            ("a ClientHello of SSL 2", [0x80, 0x2E, 1, 0, 2, 0, 0x15, 0, 0, 0, 0x10, .. new byte[37]]),
            ("100,000 bytes after a malformed ClientHello", [.. clientHello, .. new byte[100_000]]),
        };
        return cases.Select(one => new TestCaseData(one.Bytes).SetArgDisplayNames(one.Name));
    }

    [TestCaseSource(nameof(Garbage))]
    public async Task A_client_that_sends_no_TLS_gets_one_alert_and_the_end(byte[] garbage)
    {
        await using var server = OurServer.Start();
        using var client = new TcpClient();
        await client.ConnectAsync("127.0.0.1", server.Port);

        await client.GetStream().WriteAsync(garbage);
        var answer = await client.GetStream().ReadToEndAsync();

        AssertOneFatalAlert(answer);
        await AssertNoResetAsync(client.Client);
        var failure = await server.NextFailureAsync();
        Assert.That(failure.Fault, Is.EqualTo(TlsFault.PeerMisbehaved).Or.EqualTo(TlsFault.Incompatible));
        Assert.That((int?)failure.Alert, Is.EqualTo(answer[6]));
    }

    [TestCaseSource(nameof(Garbage))]
    public async Task A_server_that_sends_no_TLS_gets_one_alert_and_the_end(byte[] garbage)
    {
        using var server = new TcpListener(IPAddress.Loopback, 0);
        server.Start();
        var opening = OurClient.OpenAsync(((IPEndPoint)server.LocalEndpoint).Port);
        using var peer = await server.AcceptTcpClientAsync();
        var clientHello = await ReadRecordAsync(peer.GetStream());
        Assert.That(clientHello[0], Is.EqualTo(0x16));

        await peer.GetStream().WriteAsync(garbage);
        var answer = await peer.GetStream().ReadToEndAsync();

        AssertOneFatalAlert(answer);
        await AssertNoResetAsync(peer.Client);
        var failure = await OurClient.FailAsync(opening);
        Assert.That((int?)failure.Alert, Is.EqualTo(answer[6]));
    }

    [TestCase(Cases.Tls12)]
    [TestCase(Cases.Tls13)]
    public async Task A_client_whose_record_was_altered_gets_one_alert_and_the_end(SslProtocols version)
    {
        await using var server = OurServer.Start();
        await using var relay = Relay.ToUs(server.Port);
        await using var client = await SslStreamPeer.ConnectAsync(relay.Port, version);
        await client.ExchangeAsync("over and out"u8.ToArray());

        relay.StrikeNext(RelayFault.Corruption);
        await client.WriteAsync("lost"u8.ToArray());

        // SslStream tells a fatal alert as an exception.
        Assert.That(async () => await client.ReadToEndAsync(), Throws.InstanceOf<IOException>());
        await client.DisposeAsync();
        AssertOneProtectedAlert(await relay.SentByUsAsync(), relay.SentBefore, version);
        var failure = await server.NextFailureAsync();
        Assert.That(failure.Alert, Is.EqualTo(TlsAlert.BadRecordMac));
        Assert.That(failure.Fault, Is.EqualTo(TlsFault.PeerMisbehaved));
    }

    [TestCase(Cases.Tls12)]
    [TestCase(Cases.Tls13)]
    public async Task A_server_whose_record_was_altered_gets_one_alert_and_the_end(SslProtocols version)
    {
        await using var server = SslStreamPeer.Serve(SslStreamPeer.Options(TestCertificates.Server, version), EchoAsync);
        await using var relay = Relay.ToPeer(server.Port);
        await using var stream = await OurClient.OpenAsync(relay.Port);
        await stream.ExchangeAsync("over and out"u8.ToArray());

        relay.StrikeNext(RelayFault.Corruption);
        await stream.WriteAsync("lost");

        Assert.That(
            async () => await stream.ReadToEndAsync(),
            Throws.InstanceOf<TlsException>().With.Property(nameof(TlsException.Alert)).EqualTo(TlsAlert.BadRecordMac));
        AssertOneProtectedAlert(await relay.SentByUsAsync(), relay.SentBefore, version);
    }

    [TestCase(Cases.Tls12)]
    [TestCase(Cases.Tls13)]
    public async Task A_client_that_sends_a_fatal_alert_gets_nothing_but_the_end(SslProtocols version)
    {
        await using var server = OurServer.Start(new TlsServerOptions { Credential = TestCertificates.Untrusted });
        await using var relay = Relay.ToUs(server.Port);
        ExternalTool.Require("openssl");
        await using var client = OpenSslPeer.StartClient(relay.Port, OpenSslPeer.Version(version));

        var sent = await relay.SentByUsAsync();
        Assert.That((await server.NextFailureAsync()).Alert, Is.EqualTo(TlsAlert.UnknownCa));
        Assert.That(Records(sent).Select(record => record.Type), Has.None.EqualTo(0x15));
    }

    [TestCase(Cases.Tls12)]
    [TestCase(Cases.Tls13)]
    public async Task What_a_client_sends_after_our_close_is_discarded_until_its_own_close_notify(SslProtocols version)
    {
        await using var server = OurServer.Start(serve: stream => OurServer.EchoAsync(stream, 12));
        await using var client = await SslStreamPeer.ConnectAsync(server.Port, version);
        await client.ExchangeAsync("over and out"u8.ToArray());
        Assert.That(await client.ReadToEndAsync(), Is.Empty, "It has read our close_notify.");

        await client.WriteAsync(new byte[1024 * 1024]);
        await client.ShutdownAsync();

        await server.NextCleanEndAsync();
    }

    [Test]
    public async Task A_client_that_sends_more_after_our_close_than_the_limit_is_given_up()
    {
        await using var server = OurServer.Start(
            new TlsServerOptions { Credential = TestCertificates.Server, Limits = new TlsLimits { MaxDiscardedAfterClose = 64 * 1024 } },
            stream => OurServer.EchoAsync(stream, 12));
        await using var client = await SslStreamPeer.ConnectAsync(server.Port);
        await client.ExchangeAsync("over and out"u8.ToArray());

        Assert.That(
            async () =>
            {
                while (true)
                    await client.WriteAsync(new byte[64 * 1024]).AsTask().WaitAsync(Wait.Limit);
            },
            Throws.InstanceOf<IOException>());

        var (connection, failure) = await server.NextEndAsync();
        Assert.That(failure, Is.Null, "Nothing that anybody wanted is missing.");
        Assert.That(connection.CloseReason, Is.EqualTo(CloseReason.Unanswered));
    }

    [TestCase(Cases.Tls12)]
    [TestCase(Cases.Tls13)]
    public async Task What_a_server_sends_after_our_close_is_discarded_until_its_own_close_notify(SslProtocols version)
    {
        await using var server = SslStreamPeer.Serve(SslStreamPeer.Options(TestCertificates.Server, version), async peer =>
        {
            await peer.ReadToEndAsync();
            await peer.WriteAsync(new byte[1024 * 1024]);
            await peer.ShutdownAsync();
        });
        await using var stream = await OurClient.OpenAsync(server.Port);

        await stream.WriteAsync("that is all");
        await stream.ShutdownAsync().WaitAsync(Wait.Limit);

        Assert.That(stream.Connection.CloseReason, Is.EqualTo(CloseReason.Clean));
        Assert.That(await server.NextEndAsync(), Is.Null);
    }

    private static void AssertOneFatalAlert(byte[] answer)
    {
        Assert.That(answer, Has.Length.EqualTo(7), Convert.ToHexString(answer.AsSpan(0, Math.Min(answer.Length, 100))));
        Assert.That(answer[0], Is.EqualTo(0x15), "an alert");
        Assert.That(answer[1], Is.EqualTo(3));
        Assert.That(answer[5], Is.EqualTo(2), "fatal");
        Assert.That(answer[6], Is.Not.Zero, "no close_notify");
    }

    /// <summary>
    /// A reset after our end of stream is hidden from who only reads (the system tells the end first), but not from who goes on sending.
    /// </summary>
    private static async Task AssertNoResetAsync(Socket peer)
    {
        for (var i = 0; i < 3; i++)
            await peer.SendAsync(new byte[10_000]).WaitAsync(Wait.Limit);

        peer.Shutdown(SocketShutdown.Send);
        Assert.That(await peer.ReceiveAsync(new byte[1]).WaitAsync(Wait.Limit), Is.Zero);
    }

    private static void AssertOneProtectedAlert(byte[] sent, int before, SslProtocols version)
    {
        // Header, explicit nonce on 1.2, level and description, content type on 1.3, tag.
        var records = Records(sent[before..]);
        Assert.That(records, Has.Count.EqualTo(1));
        Assert.That(records[0], version == Cases.Tls13 ? Is.EqualTo((0x17, 2 + 1 + 16)) : Is.EqualTo((0x15, 8 + 2 + 16)));
    }

    private static List<(int Type, int Length)> Records(byte[] sent)
    {
        var records = new List<(int, int)>();
        for (var at = 0; at < sent.Length; at += 5 + records[^1].Item2)
            records.Add((sent[at], sent[at + 3] << 8 | sent[at + 4]));

        return records;
    }

    private static async Task<byte[]> ReadRecordAsync(NetworkStream stream)
    {
        var header = await stream.ReadExactlyAsync(5);
        return [.. header, .. await stream.ReadExactlyAsync(header[3] << 8 | header[4])];
    }

    private static async Task EchoAsync(SslStream stream)
    {
        var buffer = new byte[4096];
        while (await stream.ReadAsync(buffer) is > 0 and var count)
            await stream.WriteAsync(buffer.AsMemory(0, count));
    }
}
