using TlsFsm.Samples.Observability;
using TlsFsm.Tests.Hosting;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Samples;

/// <summary>The sample with OpenTelemetry, seen as Prometheus sees it.</summary>
[TestFixture]
internal sealed class ObservabilitySampleTests
{
    [Test]
    public async Task Curl_shows_the_connections_of_the_sample()
    {
        ExternalTool.Require("curl");
        var port = Loopback.FreePort();
        await using var server = new ObservedServer(new TlsServerOptions { Credential = TestCertificates.Server }, port);
        await using var stream = await TlsClient.OpenStreamAsync(
            "127.0.0.1", server.Listener.LocalEndPoint.Port, TestServer.ClientOptions);

        var (exitCode, output, errors) = await ExternalTool.RunAsync("curl", "", "-sS", $"http://localhost:{port}/metrics");

        Assert.That(exitCode, Is.Zero, errors);
        foreach (var metric in new[]
        {
            "tlsfsm_handshakes_total", "tlsfsm_handshake_duration_seconds_bucket", "tlsfsm_active_connections", "tlsfsm_transitions_total",
            "tlsfsm_io_bytes_total",
        })
            Assert.That(output, Does.Match($"(?m)^{metric}\\{{.*tlsfsm_.*|^{metric}\\{{.*network_io_direction.*"), output);
        Assert.That(output, Does.Match("(?m)^tlsfsm_handshakes_total\\{.*tls_protocol_version=\"1.3\".*\\} [1-9]"));
    }
}
