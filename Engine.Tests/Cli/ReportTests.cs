using System.Text.RegularExpressions;
using System.Xml.Linq;
using TlsFsm.Cli.Reporting;
using TlsFsm.Tests.Support;
using TlsFsm.Tests.Telemetry;

namespace TlsFsm.Tests.Cli;

/// <summary>Pages about connections: whole, self-contained, and right about what happened.</summary>
[TestFixture]
internal sealed partial class ReportTests
{
    private PemFolder _files = null!;

    [OneTimeSetUp]
    public void SetUp() => _files = new PemFolder();

    [OneTimeTearDown]
    public void TearDown() => _files.Dispose();

    [Test]
    public void A_page_of_both_ends_has_every_step_message_and_reason_and_needs_nothing_else()
    {
        var page = PageOfALife(out var client, out var server);

        foreach (var step in client.Steps.Concat(server.Steps).Where(step => step.From != step.To))
            Assert.That(page, Does.Contain($"<li>{step.Trigger} → {step.To} "));
        foreach (var message in client.Messages)
            Assert.That(page, Does.Contain($"<td>{message.What}</td>"));
        Assert.That(page, Does.Contain("client: Clean.").And.Contain("server: Clean.").And.Contain("TLS_AES_"));
        Assert.That(Foreign().IsMatch(page), Is.False, "nothing is fetched");
        Assert.That(page, Does.Contain("prefers-color-scheme: dark").And.Contain("@media print"));
    }

    [Test]
    public void Every_drawing_is_well_formed_lights_the_present_state_and_numbers_what_was_walked()
    {
        var page = PageOfALife(out var client, out _);

        var drawings = Drawing().Matches(page).Select(match => XElement.Parse(match.Value)).ToList();
        Assert.That(drawings, Has.Count.EqualTo(9), "four machines of two ends, and the time line");
        foreach (var machine in DrawnMachine.All)
        {
            var drawing = drawings.First(one => one.Element("title")!.Value.StartsWith(machine.Name + ":", StringComparison.Ordinal));
            var steps = client.Steps.Where(step => step.Machine == machine.Name && step.From != step.To).ToList();
            Assert.That(
                drawing.Elements("text").Single(text => (string?)text.Attribute("class") == "now").Value, Is.EqualTo(steps[^1].To));
            Assert.That(
                drawing.Elements("text").Where(text => (string?)text.Attribute("class") == "number")
                    .SelectMany(text => text.Value.Split(',')),
                Is.EquivalentTo(Enumerable.Range(1, steps.Count).Select(number => $"{number}")));
        }
    }

    [Test]
    public void Words_of_a_peer_mean_nothing_on_a_page()
    {
        var recording = new Recording(
            "<script>alert(1)</script>", [], [], [], [], 0, null, CloseReason.Failed, new IOException("<b>&\u202E"));

        var page = ReportPage.OfConnection("a & b", [recording]);

        Assert.That(page, Does.Contain("&lt;script&gt;").And.Contain("&lt;b&gt;&amp;").And.Contain("a &amp; b"));
        Assert.That(page, Does.Not.Contain("<script").And.Not.Contain("\u202E"));
    }

    [Test]
    public async Task A_connect_leaves_a_page_also_when_its_handshake_fails()
    {
        var (server, port) = await CliRun.ServeAsync(_files.Credential);
        await using var _ = server;
        var file = _files.PathOf("failed.html");

        var client = await CliRun.ToEndAsync("connect", $"localhost:{port}", "--cafile", _files.OtherRoot, "--report", file);

        Assert.That(client.ExitCode, Is.EqualTo(4));
        Assert.That(await File.ReadAllTextAsync(file), Does.Contain("client: Failed.").And.Contain("Alert fatal UnknownCa"));
    }

    [Test]
    public async Task A_page_that_cannot_be_written_is_told_of()
    {
        var (server, port) = await CliRun.ServeAsync(_files.Credential);
        await using var _ = server;

        var client = await CliRun.ToEndAsync(
            "connect", $"localhost:{port}", "--cafile", _files.Root, "--report", _files.PathOf("no/such/folder.html"));

        Assert.That(client.ExitCode, Is.EqualTo(3));
        Assert.That(client.Errors, Does.Contain("--report: '"));
    }

    [Test]
    public async Task A_trace_shows_each_step_and_at_the_end_the_machines_as_they_are()
    {
        var (server, port) = await CliRun.ServeAsync(_files.Credential);
        await using var _ = server;

        var client = await CliRun.ToEndAsync("connect", $"localhost:{port}", "--cafile", _files.Root, "--live");
        var trace = await CliRun.ToEndAsync("trace", $"localhost:{port}", "--cafile", _files.Root);

        foreach (var run in new[] { client, trace })
        {
            Assert.That(run.ExitCode, Is.Zero, run.Errors);
            Assert.That(run.Errors, Does.Contain("Tls: DoHandshake --HandshakeCompleted--> Wrapped"));
            Assert.That(run.Errors, Does.Match(@"> Unwrapped 5 \+\d+ms").And.Contain("Clean: Both sides have said close_notify"));
        }
    }

    [Test]
    public void A_live_drawing_moves_up_over_the_last_one_and_lights_where_the_machines_are()
    {
        using var meter = new MeterLog(listens: false);
        using var output = new StringWriter();
        var pair = MeteredEngines.Make(meter);
        var drawing = new LiveDrawing(output, moves: true);
        drawing.Attach(pair.Client.Connection);

        pair.Live();
        drawing.Finish();

        var lines = DrawnMachine.All.Max(machine => machine.States.Count) + 1;
        Assert.That(output.ToString(), Does.Contain($"\u001b[{lines}A").And.Contain("\u001b[7m> Wrapped 2"));
    }

    [Test]
    public async Task A_browser_shows_a_page_without_a_complaint()
    {
        ExternalTool.Require("chromium");

        var (file, picture) = (_files.Write("life.html", PageOfALife(out _, out _)), _files.PathOf("life.png"));
        var (exitCode, _, errors) = await ExternalTool.RunAsync(
            "chromium", "", "--headless", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr", "--window-size=1400,3000",
            $"--screenshot={picture}", $"file://{file}");

        Assert.That(exitCode, Is.Zero, errors);
        Assert.That(errors, Does.Not.Contain("CONSOLE"));
        Assert.That(new FileInfo(picture).Length, Is.GreaterThan(50_000));
    }

    private static string PageOfALife(out Recording client, out Recording server)
    {
        using var meter = new MeterLog(listens: false);
        var pair = MeteredEngines.Make(meter);
        var (clientRecorder, serverRecorder) = (new ConnectionRecorder("client"), new ConnectionRecorder("server"));
        clientRecorder.Attach(pair.Client.Connection);
        serverRecorder.Attach(pair.Server.Connection);
        pair.Live();
        (client, server) = (clientRecorder.Take(), serverRecorder.Take());
        return ReportPage.OfConnection("A life", [client, server]);
    }

    [GeneratedRegex("<svg.*?</svg>", RegexOptions.Singleline)]
    private static partial Regex Drawing();

    [GeneratedRegex("<(script|link|img|iframe|object)|(src|href)=|url\\(|@import")]
    private static partial Regex Foreign();
}
