using System.Text.Json;
using System.Xml.Linq;
using TlsFsm.Tests.Cli;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Network;

/// <summary>
/// testssl.sh and sslscan look for weaknesses of <c>tlsfsm serve</c>. Their TLS 1.2 is without extended master secret, so a server as it is
/// by default speaks TLS 1.3 alone to them; a second one admits them, so that what they say about TLS 1.2 is of it.
/// </summary>
[Category("Network")]
[Parallelizable(ParallelScope.All)]
public sealed class ScannerTests
{
    /// <summary>What testssl.sh may find, and why it is no weakness of the server.</summary>
    private static readonly Dictionary<string, string> Expected = new()
    {
        ["cert_revocation"] = "the tests' authority has neither list nor responder",
        ["DNS_CAArecord"] = "localhost has no records in the DNS",
    };

    private static readonly string[] Severities = ["LOW", "MEDIUM", "HIGH", "CRITICAL", "FATAL"];

    private PemFolder _files = null!;

    [OneTimeSetUp]
    public void SetUp()
    {
        ExternalTool.Require("testssl", "sslscan", "openssl");
        _files = new PemFolder();
        (_certificate, _key) = _files.Write("scanned", BadCertificates.Server(WrongLeaf.Nothing));
    }

    private string _certificate = null!;
    private string _key = null!;

    [OneTimeTearDown]
    public void TearDown() => _files?.Dispose();

    [Test]
    public async Task Testssl_finds_no_weakness([Values] bool admitsScanners)
    {
        var (server, port) = await ServeAsync(admitsScanners);
        await using var _ = server;
        var report = _files.PathOf($"testssl-{admitsScanners}.json");

        await using var scanner = ExternalTool.Start(
            "testssl", "--quiet", "--color", "0", "--warnings", "off", "--fast", "--protocols", "--std", "--fs", "--server-preference",
            "--server-defaults", "--vulnerable", "--add-ca", _files.Root, "--jsonfile", report, "--ip", "127.0.0.1", $"localhost:{port}");
        scanner.CloseInput();
        await scanner.WaitForExitAsync(Patience);

        using var json = JsonDocument.Parse(await File.ReadAllTextAsync(report));
        var findings = json.RootElement.EnumerateArray()
            .Select(one => (Id: Text(one, "id"), Severity: Text(one, "severity"), Finding: Text(one, "finding"))).ToList();
        var weaknesses = findings.Where(one => Severities.Contains(one.Severity) && !Expected.ContainsKey(one.Id));
        Assert.That(weaknesses, Is.Empty);

        // It has really looked, and at both versions where it could.
        Assert.That(findings, Has.Count.GreaterThan(50), scanner.Transcript());
        Assert.That(Of("TLS1_3"), Does.StartWith("offered"));
        Assert.That(Of("TLS1_2"), Does.StartWith(admitsScanners ? "offered" : "not offered"));
        foreach (var old in (string[])["SSLv2", "SSLv3", "TLS1", "TLS1_1"])
            Assert.That(Of(old), Does.StartWith("not offered"), old);
        Assert.That(Of("heartbleed"), Does.StartWith("not vulnerable"));
        Assert.That(Of("ROBOT"), Does.StartWith("not vulnerable"));
        Assert.That(Of("cert_chain_of_trust"), Does.StartWith("passed"));

        string Of(string id) => findings.FirstOrDefault(one => one.Id == id).Finding ?? $"no finding {id}";
    }

    [Test]
    public async Task Sslscan_finds_no_weakness([Values] bool admitsScanners)
    {
        var (server, port) = await ServeAsync(admitsScanners);
        await using var _ = server;
        var report = _files.PathOf($"sslscan-{admitsScanners}.xml");

        var (exitCode, output, errors) = await ExternalTool.RunAsync(
            "sslscan", "", "--no-colour", "--sni-name=localhost", $"--xml={report}", $"127.0.0.1:{port}");

        Assert.That(exitCode, Is.Zero, output + errors);
        var test = XDocument.Load(report).Root!.Element("ssltest")!;
        var protocols = test.Elements("protocol").Where(one => (string?)one.Attribute("enabled") == "1")
            .Select(one => $"{(string?)one.Attribute("type")} {(string?)one.Attribute("version")}");
        Assert.That(protocols, Is.EquivalentTo(admitsScanners ? ["tls 1.2", "tls 1.3"] : (string[])["tls 1.3"]));

        var suites = test.Elements("cipher").Select(one => (string)one.Attribute("cipher")!).ToList();
        string[] suites12 = ["ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384", "ECDHE-ECDSA-CHACHA20-POLY1305"];
        string[] suites13 = ["TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256"];
        Assert.That(suites, Is.EquivalentTo(admitsScanners ? suites13.Concat(suites12) : suites13));
        Assert.That(test.Elements("cipher").Select(one => (int)one.Attribute("bits")!), Is.All.GreaterThanOrEqualTo(128));

        Assert.That(test.Elements("group").Select(one => (string)one.Attribute("name")!).Distinct(), Is.SubsetOf(new[]
        {
            "x25519", "secp256r1 (NIST P-256)", "secp384r1 (NIST P-384)", "secp521r1 (NIST P-521)",
        }));
        Assert.That(test.Elements("heartbleed").Select(one => (string)one.Attribute("vulnerable")!), Is.All.EqualTo("0").And.Not.Empty);
        Assert.That((string?)test.Element("renegotiation")?.Attribute("supported"), Is.EqualTo("0"));
        Assert.That((string?)test.Element("compression")?.Attribute("supported"), Is.Null.Or.EqualTo("0"));
    }

    private Task<(CliRun Run, int Port)> ServeAsync(bool admitsScanners) =>
        CliRun.ServeAsync(["--cert", _certificate, "--key", _key, "--www", .. admitsScanners ? ["--allow-no-ems"] : (string[])[]]);

    private static string Text(JsonElement one, string name) => one.TryGetProperty(name, out var value) ? value.GetString() ?? "" : "";

    // A minute's work where other tests take the processors.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(4);
}
