using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using TlsFsm.Cli;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Cli;

/// <summary>What the network and strange peers do to the commands.</summary>
public sealed class TroubleTests
{
    private PemFolder _files = null!;

    [OneTimeSetUp]
    public void SetUp() => _files = new PemFolder();

    [OneTimeTearDown]
    public void TearDown() => _files.Dispose();

    [Test]
    public async Task A_port_where_nobody_listens_is_refused()
    {
        var port = Loopback.FreePort();

        var result = await CliRun.ToEndAsync("connect", $"127.0.0.1:{port}");

        Assert.That(result.ExitCode, Is.EqualTo((int)ExitCode.Io));
        Assert.That(result.Errors, Is.EqualTo($"tlsfsm: 127.0.0.1:{port}: connection refused\n"));
    }

    [Test]
    public async Task A_name_that_does_not_exist_is_an_unknown_host()
    {
        // RFC 6761 section 6.4: never resolves.
        var result = await CliRun.ToEndAsync("connect", "nobody.invalid:443");

        Assert.That(result.ExitCode, Is.EqualTo((int)ExitCode.Io));
        Assert.That(result.Errors, Is.EqualTo("tlsfsm: nobody.invalid:443: unknown host\n"));
    }

    [Test]
    public async Task A_port_in_use_is_named()
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        var port = ((IPEndPoint)other.LocalEndpoint).Port;

        var result = await CliRun.ToEndAsync(["serve", $"{port}", .. _files.Credential]);

        Assert.That(result.ExitCode, Is.EqualTo((int)ExitCode.Io));
        Assert.That(result.Errors, Is.EqualTo($"tlsfsm: 127.0.0.1:{port}: the port is in use\n"));
    }

    [Test]
    public async Task A_peer_that_never_answers_is_given_up()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();

        var result = await CliRun.ToEndAsync("connect", silent.LocalEndpoint.ToString()!, "--timeout", "0.2", "--trace");

        Assert.That(result.ExitCode, Is.EqualTo((int)ExitCode.Tls));
        Assert.That(result.Errors, Does.Contain($"tlsfsm: {silent.LocalEndpoint}: The TLS handshake is taking longer than 0.2 seconds"));
        Assert.That(result.Errors, Does.Contain("Tls: DoHandshake --DeadlineElapsed--> Unwrapped"), "the trace of a handshake that failed");
    }

    [Test]
    public async Task A_handshake_can_be_cancelled()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        await using var run = CliRun.Start("connect", silent.LocalEndpoint.ToString()!);
        using var accepted = await silent.AcceptTcpClientAsync();

        run.Cancel();
        var result = await run.ResultAsync();

        Assert.That(result.ExitCode, Is.EqualTo((int)ExitCode.Cancelled));
        Assert.That(result.Errors, Is.Empty);
    }

    [Test]
    public async Task A_peer_that_does_not_speak_TLS_is_told_so()
    {
        using var plain = new TcpListener(IPAddress.Loopback, 0);
        plain.Start();
        await using var run = CliRun.Start("connect", plain.LocalEndpoint.ToString()!);
        using var accepted = await plain.AcceptTcpClientAsync();

        await accepted.GetStream().WriteAsync("220 mail.example ready\r\n"u8.ToArray());
        var result = await run.ResultAsync();

        Assert.That(result.ExitCode, Is.EqualTo((int)ExitCode.Tls));
        Assert.That(result.Errors, Does.StartWith($"tlsfsm: {plain.LocalEndpoint}: ").And.Contain("[sent alert"));
    }

    [Test]
    public async Task Plain_HTTP_at_a_serving_port_ends_that_connection_only()
    {
        var (server, port) = await CliRun.ServeAsync(_files.Credential);
        await using var _ = server;
        using var plain = new TcpClient();
        await plain.ConnectAsync(IPAddress.Loopback, port);

        await plain.GetStream().WriteAsync("GET / HTTP/1.0\r\n\r\n"u8.ToArray());
        var answer = new byte[100];
        var reading = plain.GetStream().ReadAtLeastAsync(answer, answer.Length, throwOnEndOfStream: false).AsTask();
        var count = await reading.WaitAsync(ExternalTool.Patience);
        await server.Errors.WaitForAsync("plain HTTP");

        // RFC 8446 section 6.2: one fatal alert, then the end of the stream.
        Assert.That(answer[..count], Has.Length.EqualTo(7));
        Assert.That(answer[0], Is.EqualTo(21), "an alert record");
        Assert.That(answer[5], Is.EqualTo(2), "fatal");
        Assert.That(server.Ended.IsCompleted, Is.False);
    }

    [Test]
    public async Task A_stream_that_is_cut_off_is_printed_and_reported()
    {
        var result = await ConnectToCutOffAsync();

        Assert.That(result.Data, Is.EqualTo("half of it"));
        Assert.That(result.ExitCode, Is.EqualTo((int)ExitCode.Tls));
        Assert.That(result.Errors, Does.Contain("without close_notify"));
        Assert.That(result.Errors.TrimEnd('\n'), Does.Not.Contain("\n"), "one line");
    }

    [Test]
    public async Task A_stream_that_is_cut_off_can_be_tolerated()
    {
        var result = await ConnectToCutOffAsync("--tolerate-truncation");

        Assert.That(result.Data, Is.EqualTo("half of it"));
        Assert.That(result.ExitCode, Is.Zero, result.Errors);
        Assert.That(result.Errors, Is.Empty);
    }

    [Test]
    public async Task A_stdout_that_breaks_ends_the_connection_in_order()
    {
        var (server, port) = await CliRun.ServeAsync(_files.Credential);
        await using var _ = server;
        await using var client = CliRun.Start("connect", $"localhost:{port}", "--cafile", _files.Root);
        client.Output.Break();

        await client.SendAsync("hello"u8.ToArray());
        var result = await client.ResultAsync();
        await server.Errors.WaitForAsync("Clean");

        Assert.That(result.ExitCode, Is.EqualTo((int)ExitCode.Io));
        Assert.That(result.Errors, Is.EqualTo("tlsfsm: stdout: Broken pipe.\n"));
    }

    /// <summary>A server that sends some bytes, and ends its TCP stream without close_notify.</summary>
    private async Task<CliResult> ConnectToCutOffAsync(params string[] options)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        await using var run = CliRun.Start(["connect", listener.LocalEndpoint.ToString()!, "--cafile", _files.Root, .. options]);
        using var accepted = await listener.AcceptTcpClientAsync();
        await using var tls = new SslStream(accepted.GetStream());
        var context = SslStreamCertificateContext.Create(
            TestCertificates.Server.Certificate, TestCertificates.Server.Intermediates, offline: true);
        await tls.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificateContext = context });

        await tls.WriteAsync("half of it"u8.ToArray());
        accepted.Client.Shutdown(SocketShutdown.Send);

        return await run.ResultAsync();
    }
}
