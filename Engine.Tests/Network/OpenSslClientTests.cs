using System.Security.Authentication;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Network;

/// <summary>Our server, and openssl s_client.</summary>
[Category("Network")]
[Parallelizable(ParallelScope.All)]
public sealed class OpenSslClientTests
{
    [OneTimeSetUp]
    public void RequireTools() => ExternalTool.Require("openssl");

    [TestCaseSource(typeof(Cases), nameof(Cases.VersionsAndKeys))]
    public async Task Every_version_and_key_is_verified_and_echoed(SslProtocols version, TestKey key)
    {
        await using var server = OurServer.Start(new TlsServerOptions { Credential = TestCertificates.ServerWith(key) });
        await using var client = OpenSslPeer.StartClient(server, OpenSslPeer.Version(version));

        await client.WriteAsync("over and out\n");
        await client.WaitForAsync("over and out\n");
        client.CloseInput();
        var exitCode = await client.WaitForExitAsync();

        Assert.That(exitCode, Is.Zero, client.Transcript());
        Assert.That(client.Output, Does.Contain("Verification: OK").And.Contain($"New, {VersionName(version)}, Cipher is"));
        var session = await server.NextCleanEndAsync();
        Assert.That(session.Protocol, Is.EqualTo(version));
        Assert.That(session.ServerName, Is.EqualTo(TestCertificates.Host));
    }

    [TestCase("-ciphersuites", "TLS_AES_128_GCM_SHA256", TestKey.EcdsaP256)]
    [TestCase("-ciphersuites", "TLS_AES_256_GCM_SHA384", TestKey.EcdsaP256)]
    [TestCase("-ciphersuites", "TLS_CHACHA20_POLY1305_SHA256", TestKey.EcdsaP256)]
    [TestCase("-cipher", "ECDHE-ECDSA-AES128-GCM-SHA256", TestKey.EcdsaP256)]
    [TestCase("-cipher", "ECDHE-ECDSA-AES256-GCM-SHA384", TestKey.EcdsaP256)]
    [TestCase("-cipher", "ECDHE-ECDSA-CHACHA20-POLY1305", TestKey.EcdsaP256)]
    [TestCase("-cipher", "ECDHE-RSA-AES128-GCM-SHA256", TestKey.Rsa2048)]
    [TestCase("-cipher", "ECDHE-RSA-AES256-GCM-SHA384", TestKey.Rsa2048)]
    [TestCase("-cipher", "ECDHE-RSA-CHACHA20-POLY1305", TestKey.Rsa2048)]
    public async Task Every_cipher_suite_works(string option, string suite, TestKey key)
    {
        var version = option == "-cipher" ? Cases.Tls12 : Cases.Tls13;
        await using var server = OurServer.Start(new TlsServerOptions { Credential = TestCertificates.ServerWith(key) });
        await using var client = OpenSslPeer.StartClient(server, OpenSslPeer.Version(version), option, suite);

        await client.WriteAsync("over and out\n");
        await client.WaitForAsync("over and out\n");
        client.CloseInput();

        Assert.That(await client.WaitForExitAsync(), Is.Zero, client.Transcript());
        Assert.That(client.Output, Does.Contain($"Cipher is {suite}"));
        await server.NextCleanEndAsync();
    }

    [TestCase("AES128-GCM-SHA256", TestKey.Rsa2048, TestName = "A_client_with_static_RSA_only_is_refused")]
    [TestCase("ECDHE-ECDSA-AES128-SHA256", TestKey.EcdsaP256, TestName = "A_client_with_CBC_only_is_refused")]
    [TestCase("DHE-RSA-AES128-GCM-SHA256", TestKey.Rsa2048, TestName = "A_client_with_finite_field_DHE_only_is_refused")]
    [TestCase("ECDHE-ECDSA-AES128-GCM-SHA256", TestKey.Rsa2048, TestName = "A_client_without_a_suite_for_our_kind_of_key_is_refused")]
    public async Task A_client_that_shares_no_cipher_suite_is_refused(string suites, TestKey key)
    {
        await using var server = OurServer.Start(new TlsServerOptions { Credential = TestCertificates.ServerWith(key) });
        await using var client = OpenSslPeer.StartClient(server, "-tls1_2", "-cipher", suites);

        await client.WaitForAsync(OpenSslPeer.Alert(TlsAlert.HandshakeFailure));

        var failure = await server.NextFailureAsync();
        Assert.That(failure.Fault, Is.EqualTo(TlsFault.Incompatible));
        Assert.That(failure.Message, Does.Contain("the client has no cipher suite of ours"));
    }

    [TestCase("P-256", "secp256r1")]
    [TestCase("P-384", "secp384r1")]
    [TestCase("X25519", "x25519")]
    public async Task Every_group_works_on_both_versions(string group, string name)
    {
        foreach (var version in new[] { Cases.Tls12, Cases.Tls13 })
        {
            // RSA: on TLS 1.2 the client's groups are also the curves of the certificates that it takes (RFC 8422 section 5.1).
            await using var server = OurServer.Start(new TlsServerOptions { Credential = TestCertificates.ServerWith(TestKey.Rsa2048) });
            await using var client = OpenSslPeer.StartClient(server, OpenSslPeer.Version(version), "-groups", group);

            await client.WriteAsync("over and out\n");
            await client.WaitForAsync("over and out\n");
            client.CloseInput();
            await client.WaitForExitAsync();

            Assert.That((await server.NextCleanEndAsync()).Group, Is.EqualTo(name), $"{version}");
        }
    }

    [Test]
    public async Task A_key_share_for_another_group_is_asked_for_again()
    {
        // openssl sends a share for its first group only, which is none of ours.
        await using var server = OurServer.Start();
        await using var client = OpenSslPeer.StartClient(server, "-tls1_3", "-groups", "P-521:P-384", "-msg");

        await client.WriteAsync("over and out\n");
        await client.WaitForAsync("over and out\n");
        client.CloseInput();
        await client.WaitForExitAsync();

        Assert.That((await server.NextCleanEndAsync()).Group, Is.EqualTo("secp384r1"));
        Assert.That(Count(client.Output, ", ClientHello"), Is.EqualTo(2), client.Output);
    }

    [TestCase("-tls1_2")]
    [TestCase("-tls1_3")]
    public async Task The_application_protocol_is_agreed_by_our_order(string version)
    {
        await using var server = OurServer.Start(
            new TlsServerOptions { Credential = TestCertificates.Server, ApplicationProtocols = OurServer.Protocols("mqtt", "http/1.1") });
        await using var client = OpenSslPeer.StartClient(server, version, "-alpn", "h2,http/1.1,mqtt");

        await client.WaitForAsync("ALPN protocol: mqtt");
        client.CloseInput();
        await client.WaitForExitAsync();

        Assert.That((await server.NextCleanEndAsync()).ApplicationProtocol, Is.EqualTo(OurServer.Protocols("mqtt")[0]));
    }

    [TestCase("-tls1_2")]
    [TestCase("-tls1_3")]
    public async Task No_application_protocol_in_common_is_said_by_its_alert(string version)
    {
        await using var server = OurServer.Start(
            new TlsServerOptions { Credential = TestCertificates.Server, ApplicationProtocols = OurServer.Protocols("mqtt") });
        await using var client = OpenSslPeer.StartClient(server, version, "-alpn", "h2");

        await client.WaitForAsync(OpenSslPeer.Alert(TlsAlert.NoApplicationProtocol));

        Assert.That((await server.NextFailureAsync()).Alert, Is.EqualTo(TlsAlert.NoApplicationProtocol));
    }

    [TestCase("-tls1_2", Cases.Tls13)]
    [TestCase("-tls1_3", Cases.Tls12)]
    [TestCase("-tls1_1", Cases.Both)]
    [TestCase("-tls1", Cases.Both)]
    public async Task A_client_without_a_version_in_common_is_told_so(string offered, SslProtocols ours)
    {
        await using var server = OurServer.Start(new TlsServerOptions { Credential = TestCertificates.Server, EnabledProtocols = ours });
        await using var client = OpenSslPeer.StartClient(server, offered, "-cipher", "ALL:@SECLEVEL=0");

        await client.WaitForAsync(OpenSslPeer.Alert(TlsAlert.ProtocolVersion));

        var failure = await server.NextFailureAsync();
        Assert.That(failure.Fault, Is.EqualTo(TlsFault.Incompatible));
        Assert.That(failure.Message, Does.Contain("speaks none of our protocol versions"));
    }

    [TestCase(Cases.Tls12)]
    [TestCase(Cases.Tls13)]
    public async Task Our_only_version_is_found_by_a_client_that_has_both(SslProtocols ours)
    {
        await using var server = OurServer.Start(new TlsServerOptions { Credential = TestCertificates.Server, EnabledProtocols = ours });
        await using var client = OpenSslPeer.StartClient(server);

        await client.WaitForAsync($"New, {VersionName(ours)}, Cipher is");
        client.CloseInput();
        await client.WaitForExitAsync();

        Assert.That((await server.NextCleanEndAsync()).Protocol, Is.EqualTo(ours));
    }

    [TestCaseSource(typeof(Cases), nameof(Cases.WelcomeClients))]
    public async Task A_client_certificate_is_asked_for_and_verified(SslProtocols version, ClientCertificateMode mode, TestKey? key)
    {
        await using var server = OurServer.Start(OurServer.AskingFor(mode));
        var credential = key is { } kind ? PemFiles.Of(TestCertificates.ClientWith(kind)).OpenSslArguments() : [];
        await using var client = OpenSslPeer.StartClient(server, [OpenSslPeer.Version(version), .. credential]);

        await client.WriteAsync("over and out\n");
        await client.WaitForAsync("over and out\n");
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
        var credential = name is null ? [] : PemFiles.Of(Cases.Credential(name)).OpenSslArguments();
        await using var client = OpenSslPeer.StartClient(server, [OpenSslPeer.Version(version), .. credential]);

        await client.WaitForAsync(OpenSslPeer.Alert(alert));

        var failure = await server.NextFailureAsync();
        Assert.That(failure, Is.InstanceOf<TlsCertificateException>());
        Assert.That(failure.Alert, Is.EqualTo(alert));
        Assert.That(failure.Message, Does.StartWith(text));
    }

    [TestCase("-tls1_2", nameof(TestCertificates.WrongHost), TlsAlert.BadCertificate)]
    [TestCase("-tls1_3", nameof(TestCertificates.WrongHost), TlsAlert.BadCertificate)]
    [TestCase("-tls1_2", nameof(TestCertificates.Expired), TlsAlert.CertificateExpired)]
    [TestCase("-tls1_3", nameof(TestCertificates.Expired), TlsAlert.CertificateExpired)]
    [TestCase("-tls1_2", nameof(TestCertificates.Untrusted), TlsAlert.UnknownCa)]
    [TestCase("-tls1_3", nameof(TestCertificates.SelfSigned), TlsAlert.UnknownCa)]
    public async Task A_client_that_refuses_our_certificate_is_quoted(string version, string name, TlsAlert alert)
    {
        await using var server = OurServer.Start(new TlsServerOptions { Credential = Cases.Credential(name) });
        await using var client = OpenSslPeer.StartClient(server, version);

        var failure = await server.NextFailureAsync();

        Assert.That(failure.Fault, Is.EqualTo(TlsFault.PeerAlert));
        Assert.That(failure.Alert, Is.EqualTo(alert));
        Assert.That(failure.Message, Does.StartWith("The peer sent the fatal alert ").And.Contain($"({(int)alert})"));
    }

    [Test]
    public async Task A_KeyUpdate_that_asks_for_ours_gets_it()
    {
        await using var server = OurServer.Start();
        await using var client = OpenSslPeer.StartClient(server, "-tls1_3", "-msg");
        await Ask(client, "before");

        for (var round = 1; round <= 2; round++)
        {
            await client.WriteAsync("K\n");
            await client.WaitForAsync(OpenSslPeer.Times(round, OpenSslPeer.KeyUpdateSent));
            await Ask(client, $"after {round}");
        }

        client.CloseInput();
        await client.WaitForExitAsync();

        await server.NextCleanEndAsync();
        Assert.That(Count(client.Output, OpenSslPeer.KeyUpdateReceived), Is.EqualTo(2), client.Output);
    }

    [Test]
    public async Task A_KeyUpdate_that_asks_for_nothing_gets_nothing()
    {
        await using var server = OurServer.Start();
        await using var client = OpenSslPeer.StartClient(server, "-tls1_3", "-msg");
        await Ask(client, "before");

        await client.WriteAsync("k\n");
        await client.WaitForAsync(OpenSslPeer.KeyUpdateSent);
        await Ask(client, "after");
        client.CloseInput();
        await client.WaitForExitAsync();

        await server.NextCleanEndAsync();
        Assert.That(client.Output, Does.Not.Contain(OpenSslPeer.KeyUpdateReceived));
    }

    [Test]
    public async Task A_renegotiation_is_refused()
    {
        await using var server = OurServer.Start();
        await using var client = OpenSslPeer.StartClient(server, "-tls1_2");
        await Ask(client, "before");

        await client.WriteAsync("R\n");

        await client.WaitForAsync("no renegotiation");
    }

    [Test]
    public async Task Without_extended_master_secret_there_is_no_connection()
    {
        var configuration = PemFiles.Write(
            "no-ems.cnf", "openssl_conf = a\n[a]\nssl_conf = b\n[b]\nsystem_default = c\n[c]\nOptions = -ExtendedMasterSecret\n");
        await using var server = OurServer.Start();
        await using var client = ExternalTool.Start(
            "env", $"OPENSSL_CONF={configuration}", "openssl", "s_client", "-connect", $"127.0.0.1:{server.Port}", "-tls1_2");

        await client.WaitForAsync(OpenSslPeer.Alert(TlsAlert.HandshakeFailure));

        Assert.That((await server.NextFailureAsync()).Fault, Is.EqualTo(TlsFault.Incompatible));
    }

    [TestCase("-tls1_2")]
    [TestCase("-tls1_3")]
    public async Task Eight_MiB_go_both_ways(string version)
    {
        await using var server = OurServer.Start(serve: stream => OurServer.EchoAsync(stream, Cases.Large));
        await using var client = OpenSslPeer.StartClient(server, version);

        await client.WriteAsync(LargeText.Text);
        await client.WaitForExitAsync();

        await server.NextCleanEndAsync();
        Assert.That(client.Output.Contains(LargeText.Text, StringComparison.Ordinal), "All came back, in order.");
    }

    private static async Task Ask(ExternalTool client, string word)
    {
        await client.WriteAsync($"= {word}\n");
        await client.WaitForAsync($"= {word}\n");
    }

    private static string VersionName(SslProtocols version) => version == Cases.Tls13 ? "TLSv1.3" : "TLSv1.2";

    private static int Count(string text, string part) => text.Split(part).Length - 1;
}
