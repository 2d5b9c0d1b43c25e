using System.Text.Json;
using System.Text.RegularExpressions;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Cli;

/// <summary>What an operator sees of <c>serve</c>, and how it takes renewed files.</summary>
[TestFixture]
internal sealed class ServeObservedTests
{
    private PemFolder _files = null!;

    [SetUp]
    public void SetUp() => _files = new PemFolder();

    [TearDown]
    public void TearDown() => _files.Dispose();

    [Test]
    public async Task Metrics_and_a_page_show_connections_as_they_are()
    {
        await using var server = CliRun.Start(["serve", "0", .. _files.Credential, "--metrics", "0"]);
        await server.Out.WaitForAsync("/metrics\n");
        var port = PortAfter(server.Out.Text, "listening on ");
        var metrics = $"http://127.0.0.1:{PortAfter(server.Out.Text, "metrics on ")}";
        using var http = new HttpClient();
        await using var client = CliRun.Start("connect", $"localhost:{port}", "--cafile", _files.Root);
        await client.SendAsync("hello"u8.ToArray());
        await client.Output.WaitForLengthAsync(5);

        var open = await http.GetStringAsync($"{metrics}/metrics");
        var page = await http.GetStringAsync(metrics);
        client.EndInput();
        await client.ResultAsync();
        await server.Errors.WaitForAsync("Clean");
        var ended = await http.GetStringAsync($"{metrics}/metrics");

        Assert.That(open, Does.Contain("tlsfsm_active_connections{tlsfsm_state=\"Wrapped\"} 1\n"));
        Assert.That(open, Does.Contain("# TYPE tlsfsm_handshake_duration_seconds histogram\n"));
        Assert.That(open, Does.Match("tlsfsm_handshake_duration_seconds_bucket\\{.*le=\"\\+Inf\"\\} 1\n"));
        Assert.That(page, Does.Contain("<td>Tls</td><td>Wrapped</td><td>1</td>").And.Contain("http-equiv=\"refresh\""));
        Assert.That(ended, Does.Contain("tlsfsm_endings_total{tlsfsm_close_reason=\"Clean\",tlsfsm_role=\"server\"} 1\n"));
        Assert.That(ended, Does.Contain("tlsfsm_active_connections{tlsfsm_state=\"Wrapped\"} 0\n"));
        Assert.That((await http.GetAsync($"{metrics}/other")).StatusCode, Is.EqualTo(System.Net.HttpStatusCode.NotFound));
    }

    [Test]
    public async Task Each_connection_is_a_json_object_on_a_line_and_part_of_the_page()
    {
        var report = _files.PathOf("serve.html");
        var (server, port) = await CliRun.ServeAsync(
            [.. _files.Credential, "--once", "--log-format", "json", "--report", report, "--request-client-cert"]);
        await using var _ = server;

        await CliRun.ToEndAsync("connect", $"localhost:{port}", "--cafile", _files.Root, "--tls", "1.3");
        var served = await server.ResultAsync();

        using var line = JsonDocument.Parse(served.Errors.Split('\n').Single(one => one.StartsWith('{')));
        Assert.That(line.RootElement.GetProperty("reason").GetString(), Is.EqualTo("Clean"));
        Assert.That(line.RootElement.GetProperty("protocol").GetString(), Is.EqualTo("Tls13"));
        Assert.That(await File.ReadAllTextAsync(report), Does.Contain("CertificateRequest").And.Not.Contain("http-equiv"));
    }

    [Test]
    public async Task Renewed_files_are_taken_and_unusable_ones_are_not()
    {
        var (server, port) = await CliRun.ServeAsync(_files.Credential);
        await using var _ = server;

        _files.Write(Path.GetFileName(_files.Certificate), "rubbish");
        await server.Errors.WaitForAsync("cannot be used, the old ones stay");
        var before = await PresentedAsync(port);
        _files.Write("server", TestCertificates.ServerWith(TestKey.Rsa2048));
        await server.Errors.WaitForAsync("were read again\n");
        var after = await PresentedAsync(port);

        Assert.That(before, Does.Contain(TestCertificates.Server.Certificate.ExportCertificatePem()));
        Assert.That(after, Does.Contain(TestCertificates.ServerWith(TestKey.Rsa2048).Certificate.ExportCertificatePem()));
    }

    private async Task<string> PresentedAsync(int port) =>
        (await CliRun.ToEndAsync("connect", $"localhost:{port}", "--cafile", _files.Root, "--showcerts")).Errors;

    private static int PortAfter(string text, string words) => int.Parse(
        Regex.Match(text, Regex.Escape(words) + @".*:(\d+)").Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture);
}
