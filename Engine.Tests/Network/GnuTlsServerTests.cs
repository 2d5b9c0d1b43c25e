using System.Security.Authentication;
using TlsFsm.Tests.Hosting;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Network;

/// <summary>Our client, and gnutls-serv, which binds all interfaces: so it gets a network namespace of its own.</summary>
[Category("Network")]
[Parallelizable(ParallelScope.All)]
public sealed class GnuTlsServerTests
{
    // Its namespace is its own, so its port is always free.
    private const int Port = 5556;

    [OneTimeSetUp]
    public async Task RequireTools()
    {
        ExternalTool.Require("gnutls-serv");
        await NetworkNamespace.RequireAsync();
    }

    [TestCaseSource(typeof(Cases), nameof(Cases.VersionsAndKeys))]
    public async Task Every_version_and_key_is_verified_and_talked_with(SslProtocols version, TestKey key)
    {
        await using var server = await StartAsync(TestCertificates.ServerWith(key), version);
        await using var stream = await OpenAsync(server);

        await stream.WriteAsync("over and out\n");
        await stream.ReadUntilAsync("over and out\n");
        await stream.ShutdownAsync().WaitAsync(Wait.Limit);

        Assert.That(stream.Connection.CloseReason, Is.EqualTo(CloseReason.Clean));
        Assert.That(stream.Connection.Session!.Protocol, Is.EqualTo(version));
    }

    [TestCase(Cases.Tls12)]
    [TestCase(Cases.Tls13)]
    public async Task The_application_protocol_is_agreed(SslProtocols version)
    {
        await using var server = await StartAsync(TestCertificates.Server, version, "--alpn=mqtt", "--alpn-fatal");
        await using (var stream = await OpenAsync(server, OurClient.Options(Cases.Both, null, "h2", "mqtt")))
            Assert.That(stream.Connection.Session!.ApplicationProtocol, Is.EqualTo(OurServer.Protocols("mqtt")[0]));

        var failure = await OurClient.FailAsync(OpenAsync(server, OurClient.Options(Cases.Both, null, "h2")));
        Assert.That(failure.Alert, Is.EqualTo(TlsAlert.NoApplicationProtocol));
    }

    [TestCaseSource(typeof(Cases), nameof(Cases.RefusedServers))]
    public async Task A_bad_server_certificate_is_refused_with_its_alert(SslProtocols version, string name, TlsAlert alert, string text)
    {
        await using var server = await StartAsync(Cases.Credential(name), version, "--debug=5");

        var failure = await OurClient.FailAsync(OpenAsync(server));

        Assert.That(failure.Alert, Is.EqualTo(alert));
        Assert.That(failure.Message, Does.StartWith(text));
        await server.WaitForAsync($"Alert[2|{(int)alert}]");
    }

    [TestCaseSource(typeof(Cases), nameof(Cases.VersionsAndKeys))]
    public async Task Our_client_certificate_is_verified(SslProtocols version, TestKey key)
    {
        await using var server = await StartRequiringAsync(version);
        await using var stream = await OpenAsync(server, OurClient.Options(credential: TestCertificates.ClientWith(key)));

        await stream.WriteAsync("over and out\n");
        await stream.ReadUntilAsync("over and out\n");

        await server.WaitForAsync($"CN=client {key}");
    }

    [TestCase(Cases.Tls12, null)]
    [TestCase(Cases.Tls13, null)]
    [TestCase(Cases.Tls12, nameof(TestCertificates.UntrustedClient))]
    [TestCase(Cases.Tls13, nameof(TestCertificates.UntrustedClient))]
    [TestCase(Cases.Tls12, nameof(TestCertificates.ExpiredClient))]
    [TestCase(Cases.Tls13, nameof(TestCertificates.ExpiredClient))]
    public async Task A_server_that_refuses_our_client_certificate_is_quoted(SslProtocols version, string? name)
    {
        await using var server = await StartRequiringAsync(version);
        var credential = name is null ? null : Cases.Credential(name);

        var failure = await OurClient.FailOrReadFailureAsync(OpenAsync(server, OurClient.Options(credential: credential)));

        Assert.That(failure.Fault, Is.EqualTo(TlsFault.PeerAlert), failure.Message);
    }

    [TestCase(Cases.Tls12)]
    [TestCase(Cases.Tls13)]
    public async Task Eight_MiB_go_both_ways(SslProtocols version)
    {
        await using var server = await StartAsync(TestCertificates.Server, version, "--quiet");
        await using var stream = await OpenAsync(server);

        var received = await stream.ExchangeAsync(LargeText.Bytes);
        await stream.ShutdownAsync().WaitAsync(Wait.Limit);

        Assert.That(received.AsSpan().SequenceEqual(LargeText.Bytes), "All came back, in order.");
    }

    internal static string Priority(SslProtocols version) =>
        version == Cases.Tls13 ? "NORMAL:-VERS-ALL:+VERS-TLS1.3" : "NORMAL:-VERS-ALL:+VERS-TLS1.2";

    private static async Task<TlsStream> OpenAsync(ExternalTool server, TlsClientOptions? options = null) =>
        await OurClient.OpenAsync(await NetworkNamespace.ConnectAsync(server, Port), options);

    private static Task<ExternalTool> StartRequiringAsync(SslProtocols version) => StartAsync(
        TestCertificates.Server, version, "--require-client-cert", "--verify-client-cert", $"--x509cafile={PemFiles.Root}");

    private static async Task<ExternalTool> StartAsync(TlsCredential credential, SslProtocols version, params string[] arguments)
    {
        var files = PemFiles.Of(credential);
        var server = NetworkNamespace.Start(
            "gnutls-serv",
            [
                "--echo", $"--port={Port}", $"--x509certfile={files.Chain}", $"--x509keyfile={files.Key}",
                $"--priority={Priority(version)}", .. arguments,
            ]);
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
}
