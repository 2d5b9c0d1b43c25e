using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Cli;

/// <summary>The commands against programs that are not ours.</summary>
public sealed class ExternalPeersTests
{
    private const string Request = "GET /page HTTP/1.0\r\n\r\n";

    private PemFolder _files = null!;

    [OneTimeSetUp]
    public void SetUp() => _files = new PemFolder();

    [OneTimeTearDown]
    public void TearDown() => _files.Dispose();

    [Test]
    public async Task Curl_reads_the_status_page()
    {
        ExternalTool.Require("curl");
        var (server, port) = await CliRun.ServeAsync([.. _files.Credential, "--www", "--once"]);
        await using var _ = server;

        var (exitCode, output, errors) = await ExternalTool.RunAsync(
            "curl", "", "--silent", "--show-error", "--noproxy", "*", "--cacert", _files.Root, $"https://localhost:{port}/page");

        Assert.That(exitCode, Is.Zero, errors);
        Assert.That(output, Does.StartWith("<!DOCTYPE html>").And.Contain("GET /page").And.EndWith("</html>\n"));
        Assert.That((await server.ResultAsync()).ExitCode, Is.Zero);
    }

    [Test]
    public async Task Curl_with_a_client_certificate_is_let_in()
    {
        ExternalTool.Require("curl");
        var (certificate, key) = _files.Write("curl", TestCertificates.Client);
        var (server, port) = await CliRun.ServeAsync([.. _files.Credential, "--www", "--once", "--client-ca", _files.Root]);
        await using var _ = server;

        var (exitCode, output, errors) = await ExternalTool.RunAsync(
            "curl", "", "--silent", "--show-error", "--noproxy", "*", "--cacert", _files.Root,
            "--cert", certificate, "--key", key, $"https://localhost:{port}/");

        Assert.That(exitCode, Is.Zero, errors);
        Assert.That(output, Does.Contain("CN=client EcdsaP256").And.Contain("CN=TlsFsm test intermediate"));
    }

    [TestCase("-tls1_2", "TLS 1.2")]
    [TestCase("-tls1_3", "TLS 1.3")]
    public async Task OpenSSL_reads_the_status_page(string option, string version)
    {
        ExternalTool.Require("openssl");
        var (server, port) = await CliRun.ServeAsync([.. _files.Credential, "--www", "--once"]);
        await using var _ = server;

        // -quiet goes on after the end of its input, until we close.
        var (exitCode, output, errors) = await ExternalTool.RunAsync(
            "openssl", Request, "s_client", "-quiet", option, "-CAfile", _files.Root, "-verify_return_error",
            "-verify_hostname", "localhost", "-servername", "localhost", "-connect", $"127.0.0.1:{port}");

        Assert.That(exitCode, Is.Zero, errors);
        Assert.That(output, Does.StartWith("HTTP/1.1 200 OK\r\n").And.Contain(version).And.EndWith("</html>\n"));
        Assert.That((await server.ResultAsync()).ExitCode, Is.Zero);
    }

    [TestCase("-tls1_2")]
    [TestCase("-tls1_3")]
    public async Task The_page_of_openssl_is_read(string option)
    {
        ExternalTool.Require("openssl");
        await using var openssl = ExternalTool.Start(
            "openssl", "s_server", "-www", option, "-accept", "127.0.0.1:0",
            "-cert", _files.Certificate, "-cert_chain", _files.Certificate, "-key", _files.Key);
        await openssl.WaitForAsync("ACCEPT 127.0.0.1:");
        var port = openssl.Output.Split("ACCEPT 127.0.0.1:")[1].Split('\n')[0].Trim();

        var result = await CliRun.ToEndAsync(Request, ["connect", $"localhost:{port}", "--cafile", _files.Root]);

        Assert.That(result.ExitCode, Is.Zero, result.Errors);
        Assert.That(result.Data, Does.StartWith("HTTP/1.0 200 ok").And.Contain("s_server").And.Contain("</HTML>").IgnoreCase);
    }
}
