using System.Security.Authentication;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Network;

/// <summary>Our server, and gnutls-cli.</summary>
[Category("Network")]
[Parallelizable(ParallelScope.All)]
public sealed class GnuTlsClientTests
{
    [OneTimeSetUp]
    public void RequireTools() => ExternalTool.Require("gnutls-cli");

    [TestCaseSource(typeof(Cases), nameof(Cases.VersionsAndKeys))]
    public async Task Every_version_and_key_is_verified_and_echoed(SslProtocols version, TestKey key)
    {
        await using var server = OurServer.Start(new TlsServerOptions { Credential = TestCertificates.ServerWith(key) });
        await using var client = Start(server, version);

        await client.WriteAsync("over and out\n");
        await client.WaitForAsync("\nover and out\n");
        client.CloseInput();

        Assert.That(await client.WaitForExitAsync(), Is.Zero, client.Transcript());
        var session = await server.NextCleanEndAsync();
        Assert.That(session.Protocol, Is.EqualTo(version));
        Assert.That(session.ServerName, Is.EqualTo(TestCertificates.Host));
    }

    [TestCase(Cases.Tls12)]
    [TestCase(Cases.Tls13)]
    public async Task The_application_protocol_is_agreed_by_our_order(SslProtocols version)
    {
        await using var server = OurServer.Start(
            new TlsServerOptions { Credential = TestCertificates.Server, ApplicationProtocols = OurServer.Protocols("mqtt", "http/1.1") });
        await using var client = Start(server, version, "--alpn=http/1.1", "--alpn=mqtt");

        await client.WaitForAsync("Application protocol: mqtt");
        client.CloseInput();
        await client.WaitForExitAsync();

        Assert.That((await server.NextCleanEndAsync()).ApplicationProtocol, Is.EqualTo(OurServer.Protocols("mqtt")[0]));
    }

    [TestCase(Cases.Tls12)]
    [TestCase(Cases.Tls13)]
    public async Task No_application_protocol_in_common_is_said_by_its_alert(SslProtocols version)
    {
        await using var server = OurServer.Start(
            new TlsServerOptions { Credential = TestCertificates.Server, ApplicationProtocols = OurServer.Protocols("mqtt") });
        await using var client = Start(server, version, "--alpn=h2");

        await client.WaitForAsync("*** Received alert [120]");

        Assert.That((await server.NextFailureAsync()).Alert, Is.EqualTo(TlsAlert.NoApplicationProtocol));
    }

    [TestCaseSource(typeof(Cases), nameof(Cases.WelcomeClients))]
    public async Task A_client_certificate_is_asked_for_and_verified(SslProtocols version, ClientCertificateMode mode, TestKey? key)
    {
        await using var server = OurServer.Start(OurServer.AskingFor(mode));
        await using var client = Start(server, version, key is { } kind ? Presenting(TestCertificates.ClientWith(kind)) : []);

        await client.WriteAsync("over and out\n");
        await client.WaitForAsync("\nover and out\n");
        client.CloseInput();
        await client.WaitForExitAsync();

        var session = await server.NextCleanEndAsync();
        Assert.That(session.PeerCertificate?.Subject, Is.EqualTo(key is null ? null : $"CN=client {key}"));
    }

    [TestCaseSource(typeof(Cases), nameof(Cases.RefusedClients))]
    public async Task A_bad_client_certificate_is_refused_with_its_alert(
        SslProtocols version, ClientCertificateMode mode, string? name, TlsAlert alert, string text)
    {
        await using var server = OurServer.Start(OurServer.AskingFor(mode));
        await using var client = Start(server, version, name is null ? [] : Presenting(Cases.Credential(name)));

        await client.WaitForAsync($"*** Received alert [{(int)alert}]");

        var failure = await server.NextFailureAsync();
        Assert.That(failure.Alert, Is.EqualTo(alert));
        Assert.That(failure.Message, Does.StartWith(text));
    }

    [TestCase(nameof(TestCertificates.WrongHost))]
    [TestCase(nameof(TestCertificates.Expired))]
    [TestCase(nameof(TestCertificates.Untrusted))]
    [TestCase(nameof(TestCertificates.SelfSigned))]
    public async Task A_client_that_refuses_our_certificate_is_quoted(string name)
    {
        await using var server = OurServer.Start(new TlsServerOptions { Credential = Cases.Credential(name) });
        await using var client = Start(server, Cases.Tls13);

        var failure = await server.NextFailureAsync();

        Assert.That(failure.Fault, Is.EqualTo(TlsFault.PeerAlert));
        Assert.That(failure.Message, Does.StartWith("The peer sent the fatal alert "));
    }

    [Test]
    public async Task A_KeyUpdate_is_followed()
    {
        await using var server = OurServer.Start();
        await using var client = Start(server, Cases.Tls13, "--inline-commands");
        await client.WriteAsync("before\n");
        await client.WaitForAsync("\nbefore\n");

        await client.WriteAsync("^rekey^\n");
        await client.WaitForAsync("- Rekey was completed");
        await client.WriteAsync("after\n");
        await client.WaitForAsync("after\n");
        client.CloseInput();
        await client.WaitForExitAsync();

        await server.NextCleanEndAsync();
    }

    [TestCase(Cases.Tls12)]
    [TestCase(Cases.Tls13)]
    public async Task Eight_MiB_go_both_ways(SslProtocols version)
    {
        await using var server = OurServer.Start(serve: stream => OurServer.EchoAsync(stream, Cases.Large));
        await using var client = Start(server, version);

        await client.WriteAsync(LargeText.Text);
        await client.WaitForExitAsync();

        // It goes without answering our close_notify.
        var (connection, failure) = await server.NextEndAsync();
        Assert.That(failure, Is.Null);
        Assert.That(connection.CloseReason, Is.EqualTo(CloseReason.Unanswered).Or.EqualTo(CloseReason.Clean));
        Assert.That(client.Output.Contains(LargeText.Text, StringComparison.Ordinal), "All came back, in order.");
    }

    private static ExternalTool Start(OurServer server, SslProtocols version, params string[] arguments) => ExternalTool.Start(
        "gnutls-cli",
        [
            $"--port={server.Port}", $"--sni-hostname={TestCertificates.Host}", $"--verify-hostname={TestCertificates.Host}",
            $"--x509cafile={PemFiles.Root}", $"--priority={GnuTlsServerTests.Priority(version)}", .. arguments, "127.0.0.1",
        ]);

    private static string[] Presenting(TlsCredential credential) =>
        [$"--x509certfile={PemFiles.Of(credential).Chain}", $"--x509keyfile={PemFiles.Of(credential).Key}"];
}
