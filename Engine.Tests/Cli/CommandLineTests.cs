using TlsFsm.Cli;

namespace TlsFsm.Tests.Cli;

public sealed class CommandLineTests
{
    [TestCase("", "command")]
    [TestCase("nonsense", "nonsense")]
    [TestCase("demo --size 0", "--size: '0' is not a whole number from 1 to 16384.")]
    [TestCase("demo --size many", "--size: 'many'")]
    [TestCase("demo --tls 1.1", "--tls: '1.1' is not a version; use 1.2 or 1.3.")]
    [TestCase("demo --unheard-of", "--unheard-of")]
    [TestCase("connect", "HOST:PORT")]
    [TestCase("connect example.org", "the port is missing")]
    [TestCase("connect example.org:0", "from 1 to 65535")]
    [TestCase("connect ::1:443", "brackets")]
    [TestCase("connect a:1 --cert file", "--cert and --key belong together")]
    [TestCase("connect a:1 --key file", "--cert and --key belong together")]
    [TestCase("connect a:1 --insecure --cafile file", "--insecure accepts any certificate")]
    [TestCase("connect a:1 --timeout 0", "--timeout: '0' is not a number of seconds")]
    [TestCase("connect a:1 --timeout -1", "--timeout")]
    [TestCase("connect a:1 --alpn h2,,x", "--alpn: 'h2,,x'")]
    [TestCase("connect a:1 --alpn h2,h2", "--alpn: 'h2' is there twice")]
    [TestCase("connect a:1 --insecure --verify-return", "--insecure accepts any certificate, so --verify-return makes no sense with it.")]
    [TestCase("connect a:1 --insecure --ocsp", "--insecure accepts any certificate, so --ocsp makes no sense with it.")]
    [TestCase("connect a:1 --groups X26", "--groups: 'X26' is not known; there are Secp256r1, Secp384r1, ")]
    [TestCase("connect a:1 --groups 29", "--groups: '29' is not known")]
    [TestCase("connect a:1 --groups x25519,,", "--groups: '' is not known")]
    [TestCase("connect a:1 --groups x25519,X25519", "--groups: 'X25519' is there twice.")]
    [TestCase("connect a:1 --suites TLS_RSA_WITH_AES_128_CBC_SHA",
        "--suites: 'TLS_RSA_WITH_AES_128_CBC_SHA' is not known; there are TLS_AES_128_GCM_SHA256, ")]
    [TestCase("connect a:1 --sigalgs rsa_pkcs1_sha1", "--sigalgs: 'rsa_pkcs1_sha1' is not known; there are ")]
    [TestCase("connect a:1 --psk me", "--psk: an identity, a colon, and the key in hexadecimal are needed.")]
    [TestCase("connect a:1 --psk me:", "--psk: A PSK has 16 to 256 bytes, got 0.")]
    [TestCase("connect a:1 --psk me:0011", "--psk: A PSK has 16 to 256 bytes, got 2.")]
    [TestCase("connect a:1 --psk :000102030405060708090a0b0c0d0e0f", "--psk: A PSK identity has 1 to 1024 bytes, got 0.")]
    [TestCase("connect a:1 --psk me:secret", "--psk: what comes after the last colon is not hexadecimal")]
    [TestCase("serve 0 --cert c --key k --psk me:", "--psk: A PSK has 16 to 256 bytes, got 0.")]
    [TestCase("serve 0 --cert c --key k --groups P-256", "--groups: 'P-256' is not known")]
    [TestCase("doctor", "HOST:PORT")]
    [TestCase("doctor example.org", "the port is missing")]
    [TestCase("doctor a:1 --key file", "--cert and --key belong together")]
    [TestCase("doctor a:1 --timeout 0", "--timeout")]
    [TestCase("doctor a:1 --cafile no-such-file", "'no-such-file': there is no such file.")]
    [TestCase("doctor localhost:1 --servername not..a.name", "'not..a.name'")]
    [TestCase("connect localhost:1 --servername not..a.name", "'not..a.name'")]
    [TestCase("serve 0", "--cert")]
    [TestCase("serve 65536 --cert c --key k", "'65536': the port must be a number from 0 to 65535.")]
    [TestCase("serve 0 --cert c --key k --listen here", "--listen: 'here' is not an IP address.")]
    [TestCase("serve 0 --cert c --key k --www --echo", "--echo, --www and --sink exclude each other.")]
    [TestCase("serve 0 --cert c --key k --sink --www", "--echo, --www and --sink exclude each other.")]
    [TestCase("connect a:1 --passin env:X", "--passin is for an encrypted --key, and there is none.")]
    [TestCase("doctor a:1 --passin env:X", "--passin is for an encrypted --key, and there is none.")]
    [TestCase("connect a:1 --tls 1.3 --allow-no-ems", "--allow-no-ems is about TLS 1.2, which --tls 1.3 does not allow.")]
    [TestCase("serve 0 --cert c --key k --tls 1.3 --allow-no-renegotiation-info", "--allow-no-renegotiation-info is about TLS 1.2")]
    [TestCase("serve 0 --cert c --key k --www --alpn h2", "--www answers in HTTP/1.x, and no protocol of --alpn is that")]
    [TestCase("connect a:1 --tls 1.2 --psk me:000102030405060708090a0b0c0d0e0f", "--psk is used on TLS 1.2 by PSK suites alone")]
    [TestCase("serve 0 --cert c --key k --tls 1.2 --psk me:000102030405060708090a0b0c0d0e0f", "and --suites names none.")]
    [TestCase("connect a:1 --report .", "--report: '.' is not the name of a file.")]
    [TestCase("connect a:1 --session s --report s", "--session and --report are the same file")]
    [TestCase("serve 0 --cert no-such-file --key k", "'no-such-file': there is no such file.")]
    public async Task A_wrong_argument_is_named_in_one_line(string arguments, string named)
    {
        var result = await CliRun.ToEndAsync(arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries));

        Assert.That(result.ExitCode, Is.EqualTo((int)ExitCode.Usage));
        Assert.That(result.Errors, Does.StartWith("tlsfsm: ").And.Contain(named));
        Assert.That(result.Errors.TrimEnd('\n'), Does.Not.Contain("\n"), "one line");
        Assert.That(result.Text, Is.Empty);
    }

    [TestCase("--help", "demo")]
    [TestCase("demo --help", "--size")]
    [TestCase("connect --help", "--servername")]
    [TestCase("connect --help", "printf 'GET / HTTP/1.0")]
    [TestCase("serve --help", "--client-ca")]
    [TestCase("serve --help", "--verify-return")]
    [TestCase("doctor --help", "--json")]
    [TestCase("doctor --help", "tlsfsm doctor example.org:443")]
    [TestCase("serve --help", "tlsfsm serve 8443 --cert server.pem --key server.key --www")]
    public async Task Help_tells_options_examples_and_exit_codes(string arguments, string told)
    {
        var result = await CliRun.ToEndAsync(arguments.Split(' '));

        Assert.That(result.ExitCode, Is.Zero);
        Assert.That(result.Text, Does.Contain(told));
        Assert.That(result.Text, Does.Contain("Examples:").And.Contain("Exit codes:"));
        Assert.That(result.Text, Does.Contain("tlsfsm").And.Not.Contain("TlsFsm.Cli"), "the command has its own name");
        Assert.That(result.Errors, Is.Empty);
    }

    [Test]
    public async Task Version_is_one_line()
    {
        var result = await CliRun.ToEndAsync("--version");

        Assert.That(result.ExitCode, Is.Zero);
        Assert.That(result.Text.Trim(), Does.Match(@"^\d+\.\d+\.\d+\S*$"));
    }

    [Test]
    public async Task An_argument_that_begins_with_an_at_sign_is_no_file_of_arguments()
    {
        var result = await CliRun.ToEndAsync("connect", "@somewhere:1", "--timeout", "0");

        Assert.That(result.Errors, Does.Contain("--timeout"));
    }
}
