using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using TlsFsm.Cli;
using TlsFsm.Tests.Hosting;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Cli;

/// <summary>Both commands against each other, over loopback.</summary>
public sealed class ConnectAndServeTests
{
    private const string Request = "GET / HTTP/1.0\r\n\r\n";

    private PemFolder _files = null!;

    [OneTimeSetUp]
    public void SetUp() => _files = new PemFolder();

    [OneTimeTearDown]
    public void TearDown() => _files.Dispose();

    [TestCase("1.2")]
    [TestCase("1.3")]
    public async Task A_page_is_served_read_and_closed_in_order(string version)
    {
        var (server, port) = await CliRun.ServeAsync([.. _files.Credential, "--www", "--once"]);
        await using var _ = server;

        var client = await CliRun.ToEndAsync(Request, ["connect", $"localhost:{port}", "--cafile", _files.Root, "--tls", version]);
        var served = await server.ResultAsync();

        Assert.That(client.ExitCode, Is.Zero, client.Errors);
        Assert.That(client.Data, Does.StartWith("HTTP/1.1 200 OK\r\n").And.Contain($"TLS {version}").And.EndWith("</html>\n"));
        Assert.That(client.Errors, Is.Empty);
        Assert.That(served.ExitCode, Is.Zero);
        Assert.That(served.Errors, Does.Match(@"^#1 (127\.0\.0\.1|\[::1\]):\d+: Clean\n$"));
    }

    [Test]
    public async Task A_server_answers_clients_that_try_either_loopback_address([Values("127.0.0.1", "::1")] string address)
    {
        if (!CanBind(IPAddress.Parse(address)))
            Assert.Ignore($"This machine has no {address}.");

        var (server, port) = await CliRun.ServeAsync([.. _files.Credential, "--www"]);
        await using var _ = server;
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Parse(address), port);
        await using var stream = await TlsClient.OpenStreamAsync(
            socket, new TlsClientOptions { TargetHost = "localhost", Verification = TestCertificates.Verification });

        await stream.WriteAsync("GET / HTTP/1.0\r\n\r\n"u8.ToArray());
        var page = await new StreamReader(stream).ReadToEndAsync();

        Assert.That(page, Does.StartWith("HTTP/1.1 200 OK\r\n"));
    }

    [Test]
    public async Task A_page_that_a_client_leaves_without_close_notify_is_a_page_served()
    {
        var (server, port) = await CliRun.ServeAsync([.. _files.Credential, "--www"]);
        await using var _ = server;
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, port);
        await using var client = new SslStream(
            new NetworkStream(socket), leaveInnerStreamOpen: false, (_, certificate, _, _) => certificate is not null);
        await client.AuthenticateAsClientAsync("localhost");
        await client.WriteAsync("GET / HTTP/1.0\r\n\r\n"u8.ToArray());
        await new StreamReader(client).ReadToEndAsync();

        // As browsers do: the socket ends, and no close_notify has answered ours.
        socket.Shutdown(SocketShutdown.Both);

        await server.Errors.WaitForAsync("page served; the client closed the socket in place of a close_notify, as browsers do\n");
    }

    [Test]
    public async Task Echo_gives_back_every_byte_though_the_reader_is_stuck_for_a_while()
    {
        var (server, port) = await CliRun.ServeAsync(_files.Credential);
        await using var _ = server;
        await using var client = CliRun.Start("connect", $"127.0.0.1:{port}", "--cafile", _files.Root);
        var data = RandomNumberGenerator.GetBytes(64 * 1024 * 1024);

        // Nobody reads, so everything stops: much less than the whole fits into the sockets and queues in between. That something
        // does not happen can only be waited for.
        client.Output.GetStuck();
        var sending = client.SendAsync(data);
        var isHeldBack = await Task.WhenAny(sending, Task.Delay(500)) != sending;
        client.Output.LetGo();
        await sending.WaitAsync(ExternalTool.Patience);
        await client.Output.WaitForLengthAsync(data.Length);
        client.Cancel();
        var result = await client.ResultAsync();
        await server.Errors.WaitForAsync("Clean");

        Assert.That(isHeldBack, Is.True, "stdin was read on while stdout was stuck");
        Assert.That(client.Output.ToArray().AsSpan().SequenceEqual(data), Is.True);
        Assert.That(result.ExitCode, Is.EqualTo((int)ExitCode.Cancelled));
        Assert.That(result.Errors, Is.Empty);
    }

    [TestCase("1.2")]
    [TestCase("1.3")]
    public async Task The_end_of_the_input_ends_the_run_after_the_peers_answer(string version)
    {
        var (server, port) = await CliRun.ServeAsync(_files.Credential);
        await using var _ = server;

        var client = await CliRun.ToEndAsync("hi\n", ["connect", $"localhost:{port}", "--cafile", _files.Root, "--tls", version]);
        await server.Errors.WaitForAsync("Clean");

        Assert.That(client.ExitCode, Is.Zero, client.Errors);
        Assert.That(client.Data, Is.EqualTo("hi\n"));
        Assert.That(client.Errors, Is.Empty);
    }

    [Test]
    public async Task What_the_peer_sends_after_the_end_of_the_input_is_still_written_out()
    {
        // Given a server that answers only when the client has said that no more comes.
        var options = new TlsServerOptions { Credential = TestCertificates.Server };
        await using var listener = TlsListener.Start(
            new IPEndPoint(IPAddress.Loopback, 0), options, () => TlsStream.CreateProtocol(async stream =>
            {
                using var request = new MemoryStream();
                await stream.CopyToAsync(request);
                await stream.WriteAsync(System.Text.Encoding.ASCII.GetBytes($"{request.Length} bytes"));
            }));

        var client = await CliRun.ToEndAsync("hi\n", ["connect", $"localhost:{listener.LocalEndPoint.Port}", "--cafile", _files.Root]);

        Assert.That(client.ExitCode, Is.Zero, client.Errors);
        Assert.That(client.Data, Is.EqualTo("3 bytes"));
    }

    [Test]
    public async Task Sink_counts_and_cancelling_the_server_is_its_regular_end()
    {
        var (server, port) = await CliRun.ServeAsync([.. _files.Credential, "--sink"]);
        await using var _ = server;
        var options = new TlsClientOptions { TargetHost = "localhost", Verification = TestCertificates.Verification };

        await using (var client = await TlsClient.OpenStreamAsync("127.0.0.1", port, options))
            await client.WriteAsync(new byte[100_000]);
        await server.Errors.WaitForAsync("bytes received");
        server.Cancel();
        var served = await server.ResultAsync();

        Assert.That(served.ExitCode, Is.Zero);
        Assert.That(served.Errors, Does.Match(@"^#1 \S+ Clean, 100000 bytes received\n$"));
    }

    [Test]
    public async Task A_stopped_server_says_goodbye_to_whoever_is_connected()
    {
        var (server, port) = await CliRun.ServeAsync(_files.Credential);
        await using var _ = server;
        await using var client = CliRun.Start("connect", $"localhost:{port}", "--cafile", _files.Root);
        await client.SendAsync("hello"u8.ToArray());
        await client.Output.WaitForLengthAsync(5);

        server.Cancel();
        var served = await server.ResultAsync();
        var result = await client.ResultAsync();

        Assert.That(served.ExitCode, Is.Zero);
        Assert.That(result.ExitCode, Is.Zero, result.Errors);
        Assert.That(result.Data, Is.EqualTo("hello"));
    }

    [Test]
    public async Task A_dead_client_blocks_nobody()
    {
        var (server, port) = await CliRun.ServeAsync([.. _files.Credential, "--www"]);
        await using var _ = server;
        using var dead = new TcpClient();
        await dead.ConnectAsync(IPAddress.Loopback, port);

        var client = await CliRun.ToEndAsync(Request, ["connect", $"localhost:{port}", "--cafile", _files.Root]);

        Assert.That(client.ExitCode, Is.Zero, client.Errors);
    }

    [Test]
    public async Task Once_is_one_connection_on_whichever_address()
    {
        var (server, port) = await CliRun.ServeAsync([.. _files.Credential, "--once"]);
        await using var _ = server;
        if (!server.Out.Text.Contains("[::1]", StringComparison.Ordinal))
            Assert.Ignore("There is no IPv6 here, so there is one address only.");
        using var first = new TcpClient();
        await first.ConnectAsync(IPAddress.Loopback, port);
        await using var tls = await TlsClient.OpenStreamAsync(
            first.Client,
            new TlsClientOptions { TargetHost = "localhost", Verification = CertificateVerification.TrustedRootsFromFiles(_files.Root) });

        using var second = new TcpClient(AddressFamily.InterNetworkV6);
        await second.ConnectAsync(IPAddress.IPv6Loopback, port);
        var refused = second.Client.ReceiveAsync(new byte[1]);
        await ((Task)refused).WaitAsync(Wait.Limit).ContinueWith(
            _ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);

        Assert.That(refused.IsFaulted || refused.Result == 0, "it hears of it while the first is there");
        await tls.WriteAsync("hello"u8.ToArray());
        await tls.ReadExactlyAsync(new byte[5]).AsTask().WaitAsync(Wait.Limit);
        await tls.DisposeAsync();
        var served = await server.ResultAsync();
        Assert.That(served.ExitCode, Is.Zero, served.Errors);
        Assert.That(served.Errors, Does.Contain("#1 ").And.Not.Contain("#2"));
    }

    [Test]
    public async Task A_trace_shows_the_steps_of_both_machines_and_what_was_negotiated()
    {
        var (server, port) = await CliRun.ServeAsync([.. _files.Credential, "--www", "--trace", "--once", "--alpn", "http/1.1"]);
        await using var _ = server;

        var client = await CliRun.ToEndAsync(
            Request, ["connect", $"localhost:{port}", "--cafile", _files.Root, "--trace", "--alpn", "h2,http/1.1"]);
        var served = await server.ResultAsync();

        foreach (var (trace, prefix) in new[] { (client.Errors, ""), (served.Errors, "#1 ") })
        {
            Assert.That(trace, Does.Match($@"(?m)^{prefix}\d\d:\d\d:\d\d\.\d\d\d Tls: Unwrapped --Connected--> DoHandshake$"));
            Assert.That(
                trace, Does.Match(
                    $@"(?m)^{prefix}\d\d:\d\d:\d\d\.\d\d\d negotiated TLS 1\.3, TLS_\w+, \w+, ALPN http/1\.1, server name localhost"));
            Assert.That(
                trace, Does.Contain("Tls: Shutdown --TransportLost--> Unwrapped").And.Contain(
                    "App: Eof --TransportLost--> ConnectionLost"));
        }

        Assert.That(client.Errors, Does.EndWith("ended: Clean\n"));
    }

    [Test]
    public async Task A_required_client_certificate_lets_in_who_has_one()
    {
        var (certificate, key) = _files.Write("client", TestCertificates.Client);
        var (server, port) = await CliRun.ServeAsync([.. _files.Credential, "--www", "--once", "--client-ca", _files.Root]);
        await using var _ = server;

        var client = await CliRun.ToEndAsync(
            Request, ["connect", $"localhost:{port}", "--cafile", _files.Root, "--cert", certificate, "--key", key]);

        Assert.That(client.ExitCode, Is.Zero, client.Errors);
        Assert.That(client.Data, Does.Contain("CN=client EcdsaP256").And.Contain("CN=TlsFsm test intermediate"));
        Assert.That((await server.ResultAsync()).ExitCode, Is.Zero);
    }

    [TestCase("1.2", "HandshakeFailure")]
    [TestCase("1.3", "CertificateRequired")]
    public async Task A_required_client_certificate_keeps_out_who_has_none(string version, string alert)
    {
        var (server, port) = await CliRun.ServeAsync([.. _files.Credential, "--once", "--client-ca", _files.Root]);
        await using var _ = server;

        var client = await CliRun.ToEndAsync(Request, ["connect", $"localhost:{port}", "--cafile", _files.Root, "--tls", version]);
        var served = await server.ResultAsync();

        Assert.That(client.ExitCode, Is.EqualTo((int)ExitCode.Tls));
        Assert.That(client.Errors, Does.Contain($"[received alert").And.Contain(alert));
        Assert.That(served.ExitCode, Is.EqualTo((int)ExitCode.Tls));
        Assert.That(served.Errors, Does.Contain("Failed").And.Contain($"[sent alert").And.Contain(alert));
    }

    [Test]
    public async Task A_client_certificate_of_another_authority_is_refused()
    {
        var (certificate, key) = _files.Write("stranger", TestCertificates.UntrustedClient);
        var (server, port) = await CliRun.ServeAsync([.. _files.Credential, "--once", "--client-ca", _files.Root]);
        await using var _ = server;

        var client = await CliRun.ToEndAsync(
            Request, ["connect", $"localhost:{port}", "--cafile", _files.Root, "--cert", certificate, "--key", key]);
        var served = await server.ResultAsync();

        Assert.That(client.ExitCode, Is.EqualTo((int)ExitCode.Tls));
        Assert.That(client.Errors, Does.Contain("[received alert 48 UnknownCa]"));
        Assert.That(served.ExitCode, Is.EqualTo((int)ExitCode.Tls));
        Assert.That(served.Errors, Does.Contain("CN=untrusted client").And.Contain("[sent alert 48 UnknownCa]"));
    }

    [Test]
    public async Task A_certificate_for_another_host_is_refused_with_both_names()
    {
        var (server, port) = await CliRun.ServeAsync([.. _files.Credential, "--once"]);
        await using var _ = server;

        var client = await CliRun.ToEndAsync(
            Request, ["connect", $"localhost:{port}", "--cafile", _files.Root, "--servername", "wrong.example"]);
        var served = await server.ResultAsync();

        Assert.That(client.ExitCode, Is.EqualTo((int)ExitCode.Tls));
        Assert.That(client.Errors, Does.StartWith($"tlsfsm: localhost:{port}: ").And.Contain("wrong.example").And.Contain("localhost"));
        Assert.That(client.Errors.TrimEnd('\n'), Does.Not.Contain("\n"), "one line");
        Assert.That(client.Data, Is.Empty);
        Assert.That(served.Errors, Does.Contain("[received alert 42 BadCertificate]"));
    }

    [Test]
    public async Task An_authority_that_is_not_trusted_is_refused_unless_any_is_accepted()
    {
        var (server, port) = await CliRun.ServeAsync([.. _files.Credential, "--www"]);
        await using var _ = server;

        var refused = await CliRun.ToEndAsync(Request, ["connect", $"localhost:{port}", "--cafile", _files.OtherRoot]);
        var insecure = await CliRun.ToEndAsync(Request, ["connect", $"localhost:{port}", "--insecure"]);

        Assert.That(refused.ExitCode, Is.EqualTo((int)ExitCode.Tls));
        Assert.That(refused.Errors, Does.Contain("[sent alert 48 UnknownCa]"));
        Assert.That(insecure.ExitCode, Is.Zero);
        Assert.That(
            insecure.Errors,
            Does.StartWith(
                "tlsfsm: warning: --insecure: any certificate of the peer is accepted\ntlsfsm: warning: --insecure: The server's "
                + "certificate"));
        Assert.That(insecure.Data, Does.StartWith("HTTP/1.1 200 OK"));
    }

    [Test]
    public async Task Protocols_without_overlap_are_refused_with_their_alert()
    {
        var (server, port) = await CliRun.ServeAsync([.. _files.Credential, "--once", "--alpn", "h2"]);
        await using var _ = server;

        var client = await CliRun.ToEndAsync(Request, ["connect", $"localhost:{port}", "--cafile", _files.Root, "--alpn", "http/1.1"]);

        Assert.That(client.ExitCode, Is.EqualTo((int)ExitCode.Tls));
        Assert.That(client.Errors, Does.Contain("[received alert 120 NoApplicationProtocol]"));
        Assert.That((await server.ResultAsync()).ExitCode, Is.EqualTo((int)ExitCode.Tls));
    }

    [Test]
    public async Task Versions_without_overlap_are_refused_with_their_alert()
    {
        var (server, port) = await CliRun.ServeAsync([.. _files.Credential, "--once", "--tls", "1.3"]);
        await using var _ = server;

        var client = await CliRun.ToEndAsync(Request, ["connect", $"localhost:{port}", "--cafile", _files.Root, "--tls", "1.2"]);

        Assert.That(client.ExitCode, Is.EqualTo((int)ExitCode.Tls));
        Assert.That(client.Errors, Does.Contain("[received alert 70 ProtocolVersion]"));
    }

    [Test]
    public async Task A_request_head_without_end_is_answered_and_cut_off()
    {
        var (server, port) = await CliRun.ServeAsync([.. _files.Credential, "--www", "--once"]);
        await using var _ = server;

        var client = await CliRun.ToEndAsync(
            $"GET / HTTP/1.0\r\nX: {new string('x', 17_000)}", ["connect", $"localhost:{port}", "--cafile", _files.Root]);

        Assert.That(client.ExitCode, Is.Zero, client.Errors);
        Assert.That(client.Data, Does.StartWith("HTTP/1.1 431 "));
        Assert.That((await server.ResultAsync()).ExitCode, Is.Zero);
    }

    [Test]
    public async Task A_mismatched_key_is_found_before_anything_listens()
    {
        var (_, key) = _files.Write("mismatched", TestCertificates.Client);

        var result = await CliRun.ToEndAsync("serve", "0", "--cert", _files.Certificate, "--key", key);

        Assert.That(result.ExitCode, Is.EqualTo((int)ExitCode.Usage));
        Assert.That(result.Errors, Does.Contain("mismatched.key'").And.Contain("belongs to none of the 2 certificates"));
        Assert.That(result.Text, Is.Empty);
    }

    private static bool CanBind(IPAddress address)
    {
        try
        {
            using var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            socket.Bind(new IPEndPoint(address, 0));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
