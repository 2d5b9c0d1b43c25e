using TlsFsm.Cli;
using TlsFsm.Tests.Network;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Cli;

/// <summary>
/// The options that say what may be negotiated, on both commands, with OpenSSL and GnuTLS at the other end. Each asks for what nobody would
/// choose unasked.
/// </summary>
[Category("Network")]
public sealed class PolicyFlagTests
{
    private const string Request = "GET / HTTP/1.0\r\n\r\n";
    private const string Key = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

    private static readonly string[] PskSuites = ["--tls", "1.2", "--suites", "TLS_ECDHE_PSK_WITH_CHACHA20_POLY1305_SHA256"];

    private PemFolder _files = null!;
    private string[] _rsa = null!;

    [OneTimeSetUp]
    public void SetUp()
    {
        ExternalTool.Require("openssl", "gnutls-cli");
        _files = new PemFolder();
        var (certificate, key) = _files.Write("rsa", TestCertificates.ServerWith(TestKey.Rsa2048));
        _rsa = ["--cert", certificate, "--key", key];
    }

    [OneTimeTearDown]
    public void TearDown() => _files?.Dispose();

    [TestCase("--groups secp384r1 --tls 1.3", "Group:        secp384r1")]
    [TestCase("--groups P-521 --tls 1.3", null)]
    [TestCase("--groups secp521r1,x25519 --tls 1.2", "Group:        secp521r1")]
    [TestCase("--suites TLS_CHACHA20_POLY1305_SHA256 --tls 1.3", "Cipher suite: TLS_CHACHA20_POLY1305_SHA256")]
    [TestCase("--suites TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA --tls 1.2", "Cipher suite: TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA")]
    [TestCase("--sigalgs rsa_pss_rsae_sha512,rsa_pkcs1_sha256,ecdsa_secp256r1_sha256 --tls 1.3",
        "Signature:    rsa_pss_rsae_sha512 by the peer")]
    [TestCase("--sigalgs RsaPkcs1Sha384,ecdsa_secp256r1_sha256 --tls 1.2", "Signature:    rsa_pkcs1_sha384 by the peer")]
    public async Task Connect_negotiates_what_it_is_told_to_with_OpenSSL(string options, string? told)
    {
        var (server, port) = await OpenSslPeer.StartServerManyAsync(
            TestCertificates.ServerWith(TestKey.Rsa2048), "-www", "-cipher", "ALL:@SECLEVEL=0");
        await using var _ = server;

        var result = await CliRun.ToEndAsync(
            Request, ["connect", $"localhost:{port}", "--cafile", _files.Root, "--brief", .. options.Split(' ')]);

        if (told is null)
        {
            Assert.That(result.ExitCode, Is.EqualTo((int)ExitCode.Usage));
            Assert.That(result.Errors, Does.Contain("'P-521' is not known; there are Secp256r1, "));
            return;
        }

        Assert.That(result.ExitCode, Is.Zero, result.Errors);
        Assert.That(result.Errors, Does.Contain(told));
        Assert.That(result.Data, Does.Contain("HTTP/1.0 200 ok"));
    }

    [TestCase("--groups secp384r1", "-tls1_3", "Server Temp Key: ECDH, secp384r1, 384 bits")]
    [TestCase("--groups secp521r1", "-tls1_2", "Server Temp Key: ECDH, secp521r1, 521 bits")]
    [TestCase("--suites TLS_CHACHA20_POLY1305_SHA256 --tls 1.3", "-tls1_3", "Ciphersuite: TLS_CHACHA20_POLY1305_SHA256")]
    [TestCase("--suites TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384 --tls 1.2", "-tls1_2", "Ciphersuite: ECDHE-RSA-AES256-SHA384")]
    [TestCase("--sigalgs rsa_pss_rsae_sha512,ecdsa_secp256r1_sha256", "-tls1_3", "Hash used: SHA512\nSignature type: RSA-PSS")]
    [TestCase("--sigalgs rsa_pkcs1_sha512,ecdsa_secp256r1_sha256", "-tls1_2", "Hash used: SHA512\nSignature type: RSA\n")]
    public async Task Serve_negotiates_what_it_is_told_to_with_OpenSSL(string options, string version, string told)
    {
        var (server, port) = await CliRun.ServeAsync([.. _rsa, "--www", "--once", .. options.Split(' ')]);
        await using var _ = server;

        var (_, output, errors) = await ExternalTool.RunAsync(
            "openssl", Request, "s_client", "-brief", "-ign_eof", version, "-cipher", "ALL:@SECLEVEL=0", "-CAfile", _files.Root,
            "-verify_return_error",
            "-servername", "localhost", "-connect", $"127.0.0.1:{port}");

        Assert.That(output + errors, Does.Contain(told));
        Assert.That((await server.ResultAsync()).ExitCode, Is.Zero);
    }

    [TestCase("--groups secp384r1", "NORMAL:-VERS-ALL:+VERS-TLS1.3", "(ECDHE-SECP384R1)")]
    [TestCase("--groups x448", "NORMAL:-VERS-ALL:+VERS-TLS1.2", "(ECDHE-X448)")]
    [TestCase("--suites TLS_CHACHA20_POLY1305_SHA256 --tls 1.3", "NORMAL", "(CHACHA20-POLY1305)")]
    [TestCase("--suites TLS_AES_128_CCM_SHA256 --tls 1.3", "NORMAL", "(AES-128-CCM)")]
    [TestCase("--sigalgs rsa_pss_rsae_sha384,ecdsa_secp256r1_sha256", "NORMAL", "(RSA-PSS-RSAE-SHA384)")]
    public async Task Serve_negotiates_what_it_is_told_to_with_GnuTLS(string options, string priority, string told)
    {
        var (server, port) = await CliRun.ServeAsync([.. _rsa, .. options.Split(' ')]);
        await using var _ = server;

        var (exitCode, output, errors) = await ExternalTool.RunAsync(
            "gnutls-cli", "over and out\n", $"--port={port}", "--sni-hostname=localhost", "--verify-hostname=localhost",
            $"--x509cafile={_files.Root}",
            $"--priority={priority}", "127.0.0.1");

        Assert.That(exitCode, Is.Zero, output + errors);
        Assert.That(output, Does.Contain(told));
    }

    [TestCase("1.3")]
    [TestCase("1.2")]
    public async Task Connect_shares_a_key_with_OpenSSL(string version)
    {
        string[] suites = version == "1.2" ? PskSuites : [];
        await using var server = ExternalTool.Start(
            "openssl", "s_server", "-nocert", "-www", "-accept", "127.0.0.1:0", "-psk_identity", "me", "-psk", Key, "-cipher", "PSK");
        await server.WaitForAsync("ACCEPT 127.0.0.1:");

        var result = await CliRun.ToEndAsync(
            Request, ["connect", $"localhost:{OtherTls.PortOf(server.Output)}", "--psk", $"me:{Key}", "--brief", .. suites]);

        Assert.That(result.ExitCode, Is.Zero, result.Errors);
        Assert.That(
            result.Errors,
            Does.Contain($"Version:      TLS {version}").And.Contain("Peer:         pre-shared key 'me'").And.Contain(
                "Chain:        none"));
        Assert.That(result.Data, Does.Contain("HTTP/1.0 200 ok"));
    }

    [TestCase("1.3", "me", true)]
    [TestCase("1.2", "me", true)]
    [TestCase("1.2", "you", false)]
    public async Task Serve_shares_a_key_with_OpenSSL(string version, string identity, bool isKnown)
    {
        string[] suites = version == "1.2" ? PskSuites : [];
        var (server, port) = await CliRun.ServeAsync([.. _files.Credential, "--www", "--once", "--psk", $"me:{Key}", .. suites]);
        await using var _ = server;

        var (exitCode, output, errors) = await ExternalTool.RunAsync(
            "openssl", Request, "s_client", "-quiet", "-psk_identity", identity, "-psk", Key, "-cipher", "PSK", "-connect",
            $"127.0.0.1:{port}");
        var served = await server.ResultAsync();

        Assert.That(exitCode == 0, Is.EqualTo(isKnown), output + errors);
        Assert.That(served.ExitCode, Is.EqualTo(isKnown ? 0 : (int)ExitCode.Tls), served.Errors);
        if (isKnown)
            Assert.That(output, Does.Contain($"TLS {version}"));
    }

    [Test]
    public async Task Serve_shares_a_key_with_GnuTLS()
    {
        var (server, port) = await CliRun.ServeAsync([.. _files.Credential, "--psk", $"me:{Key}"]);
        await using var _ = server;

        var (exitCode, output, errors) = await ExternalTool.RunAsync(
            "gnutls-cli", "over and out\n", $"--port={port}", "--pskusername=me", $"--pskkey={Key}",
            "--priority=NORMAL:-VERS-ALL:+VERS-TLS1.3:+ECDHE-PSK:+PSK", "127.0.0.1");

        Assert.That(exitCode, Is.Zero, output + errors);
        Assert.That(output, Does.Contain("(ECDHE-PSK").Or.Contain("PSK authentication"));
    }

    [Test]
    public async Task A_peer_without_extended_master_secret_is_served_only_by_who_is_told_to([Values] bool isAllowed)
    {
        var (server, port) = await CliRun.ServeAsync([.. _files.Credential, "--brief", .. isAllowed ? ["--allow-no-ems"] : (string[])[]]);
        await using var _ = server;

        var (exitCode, output, errors) = await ExternalTool.RunAsync(
            "gnutls-cli", "over and out\n", $"--port={port}", "--sni-hostname=localhost", "--verify-hostname=localhost",
            $"--x509cafile={_files.Root}",
            "--priority=NORMAL:-VERS-ALL:+VERS-TLS1.2:%NO_SESSION_HASH", "127.0.0.1");

        Assert.That(exitCode == 0, Is.EqualTo(isAllowed), output + errors);
        if (isAllowed)
            Assert.That(server.Errors.Text, Does.Contain("#1 Version:      TLS 1.2"));
        else
            Assert.That(errors + output, Does.Contain("Handshake failed"));
    }

    [TestCase("serve", "--suites TLS_AES_128_GCM_SHA256", "TLS 1.2 is enabled, and CipherSuites has no suite of TLS 1.2")]
    [TestCase("serve", "--suites TLS_PSK_WITH_AES_128_GCM_SHA256 --tls 1.2",
        "Policy: CipherSuites has TLS_PSK_WITH_AES_128_GCM_SHA256, and FindPsk is null")]
    [TestCase("serve", "--sigalgs rsa_pkcs1_sha256 --tls 1.3", "only RSA PKCS#1")]
    [TestCase("serve", "--groups X25519MLKEM768", "Groups has no group that TLS 1.2 knows")]
    [TestCase("connect", "--suites TLS_AES_128_GCM_SHA256", "TLS 1.2 is enabled, and CipherSuites has no suite of TLS 1.2")]
    [TestCase("connect", "--groups X25519MLKEM768", "Groups has no group that TLS 1.2 knows")]
    public async Task A_contradiction_is_named_before_anything_is_started(string command, string options, string named)
    {
        string[] arguments = command == "serve" ? ["serve", "0", .. _files.Credential] : ["connect", "localhost:1"];

        var result = await CliRun.ToEndAsync([.. arguments, .. options.Split(' ')]);

        Assert.That(result.ExitCode, Is.EqualTo((int)ExitCode.Usage), result.Errors);
        Assert.That(result.Errors, Does.StartWith("tlsfsm: ").And.Contain(named).And.Not.Contain("Parameter"));
        Assert.That(result.Text, Is.Empty);
    }

    [TestCase("serve")]
    [TestCase("connect")]
    [TestCase("doctor")]
    public async Task A_list_of_application_protocols_that_fits_no_message_is_refused_by_its_size(string command)
    {
        var list = string.Join(',', Enumerable.Range(0, 330).Select(number => $"{number:D200}"));
        string[] arguments = command == "serve" ? ["serve", "0", .. _files.Credential] : [command, "localhost:1"];

        var result = await CliRun.ToEndAsync([.. arguments, "--alpn", list]);

        Assert.That(result.ExitCode, Is.EqualTo((int)ExitCode.Usage));
        Assert.That(result.Errors, Is.EqualTo("tlsfsm: ApplicationProtocols takes 66330 bytes; ALPN has room for 65533.\n"));
    }
}
