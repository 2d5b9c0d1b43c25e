using Org.BouncyCastle.Ocsp;
using TlsFsm.Cli;
using TlsFsm.Cli.Failures;
using TlsFsm.Cli.Serving;
using TlsFsm.Tests.Network;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Cli;

/// <summary>Staples, names, client certificates and what is told of them, with OpenSSL and GnuTLS at the other end.</summary>
[Category("Network")]
public sealed class IdentityFlagTests
{
    private const string Request = "GET / HTTP/1.0\r\n\r\n";

    private static readonly CertificateStatus Revoked = new RevokedStatus(new DateTime(2024, 1, 1, 0, 0, 0, DateTimeKind.Utc), 1);

    private PemFolder _files = null!;

    [OneTimeSetUp]
    public void SetUp()
    {
        ExternalTool.Require("openssl", "gnutls-cli");
        _files = new PemFolder();
    }

    [OneTimeTearDown]
    public void TearDown() => _files?.Dispose();

    [Test]
    public async Task A_staple_is_served_from_its_file_and_again_when_that_has_changed()
    {
        var file = Staple("changing.der", TestStaples.For(TestCertificates.Server.Certificate));
        var (server, port) = await CliRun.ServeAsync([.. _files.Credential, "--ocsp", file]);
        await using var _ = server;

        var before = await StatusAsync(port);
        Staple("changing.der", TestStaples.For(TestCertificates.Server.Certificate, Revoked));
        string after;
        using (var patience = new CancellationTokenSource(ExternalTool.Patience))
        {
            do
            {
                patience.Token.ThrowIfCancellationRequested();
                after = await StatusAsync(port);
            }
            while (after == before);
        }

        Assert.That(before, Is.EqualTo("good"));
        Assert.That(after, Is.EqualTo("revoked"));
    }

    [Test]
    public void A_file_that_has_become_something_else_is_told_once_and_the_old_response_stays()
    {
        var complaints = new List<string>();
        var good = TestStaples.For(TestCertificates.Server.Certificate);
        var file = new StapleFile(Staple("broken.der", good), complaints.Add);

        Staple("broken.der", "half a resp"u8.ToArray());
        file.Look();
        var afterOneLook = complaints.Count;
        file.Look();
        file.Look();

        Assert.That(afterOneLook, Is.Zero, "somebody may be writing it just now");
        Assert.That(complaints, Has.Count.EqualTo(1));
        Assert.That(complaints[0], Does.Contain("broken.der': This is no OCSP response").And.EndsWith("The old response is stapled on."));
        Assert.That(file.Staple.Response.ToArray(), Is.EqualTo(good));

        File.Delete(_files.PathOf("broken.der"));
        file.Look();
        Assert.That(complaints, Has.Count.EqualTo(1), "it may come again");
        var newer = TestStaples.For(TestCertificates.Server.Certificate, Revoked);
        Staple("broken.der", newer);
        file.Look();
        Assert.That(file.Staple.Response.ToArray(), Is.EqualTo(newer));
    }

    [Test]
    public void A_file_that_cannot_be_stapled_is_named()
    {
        AssertRefused(_files.PathOf("nowhere.der"), "nowhere.der': Could not find file");
        AssertRefused(_files.Certificate, "This is no OCSP response");
        AssertRefused(Staple("error.der", [0x30, 0x03, 0x0A, 0x01, 0x01]), "reports an error instead of a status");
        AssertRefused(Staple("large.der", new byte[OcspStaple.MaxSize + 1]), "more than MaxSize (32768)");

        static void AssertRefused(string path, string words)
        {
            var refusal = Assert.Throws<CliException>(() => _ = new StapleFile(path, _ => { }));
            Assert.That(refusal!.Message, Does.StartWith("--ocsp: ").And.Contain(words).And.Not.Contain("Parameter"));
            Assert.That(refusal.ExitCode, Is.EqualTo(ExitCode.Usage));
        }
    }

    [TestCase("good", 0, "")]
    [TestCase("revoked", 4, "that it was revoked. The server needs a new certificate. [sent alert 44 CertificateRevoked]")]
    [TestCase("none", 4, "of the authority that has issued its certificate. [sent alert 113 BadCertificateStatusResponse]")]
    public async Task Connect_requires_a_good_staple_of_OpenSSL(string kind, int exitCode, string told)
    {
        string[] staple = kind == "none"
            ? [] : ["-status_file",
                Staple($"{kind}.der", TestStaples.For(TestCertificates.Server.Certificate, kind == "good" ? null : Revoked))];
        var (server, port) = await OpenSslPeer.StartServerManyAsync(TestCertificates.Server, ["-www", .. staple]);
        await using var _ = server;

        var result = await CliRun.ToEndAsync(Request, ["connect", $"localhost:{port}", "--cafile", _files.Root, "--ocsp"]);

        Assert.That(result.ExitCode, Is.EqualTo(exitCode), result.Errors);
        Assert.That(
            result.Errors.Replace(". [", " [", StringComparison.Ordinal),
            Does.Contain(told.Replace(". [", " [", StringComparison.Ordinal)));
    }

    [Test]
    public async Task Each_name_has_its_certificate()
    {
        var (one, oneKey) = _files.Write("one", TestCertificates.ServerFor("one.test"));
        var (wild, wildKey) = _files.Write("wild", TestCertificates.Wildcard);
        var (server, port) = await CliRun.ServeAsync(
            [.. _files.Credential, "--sni-cert", $"one.test={one},{oneKey}", "--sni-cert", $"*.example.com={wild},{wildKey}"]);
        await using var _ = server;

        foreach (var (name, subject) in ((string, string)[])
                 [("one.test", "server for one.test"), ("www.example.com", "wildcard"), ("other.test", "server EcdsaP256")])
        {
            var (_, openssl, _) = await ExternalTool.RunAsync(
                "openssl", "", "s_client", "-servername", name, "-CAfile", _files.Root, "-connect", $"127.0.0.1:{port}");
            var (_, gnutls, _) = await ExternalTool.RunAsync(
                "gnutls-cli", "", $"--port={port}", $"--sni-hostname={name}", "--insecure", "127.0.0.1");

            Assert.That(openssl, Does.Contain($"subject=CN = {subject}\n"), name);
            Assert.That(gnutls, Does.Contain($"subject `CN={subject}'"), name);
        }
    }

    [Test]
    public async Task Each_client_gets_the_first_certificate_that_it_can_take(
        [Values("-tls1_2", "-tls1_3")] string version, [Values] bool isByName)
    {
        var (ecdsa, ecdsaKey) = _files.Write("ecdsa", TestCertificates.ServerWith(TestKey.EcdsaP384));
        var (rsa, rsaKey) = _files.Write("rsa", TestCertificates.ServerWith(TestKey.Rsa2048));
        string[] both = isByName
            ? [.. _files.Credential, "--sni-cert", $"localhost={ecdsa},{ecdsaKey}", "--sni-cert", $"localhost={rsa},{rsaKey}"]
            : ["--cert", ecdsa, "--key", ecdsaKey, "--cert", rsa, "--key", rsaKey];
        var (server, port) = await CliRun.ServeAsync([.. both, "--brief"]);
        await using var _ = server;

        foreach (var (schemes, subject) in ((string, string)[])[("ECDSA+SHA384:RSA-PSS+SHA256", "server EcdsaP384"),
            ("RSA-PSS+SHA256", "server Rsa2048")])
        {
            var (_, openssl, _) = await ExternalTool.RunAsync(
                "openssl", "", "s_client", version, "-sigalgs", schemes, "-servername", "localhost", "-CAfile", _files.Root, "-connect",
                $"127.0.0.1:{port}");

            Assert.That(openssl, Does.Contain($"subject=CN = {subject}\n"), schemes);
            await server.Errors.WaitForAsync($"Presented:    CN={subject}");
        }
    }

    [TestCase("--cert CERT --key KEY --cert CERT", "2 times --cert and 1 times --key: each certificate needs its own key.")]
    [TestCase("--cert CERT --cert CERT", "--key")]
    public async Task A_certificate_without_its_key_is_a_usage_error(string arguments, string told)
    {
        var filled = arguments.Split(' ').Select(word => word == "CERT" ? _files.Certificate : word == "KEY" ? _files.Key : word);

        var result = await CliRun.ToEndAsync(["serve", "0", .. filled]);

        Assert.That(result.ExitCode, Is.EqualTo((int)ExitCode.Usage), result.Errors);
        Assert.That(result.Errors, Does.Contain(told));
    }

    [TestCase("no-equals-sign", "--sni-cert: 'no-equals-sign' is not NAME=CERT,KEY.")]
    [TestCase("a.test=only-one-file", "is not NAME=CERT,KEY.")]
    [TestCase("a.test=no.pem,no.key", "'no.pem': there is no such file.")]
    [TestCase("a b.test=CERT,KEY", "--sni-cert: 'a b.test' is no host name")]
    [TestCase("a.test=CERT,OTHERKEY", "belongs to none of the 2 certificates: 'CN=server EcdsaP256'")]
    [TestCase("a.test=KEY,KEY", "there is no certificate in it")]
    [TestCase("a.test=CERT,CERT", "There is no private key in the PEM text")]
    public async Task A_name_and_its_files_that_make_no_sense_are_named(string entry, string told)
    {
        var (_, other) = _files.Write("other", TestCertificates.ServerFor("other.test"));
        var filled = entry.Replace("OTHERKEY", other, StringComparison.Ordinal)
            .Replace("CERT", _files.Certificate, StringComparison.Ordinal)
            .Replace("KEY", _files.Key, StringComparison.Ordinal);

        var result = await CliRun.ToEndAsync(["serve", "0", .. _files.Credential, "--sni-cert", filled]);

        Assert.That(result.ExitCode, Is.EqualTo((int)ExitCode.Usage), result.Errors);
        Assert.That(result.Errors, Does.Contain(told));
    }

    [Test]
    public async Task Verify_return_demands_a_client_certificate_that_verifies([Values] bool hasRoots)
    {
        string[] roots = hasRoots ? ["--client-ca", _files.Root] : [];
        var (server, port) = await CliRun.ServeAsync([.. _files.Credential, "--verify-return", .. roots]);
        await using var _ = server;
        var client = PemFiles.Of(TestCertificates.Client).OpenSslArguments();
        string[] openssl = ["s_client", "-quiet", "-CAfile", _files.Root, "-connect", $"127.0.0.1:{port}"];

        var (_, _, without) = await ExternalTool.RunAsync("openssl", "over and out\n", [.. openssl, "-tls1_3"]);
        await using var with = ExternalTool.Start("openssl", [.. openssl, .. client]);
        await with.WriteAsync("over and out\n");

        // The tests' root is none of the system's.
        await with.WaitForAsync(hasRoots ? "over and out" : OpenSslPeer.Alert(TlsAlert.UnknownCa));
        Assert.That(without, Does.Contain(OpenSslPeer.Alert(TlsAlert.CertificateRequired).Trim()));
    }

    [Test]
    public async Task Insecure_goes_on_and_tells_why_others_would_not()
    {
        var (server, port) = await OpenSslPeer.StartServerManyAsync(TestCertificates.Untrusted, "-www");
        await using var _ = server;

        var insecure = await CliRun.ToEndAsync(Request, ["connect", $"localhost:{port}", "--insecure"]);
        var usual = await CliRun.ToEndAsync(Request, ["connect", $"localhost:{port}"]);
        var explicitly = await CliRun.ToEndAsync(Request, ["connect", $"localhost:{port}", "--verify-return"]);

        Assert.That(insecure.ExitCode, Is.Zero);
        Assert.That(insecure.Data, Does.Contain("HTTP/1.0 200 ok"));
        Assert.That(
            insecure.Errors,
            Does.Contain("warning: --insecure: The server's certificate 'CN=untrusted' for 'localhost' fails the check 'trust'"));
        Assert.That(usual.ExitCode, Is.EqualTo((int)ExitCode.Tls));
        Assert.That(explicitly, Is.EqualTo(usual), "the default, spelled out");
    }

    [TestCase("1.2")]
    [TestCase("1.3")]
    public async Task Brief_is_one_block_on_both_sides(string version)
    {
        var (certificate, key) = _files.Write("client", TestCertificates.Client);
        var (server, port) = await CliRun.ServeAsync(
            [.. _files.Credential, "--www", "--once", "--brief", "--client-ca", _files.Root, "--alpn", "http/1.1", "--groups", "x25519"]);
        await using var _ = server;

        var client = await CliRun.ToEndAsync(Request,
            ["connect", $"localhost:{port}", "--cafile", _files.Root, "--brief", "--tls", version, "--alpn", "http/1.1", "--cert",
                certificate, "--key", key]);
        var served = await server.ResultAsync();

        var suite = version == "1.3" ? "TLS_AES_128_GCM_SHA256" : "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256";
        Assert.That(client.Errors, Does.Match(
            $"^Version:      TLS {version}\nCipher suite: {suite}\nGroup:        x25519\nSignature:    ecdsa_secp256r1_sha256 by the "
            + "peer\nALPN:         http/1\\.1\n"
            + "Server name:  localhost\nPeer:         CN=server EcdsaP256, issued by CN=TlsFsm test intermediate, valid until [0-9 :Z-]+\n"
            + "Chain:        CN=server EcdsaP256 <- CN=TlsFsm test intermediate\nPresented:    CN=client EcdsaP256\nResumption:   new "
            + "session\n$"));
        Assert.That(served.Errors, Does.Match(
            $"^#1 Version:      TLS {version}\n#1 Cipher suite: {suite}\n(#1 .*\n){{4}}#1 Peer:         CN=client EcdsaP256, issued by "
            + ".*\n#1 Chain:        .*\n#1 Presented:    CN=server EcdsaP256\n#1 Resumption:   new session\n#1 (127|\\[)"));
    }

    [Test]
    public async Task Brief_tells_of_a_session_that_is_resumed()
    {
        var (server, port) = await CliRun.ServeAsync([.. _files.Credential, "--brief"]);
        await using var _ = server;
        var session = _files.PathOf("session.pem");
        string[] arguments = ["s_client", "-tls1_2", "-servername", "localhost", "-CAfile", _files.Root, "-connect", $"127.0.0.1:{port}"];

        await ExternalTool.RunAsync("openssl", "over and out\n", [.. arguments, "-sess_out", session]);
        await ExternalTool.RunAsync("openssl", "over and out\n", [.. arguments, "-sess_in", session]);

        await server.Errors.WaitForAsync("#2 Resumption:   resumed");
    }

    private static async Task<string> StatusAsync(int port)
    {
        var (_, output, errors) = await ExternalTool.RunAsync(
            "openssl", "", "s_client", "-status", "-servername", "localhost", "-connect", $"127.0.0.1:{port}");
        var at = output.IndexOf("Cert Status: ", StringComparison.Ordinal);
        return at < 0 ? output + errors : output[(at + "Cert Status: ".Length)..].Split('\n')[0];
    }

    private string Staple(string name, byte[] response)
    {
        var path = _files.PathOf(name);
        File.WriteAllBytes(path, response);
        return path;
    }
}
