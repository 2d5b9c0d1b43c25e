using System.Security.Authentication;
using TlsFsm.Tests.Hosting;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Network;

/// <summary>Our client, and openssl s_server.</summary>
[Category("Network")]
[Parallelizable(ParallelScope.All)]
public sealed class OpenSslServerTests
{
    [OneTimeSetUp]
    public void RequireTools() => ExternalTool.Require("openssl");

    [TestCaseSource(typeof(Cases), nameof(Cases.VersionsAndKeys))]
    public async Task Every_version_and_key_is_verified_and_talked_with(SslProtocols version, TestKey key)
    {
        var (server, port) = await OpenSslPeer.StartServerAsync(TestCertificates.ServerWith(key), OpenSslPeer.Version(version), "-rev");
        await using var disposing = server;
        await using var stream = await OurClient.OpenAsync(port);

        await stream.WriteAsync("tuo dna revo\n");
        await stream.ReadUntilAsync("over and out\n");
        await stream.ShutdownAsync().WaitAsync(Wait.Limit);

        Assert.That(stream.Connection.CloseReason, Is.EqualTo(CloseReason.Clean));
        Assert.That(stream.Connection.Session!.Protocol, Is.EqualTo(version));
        Assert.That(stream.Connection.Session.PeerCertificate!.Subject, Is.EqualTo($"CN=server {key}"));
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
        var (server, port) = await OpenSslPeer.StartServerAsync(
            TestCertificates.ServerWith(key), OpenSslPeer.Version(version), "-rev", option, suite);
        await using var disposing = server;
        await using var stream = await OurClient.OpenAsync(port);

        await stream.WriteAsync("tuo dna revo\n");
        await stream.ReadUntilAsync("over and out\n");
        await stream.ShutdownAsync().WaitAsync(Wait.Limit);

        await server.WaitForAsync($"Ciphersuite: {suite}");
    }

    [TestCase("AES128-GCM-SHA256", TestKey.Rsa2048, TestName = "A_server_with_static_RSA_only_gets_no_connection")]
    [TestCase("ECDHE-ECDSA-AES128-SHA256", TestKey.EcdsaP256, TestName = "A_server_with_CBC_only_gets_no_connection")]
    [TestCase("DHE-RSA-AES128-GCM-SHA256", TestKey.Rsa2048, TestName = "A_server_with_finite_field_DHE_only_gets_no_connection")]
    public async Task A_server_that_shares_no_cipher_suite_gets_no_connection(string suites, TestKey key)
    {
        var (server, port) = await OpenSslPeer.StartServerAsync(TestCertificates.ServerWith(key), "-tls1_2", "-cipher", suites);
        await using var disposing = server;

        var failure = await OurClient.FailAsync(port);

        Assert.That(failure.Fault, Is.EqualTo(TlsFault.PeerAlert));
        Assert.That(failure.Alert, Is.EqualTo(TlsAlert.HandshakeFailure));
    }

    [TestCase("P-256", "secp256r1")]
    [TestCase("P-384", "secp384r1")]
    [TestCase("P-521", "secp521r1")]
    [TestCase("X25519", "x25519")]
    public async Task Every_group_works_also_when_the_server_asks_for_another_key_share(string group, string name)
    {
        foreach (var version in new[] { Cases.Tls12, Cases.Tls13 })
        {
            var (server, port) = await OpenSslPeer.StartServerAsync(
                TestCertificates.ServerWith(TestKey.Rsa2048), OpenSslPeer.Version(version), "-rev", "-groups", group);
            await using var disposing = server;
            await using var stream = await OurClient.OpenAsync(port);

            await stream.WriteAsync("tuo dna revo\n");
            await stream.ReadUntilAsync("over and out\n");

            Assert.That(stream.Connection.Session!.Group, Is.EqualTo(name), $"{version}");
        }
    }

    [TestCase("-tls1_2")]
    [TestCase("-tls1_3")]
    public async Task The_application_protocol_is_agreed(string version)
    {
        var (server, port) = await OpenSslPeer.StartServerAsync(TestCertificates.Server, version, "-alpn", "mqtt,http/1.1");
        await using var disposing = server;
        await using var stream = await OurClient.OpenAsync(port, OurClient.Options(Cases.Both, null, "h2", "http/1.1", "mqtt"));

        Assert.That(stream.Connection.Session!.ApplicationProtocol, Is.EqualTo(OurServer.Protocols("mqtt")[0]));
        await server.WaitForAsync("ALPN protocols selected: mqtt");
    }

    [Test]
    public async Task A_server_that_knows_no_application_protocol_leaves_it_open()
    {
        var (server, port) = await OpenSslPeer.StartServerAsync(TestCertificates.Server);
        await using var disposing = server;
        await using var stream = await OurClient.OpenAsync(port, OurClient.Options(Cases.Both, null, "h2"));

        Assert.That(stream.Connection.Session!.ApplicationProtocol.Protocol.IsEmpty);
    }

    [TestCase("-tls1_2", Cases.Tls13)]
    [TestCase("-tls1_3", Cases.Tls12)]
    public async Task A_server_without_a_version_in_common_tells_us(string spoken, SslProtocols ours)
    {
        var (server, port) = await OpenSslPeer.StartServerAsync(TestCertificates.Server, spoken);
        await using var disposing = server;

        var failure = await OurClient.FailAsync(port, OurClient.Options(ours));

        Assert.That(failure.Fault, Is.EqualTo(TlsFault.PeerAlert));
        Assert.That(failure.Alert, Is.EqualTo(TlsAlert.ProtocolVersion));
    }

    [Test]
    public async Task A_server_of_the_last_century_is_refused()
    {
        var (server, port) = await OpenSslPeer.StartServerAsync(TestCertificates.Server, "-tls1_1", "-cipher", "ALL:@SECLEVEL=0");
        await using var disposing = server;

        var failure = await OurClient.FailAsync(port);

        Assert.That(failure.Alert, Is.EqualTo(TlsAlert.ProtocolVersion));
    }

    [TestCaseSource(typeof(Cases), nameof(Cases.RefusedServers))]
    public async Task A_bad_server_certificate_is_refused_with_its_alert(SslProtocols version, string name, TlsAlert alert, string text)
    {
        var (server, port) = await OpenSslPeer.StartServerAsync(Cases.Credential(name), OpenSslPeer.Version(version));
        await using var disposing = server;

        var failure = await OurClient.FailAsync(port);

        Assert.That(failure, Is.InstanceOf<TlsCertificateException>());
        Assert.That(failure.Alert, Is.EqualTo(alert));
        Assert.That(failure.Message, Does.StartWith(text));
        await server.WaitForAsync(OpenSslPeer.Alert(alert));
    }

    [TestCase(Cases.Tls12)]
    [TestCase(Cases.Tls13)]
    public async Task A_certificate_for_the_address_is_for_the_address(SslProtocols version)
    {
        var (server, port) = await OpenSslPeer.StartServerAsync(TestCertificates.Server, OpenSslPeer.Version(version));
        await using var disposing = server;

        await using var stream = await OurClient.OpenAsync(
            port, new TlsClientOptions { TargetHost = "127.0.0.1", Verification = TestCertificates.Verification });

        Assert.That(stream.Connection.Session!.Protocol, Is.EqualTo(version));
    }

    [Test]
    public async Task A_root_that_the_system_does_not_know_is_not_trusted_by_default()
    {
        var (server, port) = await OpenSslPeer.StartServerAsync(TestCertificates.Server);
        await using var disposing = server;

        var failure = await OurClient.FailAsync(port, new TlsClientOptions { TargetHost = TestCertificates.Host });

        Assert.That(failure.Alert, Is.EqualTo(TlsAlert.UnknownCa));
        await server.WaitForAsync(OpenSslPeer.Alert(TlsAlert.UnknownCa));
    }

    [TestCaseSource(typeof(Cases), nameof(Cases.VersionsAndKeys))]
    public async Task Our_client_certificate_is_verified(SslProtocols version, TestKey key)
    {
        var (server, port) = await StartRequiringAsync(version);
        await using var disposing = server;
        await using var stream = await OurClient.OpenAsync(port, OurClient.Options(credential: TestCertificates.ClientWith(key)));

        await stream.WriteAsync("tuo dna revo\n");
        await stream.ReadUntilAsync("over and out\n");
        await stream.ShutdownAsync().WaitAsync(Wait.Limit);

        await server.WaitForAsync($"Peer certificate: CN = client {key}");
    }

    [TestCase(Cases.Tls12, null, TlsAlert.HandshakeFailure)]
    [TestCase(Cases.Tls13, null, TlsAlert.CertificateRequired)]
    [TestCase(Cases.Tls12, nameof(TestCertificates.UntrustedClient), TlsAlert.UnknownCa)]
    [TestCase(Cases.Tls13, nameof(TestCertificates.UntrustedClient), TlsAlert.UnknownCa)]
    [TestCase(Cases.Tls12, nameof(TestCertificates.ExpiredClient), TlsAlert.CertificateExpired)]
    [TestCase(Cases.Tls13, nameof(TestCertificates.ExpiredClient), TlsAlert.CertificateExpired)]
    public async Task A_server_that_refuses_our_client_certificate_is_quoted(SslProtocols version, string? name, TlsAlert alert)
    {
        var (server, port) = await StartRequiringAsync(version);
        await using var disposing = server;
        var credential = name is null ? null : Cases.Credential(name);

        var failure = await OurClient.FailOrReadFailureAsync(OurClient.OpenAsync(port, OurClient.Options(credential: credential)));

        Assert.That(failure.Fault, Is.EqualTo(TlsFault.PeerAlert), failure.Message);
        Assert.That(failure.Alert, Is.EqualTo(alert));
    }

    [TestCase("K")]
    [TestCase("k")]
    public async Task A_KeyUpdate_of_the_server_is_followed(string command)
    {
        var (server, port) = await OpenSslPeer.StartServerAsync(TestCertificates.Server, "-tls1_3", "-msg");
        await using var disposing = server;
        await using var stream = await OurClient.OpenAsync(port);
        await stream.WriteAsync("= before\n");
        await server.WaitForAsync("= before\n");

        for (var round = 1; round <= 2; round++)
        {
            await server.WriteAsync($"{command}\n");
            await server.WaitForAsync(OpenSslPeer.Times(round, OpenSslPeer.KeyUpdateSent));
            await server.WriteAsync($"= down {round}\n");
            await stream.ReadUntilAsync($"= down {round}\n");
            await stream.WriteAsync($"= up {round}\n");
            await server.WaitForAsync($"= up {round}\n");
        }

        await stream.ShutdownAsync().WaitAsync(Wait.Limit);
        await server.WaitForExitAsync();
        var answers = server.Output.Split(OpenSslPeer.KeyUpdateReceived).Length - 1;
        Assert.That(answers, Is.EqualTo(command == "K" ? 2 : 0), server.Output);
    }

    [Test]
    public async Task A_renegotiation_that_the_server_wants_is_refused()
    {
        var (server, port) = await OpenSslPeer.StartServerAsync(TestCertificates.Server, "-tls1_2");
        await using var disposing = server;
        await using var stream = await OurClient.OpenAsync(port);
        await stream.WriteAsync("= before\n");
        await server.WaitForAsync("= before\n");

        await server.WriteAsync("r\n");
        var reading = async () => await stream.ReadToEndAsync();

        // openssl takes our no_renegotiation as a reason to give up.
        Assert.That(
            reading, Throws.InstanceOf<TlsException>().With.Property(nameof(TlsException.Alert)).EqualTo(TlsAlert.HandshakeFailure));
    }

    [TestCase("-tls1_2")]
    [TestCase("-tls1_3")]
    public async Task Eight_MiB_go_both_ways(string version)
    {
        var (server, port) = await OpenSslPeer.StartServerAsync(TestCertificates.Server, version);
        await using var disposing = server;
        await using var stream = await OurClient.OpenAsync(port);

        var downloading = server.WriteAsync(LargeText.Text);
        var received = await stream.ExchangeAsync(LargeText.Bytes);
        await downloading;
        await stream.ShutdownAsync().WaitAsync(Wait.Limit);
        await server.WaitForExitAsync();

        Assert.That(received.AsSpan().SequenceEqual(LargeText.Bytes), "All came, in order.");
        Assert.That(server.Output.Contains(LargeText.Text, StringComparison.Ordinal), "All arrived, in order.");
    }

    private static async Task<(ExternalTool Tool, int Port)> StartRequiringAsync(SslProtocols version) =>
        await OpenSslPeer.StartServerAsync(
            TestCertificates.Server, OpenSslPeer.Version(version), "-rev", "-Verify", "3", "-verify_return_error", "-CAfile",
            PemFiles.Root);
}
