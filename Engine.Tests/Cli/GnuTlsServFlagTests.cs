using TlsFsm.Cli;
using TlsFsm.Tests.Network;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Cli;

/// <summary>
/// <c>connect</c> and <c>doctor</c>, and gnutls-serv, which binds all interfaces: it gets a network namespace of its own, and the tool is
/// run there as a process.
/// </summary>
[Category("Network")]
[Parallelizable(ParallelScope.All)]
public sealed class GnuTlsServFlagTests
{
    private const int Port = 5556;
    private const string Request = "GET / HTTP/1.0\r\n\r\n";
    private const string Key = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

    [OneTimeSetUp]
    public async Task RequireTools()
    {
        ExternalTool.Require("gnutls-serv", "nsenter", "dotnet");
        await NetworkNamespace.RequireAsync();
    }

    [TestCase("--groups secp521r1 --tls 1.3", "Group:        secp521r1")]
    [TestCase("--groups x448,secp256r1 --tls 1.2", "Group:        x448")]
    [TestCase("--suites TLS_AES_128_CCM_SHA256 --tls 1.3", "Cipher suite: TLS_AES_128_CCM_SHA256")]
    [TestCase("--sigalgs rsa_pss_rsae_sha512,ecdsa_secp256r1_sha256 --tls 1.3", "Signature:    rsa_pss_rsae_sha512 by the peer")]
    [TestCase("--alpn mqtt,h2", "ALPN:         h2")]
    public async Task Connect_negotiates_what_it_is_told_to(string options, string told)
    {
        await using var server = await StartAsync(PresentingRsa, "--priority=NORMAL", "--alpn=h2");

        var (exitCode, output, errors) = await RunAsync(
            server, ["connect", "--servername", "localhost", "--cafile", PemFiles.Root, "--brief", .. options.Split(' ')]);

        Assert.That(exitCode, Is.Zero, errors);
        Assert.That(errors, Does.Contain(told));
        Assert.That(output, Does.StartWith("HTTP/1.0 200 OK"));
    }

    [Test]
    public async Task Connect_shares_a_key()
    {
        var keys = PemFiles.Write("gnutls-keys.txt", $"me:{Key}\n");
        await using var server = await StartAsync([$"--pskpasswd={keys}"], "--priority=NORMAL:-VERS-ALL:+VERS-TLS1.3:+ECDHE-PSK:+PSK");

        var (exitCode, output, errors) = await RunAsync(server, ["connect", "--psk", $"me:{Key}", "--brief"]);

        Assert.That(exitCode, Is.Zero, errors);
        Assert.That(errors, Does.Contain("Peer:         pre-shared key 'me'"));
        Assert.That(output, Does.StartWith("HTTP/1.0 200 OK"));
    }

    [Test]
    public async Task Doctor_tells_what_it_was_set_up_with_and_both_of_its_certificates()
    {
        var ecdsa = PemFiles.Of(TestCertificates.Server);
        await using var server = await StartAsync(
            [.. PresentingRsa, $"--x509certfile={ecdsa.Chain}", $"--x509keyfile={ecdsa.Key}"],
            "--priority=NORMAL:-CIPHER-ALL:+AES-256-GCM:+CHACHA20-POLY1305:-GROUP-ALL:+GROUP-SECP384R1:+GROUP-SECP256R1:%NO_SESSION_HASH");

        var (exitCode, output, errors) = await RunAsync(server, ["doctor", "--servername", "localhost", "--cafile", PemFiles.Root]);

        Assert.That(exitCode, Is.Zero, errors);
        Assert.That(
            output, Does.Contain("TLS_CHACHA20_POLY1305_SHA256").And.Contain("TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384").And.Contain(
                "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"));
        Assert.That(output, Does.Not.Contain("AES_128").And.Not.Contain("x25519"));
        Assert.That(output, Does.Contain("RSA, 2048 bits").And.Contain("ECDSA, 256 bits"));
        Assert.That(output, Does.Contain("extended master secret         no").And.Contain("warning  TLS 1.2: no extended master secret"));
        Assert.That(output, Does.Contain("not tested: nothing is resumed without extended master secret"));
    }

    private static string[] PresentingRsa =>
        [$"--x509certfile={PemFiles.Of(TestCertificates.ServerWith(TestKey.Rsa2048)).Chain}",
            $"--x509keyfile={PemFiles.Of(TestCertificates.ServerWith(TestKey.Rsa2048)).Key}"];

    private static async Task<ExternalTool> StartAsync(string[] identity, params string[] arguments)
    {
        var server = NetworkNamespace.Start(
            "gnutls-serv", ["--http", $"--port={Port}", "--disable-client-cert", .. identity, .. arguments]);
        try
        {
            await server.WaitForAsync($"listening on IPv4 0.0.0.0 port {Port}...done");
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>
    /// Runs the tool, whose input ends when an answer is there: GnuTLS's server may drop a request whose end of stream comes with it.
    /// </summary>
    private static async Task<(int ExitCode, string Output, string Errors)> RunAsync(ExternalTool server, string[] arguments)
    {
        await using var tool = ExternalTool.Start(
            "nsenter", [$"--net=/proc/{server.Id}/ns/net", "dotnet", typeof(CommandLine).Assembly.Location, arguments[0], $"127.0.0.1:{Port}",
                .. arguments[1..]]);
        await tool.WriteAsync(Request);
        if (arguments[0] == "connect")
            await tool.WaitForAsync("HTTP/1.0 200 OK");
        tool.CloseInput();
        var exitCode = await tool.WaitForExitAsync();
        return (exitCode, tool.Output, tool.Errors);
    }
}
