using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using TlsFsm.Cli;
using TlsFsm.Cli.Doctor;
using TlsFsm.Tests.Network;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Cli;

/// <summary><c>doctor</c>, mostly with a server of ours at the other end: what it accepts is known then.</summary>
public sealed class DoctorTests
{
    private PemFolder _files = null!;

    /// <summary>A server's certificate, and what is said about it. A line that begins with a problem makes the exit code 4.</summary>
    private static readonly TestCaseData[] Certificates =
    [
        new(() => TestCertificates.Expired, "problem  CN=expired: dates: it was valid until ") { TestName =
            "An_expired_certificate_is_told" },
        new(() => TestCertificates.NotYetValid, "problem  CN=not yet valid: dates: it is not valid before ") { TestName =
            "A_certificate_of_the_future_is_told" },
        new(() => TestCertificates.WrongHost,
            "problem  CN=wrong host: host name: it is not for 'localhost' but for wrong.example") { TestName = "A_wrong_name_is_told" },
        new(() => TestCertificates.CommonNameOnly,
            "problem  CN=localhost: host name: it is not for 'localhost' but for no name at all") { TestName = "A_missing_name_is_told" },
        new(() => TestCertificates.SelfSigned,
            "problem  CN=self-signed: trust: it is its own issuer, and not among the trusted roots") { TestName =
                "A_self_signed_certificate_is_told" },
        new(() => WithRoot(TestCertificates.Untrusted),
            "problem  CN=TlsFsm test root nobody trusts: trust: the chain ends at this root") { TestName = "An_untrusted_root_is_told" },
        new(() => TestCertificates.WithoutIntermediate,
            "problem  CN=server EcdsaP256: trust: its issuer 'CN=TlsFsm test intermediate' was not presented, and is not "
            + "among the trusted roots") { TestName = "A_missing_intermediate_is_told" },
        new(() => TestCertificates.WrongUsage,
            "problem  CN=wrong usage: usage: its extended key usage does not let it stand for a server") { TestName =
                "A_wrong_usage_is_told" },
        new(() => TestStaples.MustStaple, "CN=must staple: staple: it came without a stapled OCSP response, and demands one") { TestName =
            "Must_staple_without_a_staple_is_told" },
        new(() => BadCertificates.Server(WrongLeaf.WeakKey), "problem  CN=leaf WeakKey: weak: its RSA key has 1024 bits") { TestName =
            "A_weak_key_is_told" },
        new(() => BadCertificates.Server(WrongLeaf.WeakSignature),
            "problem  CN=leaf WeakSignature: signature: it is signed with ECDSA and SHA-1, which can be forged") { TestName =
                "A_weak_signature_is_told" },
        new(() => BadCertificates.Server(WrongLeaf.BadSignature),
            "problem  CN=leaf BadSignature: form: its issuer's key has not made its signature") { TestName =
            "A_bad_signature_is_told" },
        new(() => BadCertificates.Server(WrongLeaf.NoAuthority),
            "problem  CN=server EcdsaP256: form: it has signed a certificate, and is no authority") { TestName =
            "A_leaf_that_signs_is_told" },
        new(() => BadCertificates.Server(WrongLeaf.NameConstraints),
            "a name in the chain is outside of what its authority may sign (name constraints)") { TestName =
                "Violated_name_constraints_are_told" },
        new(() => BadCertificates.Server(WrongLeaf.AboutToExpire), "warning  CN=leaf AboutToExpire: about to expire: it ends ") { TestName =
            "A_certificate_that_is_about_to_expire_is_told" },
        new(() => WithRoot(TestCertificates.Server, TestCertificates.Server.Certificate),
            "warning  CN=server EcdsaP256: sent more than once") { TestName = "What_is_sent_twice_is_told" },
        new(() => BadCertificates.Server(WrongLeaf.WeakKey), "|   FAILS weak: its RSA key has 1024 bits") { TestName =
            "A_weak_key_is_in_the_picture" },
        new(() => WithRoot(TestCertificates.Server, TestCertificates.Root), "warning  CN=TlsFsm test root: root sent along") { TestName =
            "A_root_that_is_sent_is_told" },
    ];

    [OneTimeSetUp]
    public void SetUp() => _files = new PemFolder();

    [OneTimeTearDown]
    public void TearDown() => _files.Dispose();

    [Test]
    public async Task A_sound_server_is_described_in_full_and_nothing_is_wrong()
    {
        var (server, port) = await CliRun.ServeAsync([.. _files.Credential, "--www", "--alpn", "http/1.1,h2"]);
        await using var _ = server;

        var result = await CliRun.ToEndAsync("doctor", $"localhost:{port}", "--cafile", _files.Root);

        Assert.That(result.ExitCode, Is.Zero, result.Errors);
        var lines = result.Text.Split('\n')
            .Select(line => string.Join(' ', line.Split(' ', StringSplitOptions.RemoveEmptyEntries))).ToList();
        Assert.That(lines, Is.SupersetOf(new[]
        {
            "cipher suites TLS_AES_128_GCM_SHA256 (the server's order)", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256",
            "groups X25519MLKEM768, x25519, secp256r1, secp384r1, secp521r1 (the server's order)", "signature schemes ecdsa_secp256r1_sha256",
            "cipher suites TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256 (the server's order)", "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
            "application protocols http/1.1, h2 (the server's order)", "refuses unknown protocols yes: alert 120 NoApplicationProtocol",
            "OCSP stapling no", "secure renegotiation yes: RFC 5746", "extended master secret yes", "asks for a client certificate no",
            "serves without a name yes: with the same certificate", "serves an unknown name yes: with the same certificate",
            "sent with it CN=TlsFsm test intermediate", "nothing is wrong",
        }));
        Assert.That(lines.Count(line => line == "resumption yes"), Is.EqualTo(2), "both versions");
        Assert.That(
            result.Text, Does.Contain("SSL 2.0, SSL 3.0, TLS 1.0, TLS 1.1").And.Not.Contain("\e["), "no colours where nobody sees them");
        Assert.That(result.Errors, Does.Contain("asking for TLS 1.3: cipher suites ...").And.Contain("asking for server names ..."));
    }

    [TestCaseSource(nameof(Certificates))]
    public async Task What_is_wrong_with_a_certificate_is_told_in_words(Func<TlsCredential> credential, string told)
    {
        var (certificate, key) = _files.Write("sick", credential());
        var (server, port) = await CliRun.ServeAsync("--cert", certificate, "--key", key);
        await using var _ = server;

        var result = await CliRun.ToEndAsync("doctor", $"localhost:{port}", "--cafile", _files.Root);

        Assert.That(result.Text, Does.Contain(told));
        Assert.That(result.ExitCode, Is.EqualTo(told.StartsWith("warning", StringComparison.Ordinal) ? 0 : (int)ExitCode.Tls));
    }

    [Test]
    public async Task A_chain_out_of_order_is_told()
    {
        // Files are put in order when they are read; a server may present what it likes.
        await using var server = OurServer.Start(new TlsServerOptions { Credential = OutOfOrder() });

        var result = await CliRun.ToEndAsync("doctor", $"localhost:{server.Port}", "--cafile", _files.Root);

        Assert.That(result.Text, Does.Contain("warning  CN=TlsFsm test root: out of order"));
        Assert.That(result.ExitCode, Is.Zero);
    }

    [Test]
    public async Task A_staple_that_says_revoked_is_told()
    {
        var staple = _files.PathOf("revoked.der");
        await File.WriteAllBytesAsync(staple, TestStaples.For(
            TestCertificates.Server.Certificate,
            new Org.BouncyCastle.Ocsp.RevokedStatus(new DateTime(2024, 1, 1, 0, 0, 0, DateTimeKind.Utc), 1)));
        var (server, port) = await CliRun.ServeAsync([.. _files.Credential, "--ocsp", staple]);
        await using var _ = server;

        var result = await CliRun.ToEndAsync("doctor", $"localhost:{port}", "--cafile", _files.Root);

        Assert.That(result.ExitCode, Is.EqualTo((int)ExitCode.Tls));
        Assert.That(
            result.Text,
            Does.Contain("yes: it says: revoked").And.Contain(
                "problem  CN=server EcdsaP256: staple: its stapled OCSP response says that it was revoked"));
    }

    [Test]
    public async Task Names_that_are_served_with_other_certificates_or_not_at_all_are_told()
    {
        var (other, otherKey) = _files.Write("other", TestCertificates.ServerFor("a.test"));
        var (server, port) = await CliRun.ServeAsync([.. _files.Credential, "--sni-cert", $"a.test={other},{otherKey}"]);
        await using var _ = server;

        var result = await CliRun.ToEndAsync("doctor", $"localhost:{port}", "--servername", "a.test", "--cafile", _files.Root);

        Assert.That(result.Text, Does.Contain("serves without a name          yes: with another certificate, 'CN=server EcdsaP256'"));
        Assert.That(result.Text, Does.Contain("for                            a.test"));
    }

    [Test]
    public async Task OpenSSL_is_described_as_it_was_told_to_be()
    {
        ExternalTool.Require("openssl");
        var (server, port) = await OpenSslPeer.StartServerManyAsync(
            TestCertificates.ServerWith(TestKey.Rsa2048), "-serverpref", "-groups", "P-384:X25519", "-ciphersuites",
            "TLS_AES_256_GCM_SHA384",
            "-cipher", "ECDHE-RSA-AES256-SHA384:ECDHE-RSA-AES128-GCM-SHA256", "-sigalgs", "RSA-PSS+SHA384:RSA+SHA512", "-alpn", "mqtt");
        await using var _ = server;

        var result = await CliRun.ToEndAsync("doctor", $"localhost:{port}", "--cafile", _files.Root, "--alpn", "h2,mqtt", "--json");

        Assert.That(result.ExitCode, Is.Zero, result.Errors);
        using var json = JsonDocument.Parse(result.Text);
        var (version13, version12) = (json.RootElement.GetProperty("versions")[0], json.RootElement.GetProperty("versions")[1]);
        Assert.That(Names(version13, "cipherSuites"), Is.EqualTo(new[] { "TLS_AES_256_GCM_SHA384" }));
        Assert.That(Names(version13, "groups"), Is.EqualTo(new[] { "secp384r1", "x25519" }));
        Assert.That(Names(version13, "signatureSchemes"), Is.EqualTo(new[] { "rsa_pss_rsae_sha384" }));
        Assert.That(
            Names(version12, "cipherSuites"),
            Is.EqualTo(new[] { "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384", "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256" }));
        Assert.That(Names(version12, "groups"), Is.EqualTo(new[] { "secp384r1", "x25519" }));
        Assert.That(Names(version12, "signatureSchemes"), Is.EqualTo(new[] { "rsa_pss_rsae_sha384", "rsa_pkcs1_sha512" }));
        Assert.That(Names(json.RootElement, "applicationProtocols"), Is.EqualTo(new[] { "mqtt" }));
        Assert.That(json.RootElement.GetProperty("remarks").EnumerateArray().Select(one => one.GetProperty("text").GetString()),
            Has.Some.Contains("CBC").And.Some.Contains("quantum"));
    }

    [Test]
    public async Task What_is_refused_is_a_no_and_what_cannot_be_asked_is_not_tested()
    {
        var (server, port) = await CliRun.ServeAsync([.. _files.Credential, "--tls", "1.3"]);
        await using var _ = server;

        var result = await CliRun.ToEndAsync("doctor", $"localhost:{port}", "--cafile", _files.Root, "--json");

        using var json = JsonDocument.Parse(result.Text);
        var accepted = json.RootElement.GetProperty("versions")[1].GetProperty("accepted");
        Assert.That(accepted.GetProperty("answer").GetString(), Is.EqualTo("no"));
        Assert.That(accepted.GetProperty("detail").GetString(), Does.Contain("ProtocolVersion"));
        Assert.That(json.RootElement.GetProperty("secureRenegotiation").GetProperty("answer").GetString(), Is.EqualTo("notTested"));
        Assert.That(json.RootElement.GetProperty("notTested").GetArrayLength(), Is.GreaterThan(3));
        Assert.That(json.RootElement.GetProperty("connections").GetInt32(), Is.LessThanOrEqualTo(Prober.MaxConnections));
    }

    [Test]
    public async Task A_server_that_goes_away_in_the_middle_leaves_not_tested_and_no_no()
    {
        // All of TLS 1.3, the suites of TLS 1.2, and the first of its groups.
        var (server, port) = await CliRun.ServeAsync(_files.Credential);
        await using var _ = server;
        await using var door = LoopbackServer.Start(async stream =>
        {
            using var inner = new TcpClient();
            await inner.ConnectAsync(IPAddress.Loopback, port);
            await Task.WhenAny(stream.CopyToAsync(inner.GetStream()), inner.GetStream().CopyToAsync(stream));
        }, connections: 25);

        var result = await CliRun.ToEndAsync("doctor", $"127.0.0.1:{door.Port}", "--cafile", _files.Root, "--json");

        using var json = JsonDocument.Parse(result.Text);
        Assert.That(result.ExitCode, Is.Zero, "nothing was found to be wrong");
        var groups = json.RootElement.GetProperty("versions")[1].GetProperty("groups");
        Assert.That(groups.GetProperty("names").GetArrayLength(), Is.EqualTo(1));
        Assert.That(groups.GetProperty("trouble").GetString(), Does.Contain("connection refused"));
        Assert.That(
            json.RootElement.GetProperty("versions")[1].GetProperty("resumption").GetProperty("answer").GetString(),
            Is.EqualTo("notTested"));
        foreach (var question in (string[])["refusesUnknownProtocols", "servesWithoutName", "servesUnknownName"])
            Assert.That(json.RootElement.GetProperty(question).GetProperty("answer").GetString(), Is.EqualTo("notTested"), question);
    }

    [Test]
    public async Task A_server_that_wants_a_client_certificate_is_examined_with_one()
    {
        var (certificate, key) = _files.Write("client", TestCertificates.Client);
        var (server, port) = await CliRun.ServeAsync([.. _files.Credential, "--verify-return", "--client-ca", _files.Root]);
        await using var _ = server;

        var without = await CliRun.ToEndAsync("doctor", $"localhost:{port}", "--cafile", _files.Root);
        var with = await CliRun.ToEndAsync("doctor", $"localhost:{port}", "--cafile", _files.Root, "--cert", certificate, "--key", key);

        Assert.That(without.Text, Does.Contain("TLS 1.2: refused after a client certificate was asked for: --cert and --key give one"));
        Assert.That(with.Text, Does.Contain("asks for a client certificate  yes").And.Contain("nothing is wrong"));
        Assert.That(with.Text, Does.Contain("TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"));
    }

    [Test]
    public async Task Who_speaks_no_TLS_is_told_from_who_is_not_there()
    {
        using var closed = new TcpListener(IPAddress.Loopback, 0);
        closed.Start();
        var port = ((IPEndPoint)closed.LocalEndpoint).Port;

        // It accepts and never answers; then its port is closed.
        var silent = await CliRun.ToEndAsync("doctor", $"127.0.0.1:{port}", "--timeout", "0.2");
        closed.Stop();
        var absent = await CliRun.ToEndAsync("doctor", $"127.0.0.1:{port}");
        await using var mail = LoopbackServer.Start(async stream => await stream.WriteAsync("220 mail.example ready\r\n"u8.ToArray()));
        var plain = await CliRun.ToEndAsync("doctor", $"127.0.0.1:{mail.Port}");

        Assert.That(silent.ExitCode, Is.EqualTo((int)ExitCode.Io));
        Assert.That(silent.Errors, Does.Contain("0.2 s"));
        Assert.That(absent.ExitCode, Is.EqualTo((int)ExitCode.Io));
        Assert.That(absent.Errors, Does.EndWith($"tlsfsm: 127.0.0.1:{port}: connection refused\n"));
        Assert.That(plain.ExitCode, Is.EqualTo((int)ExitCode.Tls));
        Assert.That(plain.Errors, Does.Contain("neither TLS 1.3 ("));
    }

    [Test]
    public async Task Cancelled_it_ends_at_once_with_nothing_on_stdout()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        await using var run = CliRun.Start("doctor", $"127.0.0.1:{((IPEndPoint)silent.LocalEndpoint).Port}", "--timeout", "60");
        using var accepted = await silent.AcceptSocketAsync();

        run.Cancel();
        var result = await run.ResultAsync();

        Assert.That(result.ExitCode, Is.EqualTo((int)ExitCode.Cancelled));
        Assert.That(result.Text, Is.Empty);
    }

    private static IEnumerable<string?> Names(JsonElement of, string list) =>
        of.GetProperty(list).GetProperty("names").EnumerateArray().Select(one => one.GetString());

    private static TlsCredential WithRoot(
        TlsCredential credential, System.Security.Cryptography.X509Certificates.X509Certificate2? root = null) =>
        new(credential.Certificate, [.. credential.Intermediates, root ?? TestCertificates.OtherRoot]);

    private static TlsCredential OutOfOrder() =>
        new(TestCertificates.Server.Certificate, [TestCertificates.Root, .. TestCertificates.Server.Intermediates]);
}
