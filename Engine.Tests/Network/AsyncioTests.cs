using System.Security.Authentication;
using System.Text.RegularExpressions;
using TlsFsm.Tests.Hosting;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Network;

/// <summary>Both of our roles, and CPython's asyncio, whose TLS is the model of ours.</summary>
[Category("Network")]
[Parallelizable(ParallelScope.All)]
public sealed partial class AsyncioTests
{
    [OneTimeSetUp]
    public void RequireTools() => ExternalTool.Require("python3");

    [TestCaseSource(typeof(Cases), nameof(Cases.VersionsAndKeys))]
    public async Task A_client_of_every_version_and_key_is_echoed(SslProtocols version, TestKey key)
    {
        await using var server = OurServer.Start(new TlsServerOptions { Credential = TestCertificates.ServerWith(key) });

        var output = await TalkAsync(server, "--cafile", PemFiles.Root, "--tls", Version(version));

        Assert.That(output, Does.Contain($"negotiated TLSv{Version(version)} None").And.EndWith("same\n"));
        Assert.That((await server.NextCleanEndAsync()).Protocol, Is.EqualTo(version));
    }

    [TestCase("1.2")]
    [TestCase("1.3")]
    public async Task A_client_sends_and_gets_eight_MiB(string version)
    {
        await using var server = OurServer.Start(
            new TlsServerOptions { Credential = TestCertificates.Server, ApplicationProtocols = OurServer.Protocols("mqtt") });

        var output = await TalkAsync(server, "--cafile", PemFiles.Root, "--tls", version, "--alpn", "h2,mqtt", "--size", $"{Cases.Large}");

        Assert.That(output, Does.Contain($"negotiated TLSv{version} mqtt").And.EndWith("same\n"));
        await server.NextCleanEndAsync();
    }

    [TestCase(Cases.Tls12, true)]
    [TestCase(Cases.Tls13, true)]
    [TestCase(Cases.Tls12, false)]
    [TestCase(Cases.Tls13, false)]
    public async Task A_client_certificate_is_required(SslProtocols version, bool isGood)
    {
        await using var server = OurServer.Start(OurServer.AskingFor(ClientCertificateMode.Require));
        var files = PemFiles.Of(isGood ? TestCertificates.Client : TestCertificates.ExpiredClient);

        var output = await TalkAsync(
            server, "--cafile", PemFiles.Root, "--tls", Version(version), "--cert", files.Chain, "--key", files.Key);

        if (isGood)
        {
            Assert.That(output, Does.EndWith("same\n"));
            await server.NextCleanEndAsync();
        }
        else
        {
            Assert.That(output, Does.Contain("failed").And.Contain("alert certificate expired"));
            Assert.That((await server.NextFailureAsync()).Alert, Is.EqualTo(TlsAlert.CertificateExpired));
        }
    }

    [TestCase(nameof(TestCertificates.WrongHost))]
    [TestCase(nameof(TestCertificates.Expired))]
    [TestCase(nameof(TestCertificates.Untrusted))]
    public async Task A_client_that_refuses_our_certificate_leaves_without_a_word(string name)
    {
        await using var server = OurServer.Start(new TlsServerOptions { Credential = Cases.Credential(name) });

        var output = await TalkAsync(server, "--cafile", PemFiles.Root);

        // Its library has made an alert, and asyncio drops it with the connection.
        Assert.That(output, Does.Contain("SSLCertVerificationError"));
        var failure = await server.NextFailureAsync();
        Assert.That(failure.Reason, Is.EqualTo(CloseReason.TransportLost));
        Assert.That(
            failure.Message,
            Is.EqualTo("The peer closed the connection before the handshake had finished (certificates and Finished are awaited)."));
    }

    [TestCaseSource(typeof(Cases), nameof(Cases.VersionsAndKeys))]
    public async Task A_server_of_every_version_and_key_is_verified_and_echoes(SslProtocols version, TestKey key)
    {
        var (server, port) = await ServeAsync(TestCertificates.ServerWith(key), "--tls", Version(version), "--alpn", "mqtt");
        await using var disposing = server;
        await using var stream = await OurClient.OpenAsync(port, OurClient.Options(Cases.Both, null, "h2", "mqtt"));

        await stream.WriteAsync("over and out\n");
        await stream.ReadUntilAsync("over and out\n");
        await stream.ShutdownAsync().WaitAsync(Wait.Limit);

        await server.WaitForAsync("closed\n");
        Assert.That(server.Output, Does.Contain($"negotiated TLSv{Version(version)} mqtt"));
        Assert.That(stream.Connection.CloseReason, Is.EqualTo(CloseReason.Clean));
    }

    [TestCase("1.2")]
    [TestCase("1.3")]
    public async Task A_server_gets_and_sends_eight_MiB(string version)
    {
        var (server, port) = await ServeAsync(TestCertificates.Server, "--tls", version);
        await using var disposing = server;
        await using var stream = await OurClient.OpenAsync(port);

        var received = await stream.ExchangeAsync(LargeText.Bytes);
        await stream.ShutdownAsync().WaitAsync(Wait.Limit);

        Assert.That(received.AsSpan().SequenceEqual(LargeText.Bytes));
        await server.WaitForAsync("closed\n");
    }

    [TestCase(nameof(TestCertificates.WrongHost), TlsAlert.BadCertificate, "alert bad certificate")]
    [TestCase(nameof(TestCertificates.Expired), TlsAlert.CertificateExpired, "alert certificate expired")]
    [TestCase(nameof(TestCertificates.Untrusted), TlsAlert.UnknownCa, "alert unknown ca")]
    [TestCase(nameof(TestCertificates.SelfSigned), TlsAlert.UnknownCa, "alert unknown ca")]
    public async Task A_bad_server_certificate_is_refused_with_its_alert(string name, TlsAlert alert, string seen)
    {
        // asyncio tells what became of a handshake in its debug log only.
        var (server, port) = await ServeAsync(Cases.Credential(name), "--debug");
        await using var disposing = server;

        var failure = await OurClient.FailAsync(port);

        Assert.That(failure.Alert, Is.EqualTo(alert));
        await server.WaitForAsync(seen);
    }

    [TestCase(Cases.Tls12)]
    [TestCase(Cases.Tls13)]
    public async Task A_server_verifies_our_certificate(SslProtocols version)
    {
        var (server, port) = await ServeAsync(TestCertificates.Server, "--cafile", PemFiles.Root, "--tls", Version(version));
        await using var disposing = server;

        await using (var stream = await OurClient.OpenAsync(port, OurClient.Options(credential: TestCertificates.Client)))
        {
            await stream.WriteAsync("over and out\n");
            await stream.ReadUntilAsync("over and out\n");
        }

        // No alert comes of a refusal, see above. On TLS 1.3 our handshake is over by then: an end without close_notify is a truncation.
        var failure = await OurClient.FailOrReadFailureAsync(
            OurClient.OpenAsync(port, OurClient.Options(credential: TestCertificates.UntrustedClient)));
        Assert.That(failure.Reason, Is.EqualTo(version == Cases.Tls13 ? CloseReason.Truncated : CloseReason.TransportLost));
    }

    private static async Task<string> TalkAsync(OurServer server, params string[] arguments)
    {
        var (exitCode, output, errors) = await ExternalTool.RunAsync(
            "python3", "", [Script, "client", "--port", $"{server.Port}", .. arguments]);

        Assert.That(exitCode, Is.Zero, errors);
        return output;
    }

    private static async Task<(ExternalTool Tool, int Port)> ServeAsync(TlsCredential credential, params string[] arguments)
    {
        var files = PemFiles.Of(credential);
        var tool = ExternalTool.Start("python3", [Script, "server", "--cert", files.Chain, "--key", files.Key, .. arguments]);
        try
        {
            var line = await tool.WaitForAsync(PortLine());
            return (tool, int.Parse(line.Groups[1].Value, null));
        }
        catch
        {
            await tool.DisposeAsync();
            throw;
        }
    }

    private static string Script => Path.Combine(TestContext.CurrentContext.TestDirectory, "Network", "asyncio_peer.py");

    private static string Version(SslProtocols version) => version == Cases.Tls13 ? "1.3" : "1.2";

    [GeneratedRegex(@"^port (\d+)\r?\n")]
    private static partial Regex PortLine();
}
