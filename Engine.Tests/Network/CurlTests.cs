using System.Security.Authentication;
using System.Text;
using System.Text.RegularExpressions;
using TlsFsm.Tests.Hosting;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Network;

/// <summary>Our server, with a little HTTP on top, and curl.</summary>
[Category("Network")]
[Parallelizable(ParallelScope.All)]
public sealed partial class CurlTests
{
    [OneTimeSetUp]
    public void RequireTools() => ExternalTool.Require("curl");

    [TestCaseSource(typeof(Cases), nameof(Cases.VersionsAndKeys))]
    public async Task Every_version_and_key_is_verified_and_a_page_comes(SslProtocols version, TestKey key)
    {
        await using var server = OurServer.Start(new TlsServerOptions { Credential = TestCertificates.ServerWith(key) }, AnswerAsync);

        var (exitCode, output, errors) = await GetAsync(server, Version(version));

        Assert.That(exitCode, Is.Zero, errors);
        Assert.That(output, Is.EqualTo("GET / HTTP/1.1"));
        var session = await NextSessionAsync(server);
        Assert.That(session.Protocol, Is.EqualTo(version));
        Assert.That(session.ServerName, Is.EqualTo(TestCertificates.Host));
    }

    [Test]
    public async Task The_application_protocol_is_agreed()
    {
        await using var server = OurServer.Start(
            new TlsServerOptions { Credential = TestCertificates.Server, ApplicationProtocols = OurServer.Protocols("http/1.1") },
            AnswerAsync);

        var (exitCode, _, errors) = await GetAsync(server, "--http2");

        Assert.That(exitCode, Is.Zero, errors);
        Assert.That((await NextSessionAsync(server)).ApplicationProtocol, Is.EqualTo(OurServer.Protocols("http/1.1")[0]));
    }

    [TestCase("--tlsv1.2")]
    [TestCase("--tlsv1.3")]
    public async Task Eight_MiB_go_both_ways(string version)
    {
        await using var server = OurServer.Start(serve: AnswerAsync);

        var (exitCode, output, errors) = await ExternalTool.RunAsync(
            "curl", LargeText.Text, [.. Arguments(server), version, "--data-binary", "@-", "--header", "Expect:"]);

        Assert.That(exitCode, Is.Zero, errors);
        Assert.That(output == LargeText.Text, $"All came back, in order; {output.Length} characters did.");
        await NextSessionAsync(server);
    }

    [TestCaseSource(typeof(Cases), nameof(Cases.WelcomeClients))]
    public async Task A_client_certificate_is_asked_for_and_verified(SslProtocols version, ClientCertificateMode mode, TestKey? key)
    {
        await using var server = OurServer.Start(OurServer.AskingFor(mode), AnswerAsync);
        string[] credential = key is { } kind ? Presenting(TestCertificates.ClientWith(kind)) : [];

        var (exitCode, _, errors) = await GetAsync(server, [.. Version(version), .. credential]);

        Assert.That(exitCode, Is.Zero, errors);
        var session = await NextSessionAsync(server);
        Assert.That(session.PeerCertificate?.Subject, Is.EqualTo(key is null ? null : $"CN=client {key}"));
    }

    [TestCaseSource(typeof(Cases), nameof(Cases.RefusedClients))]
    public async Task A_bad_client_certificate_is_refused(
        SslProtocols version, ClientCertificateMode mode, string? name, TlsAlert alert, string text)
    {
        await using var server = OurServer.Start(OurServer.AskingFor(mode), AnswerAsync);
        string[] credential = name is null ? [] : Presenting(Cases.Credential(name));

        var (exitCode, output, _) = await GetAsync(server, [.. Version(version), .. credential]);

        // 35: no handshake; 56: on TLS 1.3 a client hears of it on its first read; 60: what it makes of certificate_expired.
        Assert.That(exitCode, Is.EqualTo(35).Or.EqualTo(56).Or.EqualTo(60));
        Assert.That(output, Is.Empty);
        var failure = await server.NextFailureAsync();
        Assert.That(failure.Alert, Is.EqualTo(alert));
        Assert.That(failure.Message, Does.StartWith(text));
    }

    [TestCase(nameof(TestCertificates.WrongHost))]
    [TestCase(nameof(TestCertificates.Expired))]
    [TestCase(nameof(TestCertificates.Untrusted))]
    [TestCase(nameof(TestCertificates.SelfSigned))]
    public async Task A_client_that_refuses_our_certificate_is_a_failure_that_quotes_it(string name)
    {
        await using var server = OurServer.Start(new TlsServerOptions { Credential = Cases.Credential(name) }, AnswerAsync);

        var (exitCode, _, _) = await GetAsync(server);

        // curl looks at the name itself, after the handshake; the rest is its library's, which sends an alert.
        Assert.That(exitCode, Is.EqualTo(60));
        if (name != nameof(TestCertificates.WrongHost))
            Assert.That((await server.NextFailureAsync()).Fault, Is.EqualTo(TlsFault.PeerAlert));
    }

    [Test]
    public async Task Plain_HTTP_at_our_port_ends_at_once()
    {
        await using var server = OurServer.Start(serve: AnswerAsync);

        var (exitCode, _, errors) = await ExternalTool.RunAsync("curl", "", "--silent", "--show-error", $"http://127.0.0.1:{server.Port}/");

        // Our alert is no HTTP: 1 or 56 by the version of curl, never 28 (timeout) and never 0.
        Assert.That(exitCode, Is.EqualTo(1).Or.EqualTo(56).Or.EqualTo(52), errors);
        Assert.That((await server.NextFailureAsync()).Fault, Is.EqualTo(TlsFault.PeerMisbehaved));
    }

    private static Task<(int ExitCode, string Output, string Errors)> GetAsync(OurServer server, params string[] arguments) =>
        ExternalTool.RunAsync("curl", "", [.. Arguments(server), .. arguments]);

    private static string[] Arguments(OurServer server) =>
    [
        "--silent", "--show-error", "--max-time", $"{ExternalTool.Patience.TotalSeconds}", "--noproxy", "*", "--cacert", PemFiles.Root,
        "--resolve", $"{TestCertificates.Host}:{server.Port}:127.0.0.1", $"https://{TestCertificates.Host}:{server.Port}/",
    ];

    private static string[] Version(SslProtocols version) => version == Cases.Tls13 ? ["--tlsv1.3"] : ["--tlsv1.2", "--tls-max", "1.2"];

    private static string[] Presenting(TlsCredential credential) =>
        ["--cert", PemFiles.Of(credential).Chain, "--key", PemFiles.Of(credential).Key];

    /// <summary>
    /// curl closes its socket once it has the page, with our close_notify unread: the end is clean, unanswered, or a reset after all was
    /// said.
    /// </summary>
    private static async Task<TlsSessionInfo> NextSessionAsync(OurServer server)
    {
        var (connection, _) = await server.NextEndAsync();

        Assert.That(
            connection.CloseReason, Is.EqualTo(CloseReason.Clean).Or.EqualTo(CloseReason.Unanswered).Or.EqualTo(CloseReason.TransportLost));
        return connection.Session!;
    }

    /// <summary>Answers one request: with its body if it has one, with its first line otherwise.</summary>
    private static async Task AnswerAsync(TlsStream stream)
    {
        // curl judges the name after the handshake, and may leave without a request.
        var request = await stream.ReadUntilOrEndAsync("\r\n\r\n");
        if (request.Length == 0)
            return;

        var end = request.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4;
        var length = ContentLength().Match(request[..end]) is { Success: true } found ? int.Parse(found.Groups[1].Value, null) : 0;
        var line = request[..request.IndexOf("\r\n", StringComparison.Ordinal)];
        await stream.WriteAsync($"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {(length > 0 ? length : line.Length)}\r\n\r\n");
        if (length == 0)
        {
            await stream.WriteAsync(line);
            return;
        }

        var begun = Encoding.Latin1.GetBytes(request[end..]);
        await stream.WriteAsync(begun).AsTask().WaitAsync(Wait.Limit);
        await OurServer.EchoAsync(stream, length - begun.Length);
    }

    [GeneratedRegex(@"\r\nContent-Length: (\d+)\r\n", RegexOptions.IgnoreCase)]
    private static partial Regex ContentLength();
}
