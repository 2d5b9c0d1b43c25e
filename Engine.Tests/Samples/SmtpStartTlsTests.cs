using System.Net;
using System.Net.Sockets;
using System.Text;
using TlsFsm.Samples.SmtpStartTls;
using TlsFsm.Tests.Cli;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Samples;

/// <summary>The sample of STARTTLS, both sides, against each other and against programs that are not ours.</summary>
[CancelAfter(60_000)]
public sealed class SmtpStartTlsTests
{
    private PemFolder _files = null!;

    [OneTimeSetUp]
    public void CreateFiles() => _files = new PemFolder();

    [OneTimeTearDown]
    public void DeleteFiles() => _files.Dispose();

    [Test]
    public async Task The_client_sends_a_mail_to_the_server()
    {
        await using var server = await RunningServer.StartAsync(_files);

        var (exitCode, output) = await SendAsync(server.Port, "Subject: hello\n\n.dot first\nlast\n");

        Assert.That(exitCode, Is.Zero, output);
        Assert.That(output, Does.Match("^TLS: Tls13, .+\nsent\n$"));
        Assert.That(
            server.Output.Text, Does.Contain("mail from a@client.example to b@server.example: Subject: hello |  | .dot first | last\n"));
    }

    [Test]
    public async Task Commands_injected_behind_STARTTLS_are_refused()
    {
        await using var server = await RunningServer.StartAsync(_files);
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, server.Port);
        var stream = client.GetStream();

        // One segment: the second command stands in the clear behind the first.
        await stream.WriteAsync("EHLO attacker\r\nSTARTTLS\r\nMAIL FROM:<evil@client.example>\r\n"u8.ToArray());
        var replies = await new StreamReader(stream, Encoding.Latin1).ReadToEndAsync();

        Assert.That(replies, Does.EndWith("220 ready for TLS\r\n"), "and nothing of TLS");
        await server.Output.WaitForAsync("refused (PlaintextInjection): 33 bytes had arrived in the clear");
    }

    [Test]
    public async Task A_reply_injected_behind_the_servers_permission_is_refused()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var sent = SendAsync(((IPEndPoint)listener.LocalEndpoint).Port, "secret");
        using var server = await listener.AcceptTcpClientAsync();
        using var reader = new StreamReader(server.GetStream(), Encoding.Latin1);

        await server.GetStream().WriteAsync("220 hello\r\n"u8.ToArray());
        await reader.ReadLineAsync();
        await server.GetStream().WriteAsync("250-hello\r\n250 STARTTLS\r\n"u8.ToArray());
        await reader.ReadLineAsync();
        await server.GetStream().WriteAsync("220 go\r\n250 injected\r\n"u8.ToArray());
        var (exitCode, output) = await sent;

        Assert.That(
            (exitCode, output),
            Is.EqualTo((1,
                "failed: 14 bytes had arrived in the clear before the upgrade to TLS: they may have been injected, so the connection is "
                + "aborted.\n")));
        Assert.That(await reader.ReadToEndAsync(), Is.Empty);
    }

    [Test]
    public async Task A_server_that_does_not_offer_STARTTLS_gets_no_mail()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var sent = SendAsync(((IPEndPoint)listener.LocalEndpoint).Port, "secret");
        using var server = await listener.AcceptTcpClientAsync();
        using var reader = new StreamReader(server.GetStream(), Encoding.Latin1);

        await server.GetStream().WriteAsync("220 hello\r\n"u8.ToArray());
        await reader.ReadLineAsync();
        await server.GetStream().WriteAsync("250 hello\r\n"u8.ToArray());

        Assert.That(await reader.ReadToEndAsync(), Is.Empty);
        Assert.That(await sent, Is.EqualTo((1, "failed: The server does not offer STARTTLS, and nothing is sent in the clear.\n")));
    }

    [Test]
    public async Task The_server_takes_no_mail_in_the_clear()
    {
        await using var server = await RunningServer.StartAsync(_files);
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, server.Port);

        await client.GetStream().WriteAsync("EHLO client\r\nMAIL FROM:<a@client.example>\r\nQUIT\r\n"u8.ToArray());
        var replies = await new StreamReader(client.GetStream(), Encoding.Latin1).ReadToEndAsync();

        Assert.That(replies, Does.EndWith("530 Must issue a STARTTLS command first\r\n221 bye\r\n"));
    }

    [TestCase("-tls1_2", "Tls12")]
    [TestCase("-tls1_3", "Tls13")]
    public async Task OpenSSL_upgrades_with_STARTTLS(string option, string version)
    {
        ExternalTool.Require("openssl");
        await using var server = await RunningServer.StartAsync(_files);
        await using var client = ExternalTool.Start(
            "openssl", "s_client", "-starttls", "smtp", "-quiet", option, "-CAfile", _files.Root, "-verify_return_error",
            "-verify_hostname", "localhost", "-connect", $"127.0.0.1:{server.Port}");

        await client.WriteAsync("EHLO again\r\n");
        await client.WaitForAsync("250 localhost");
        await client.WriteAsync("STARTTLS\r\n");
        await client.WaitForAsync("503 TLS is active");
        await client.WriteAsync("QUIT\r\n");

        await client.WaitForAsync("221 bye");
        Assert.That(await client.WaitForExitAsync(), Is.Zero, client.Errors);
        Assert.That(server.Output.Text, Does.Contain($"TLS: {version}"));
    }

    [Test]
    public async Task Curl_sends_a_mail()
    {
        ExternalTool.Require("curl");
        await using var server = await RunningServer.StartAsync(_files);

        var (exitCode, _, errors) = await ExternalTool.RunAsync(
            "curl", "Subject: from curl\r\n\r\nhello\r\n", "--silent", "--show-error", "--noproxy", "*", "--ssl-reqd", "--cacert",
            _files.Root,
            "--mail-from", "curl@client.example", "--mail-rcpt", "b@server.example", "--upload-file", "-",
            $"smtp://localhost:{server.Port}");

        Assert.That(exitCode, Is.Zero, errors);
        Assert.That(server.Output.Text, Does.Contain("mail from curl@client.example to b@server.example: Subject: from curl |  | hello"));
    }

    [Test]
    public async Task Arguments_that_make_no_sense_are_explained()
    {
        using var output = new StringWriter();

        Assert.That(await SmtpCommand.RunAsync(["send"], TextReader.Null, output), Is.EqualTo(2));
        Assert.That(output.ToString(), Does.StartWith("usage: "));
    }

    private async Task<(int ExitCode, string Output)> SendAsync(int port, string message)
    {
        using var output = new CapturedText();
        var exitCode = await SmtpCommand.RunAsync(
            ["send", "localhost", $"{port}", _files.Root, "a@client.example", "b@server.example"], new StringReader(message), output)
            .WaitAsync(ExternalTool.Patience);
        return (exitCode, output.Text);
    }

    /// <summary><c>serve</c> on a free port, ended with the test.</summary>
    private sealed class RunningServer : IAsyncDisposable
    {
        private readonly CancellationTokenSource _cancelled = new();
        private readonly Task<int> _ended;

        private RunningServer(PemFolder files) =>
            _ended = SmtpCommand.RunAsync(["serve", "0", files.Certificate, files.Key], TextReader.Null, Output, _cancelled.Token);

        public CapturedText Output { get; } = new();

        public int Port => int.Parse(Output.Text.Split('\n')[0].Split(':')[^1], System.Globalization.CultureInfo.InvariantCulture);

        public static async Task<RunningServer> StartAsync(PemFolder files)
        {
            var server = new RunningServer(files);
            await server.Output.WaitForAsync("\n");
            return server;
        }

        public async ValueTask DisposeAsync()
        {
            await _cancelled.CancelAsync();
            Assert.That(await _ended.WaitAsync(ExternalTool.Patience), Is.Zero);
            _cancelled.Dispose();
        }
    }
}
