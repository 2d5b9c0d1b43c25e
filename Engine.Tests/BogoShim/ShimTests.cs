using System.Net.Security;
using System.Security.Authentication;
using System.Text;
using TlsFsm.BogoShim;
using TlsFsm.Tests.Cli;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.BogoShim;

/// <summary>The shim against a scripted runner. The real one needs Go, and thousands of processes.</summary>
[TestFixture, CancelAfter(60_000)]
internal sealed class ShimTests
{
    private readonly PemFolder _files = new();

    [OneTimeTearDown]
    public void DeleteFiles() => _files.Dispose();

    [Test]
    public void It_says_that_there_is_no_handshaker()
    {
        var output = new StringWriter();

        var exit = Shim.Run(["-is-handshaker-supported"], output, TextWriter.Null);

        Assert.That(exit, Is.Zero);
        Assert.That(output.ToString().Trim(), Is.EqualTo("No"));
    }

    [TestCase("-send-channel-id", "key.pem")]
    [TestCase("-curves", "512")]
    [TestCase("-max-version", "769")]
    [TestCase("-cipher", "TLS_RSA_WITH_AES_128_GCM_SHA256")]
    [TestCase("-port", "not a number")]
    [TestCase("-psk-importer-key", "AAAA")]
    [TestCase("-expect-total-renegotiations", "1")]
    public void What_it_does_not_know_or_have_is_unimplemented(string flag, string value)
    {
        var error = new StringWriter();

        var exit = Shim.Run([flag, value], TextWriter.Null, error);

        Assert.That(exit, Is.EqualTo(89));
        Assert.That(error.ToString(), Is.Not.Empty);
    }

    [TestCase("", SslProtocols.Tls13)]
    [TestCase("-async", SslProtocols.Tls13)]
    [TestCase("-max-version 771 -expect-version 771", SslProtocols.Tls12)]
    [TestCase("-on-handshaker-max-version 771 -on-shim-expect-version 772", SslProtocols.Tls13)]
    public async Task A_client_names_its_test_and_gives_back_every_byte_inverted(string flags, SslProtocols expected)
    {
        var cancellation = TestContext.CurrentContext.CancellationToken;
        using var run = new ShimRun(["-check-close-notify", "-trust-cert", _files.Root, .. Words(flags)]);
        var (stream, id) = await run.AcceptAsync(cancellation);
        await using var tls = new SslStream(stream);

        await tls.AuthenticateAsServerAsync(
            new SslServerAuthenticationOptions { ServerCertificate = TestCertificates.Server.Certificate }, cancellation);
        var version = tls.SslProtocol;
        await EchoAsync(tls, cancellation);

        Assert.That(id, Is.EqualTo(ShimRun.Id));
        Assert.That(version, Is.EqualTo(expected));
        Assert.That(await run.ExitAsync(cancellation), Is.Zero, run.Error);
        Assert.That(run.Error, Is.Empty);
    }

    [TestCase("")]
    [TestCase("-async")]
    public async Task A_server_connects_as_well_and_writes_first_when_told(string flags)
    {
        var cancellation = TestContext.CurrentContext.CancellationToken;
        using var run = new ShimRun(
            ["-server", "-cert-file", _files.Certificate, "-key-file", _files.Key, "-shim-writes-first", .. Words(flags)]);
        var (stream, _) = await run.AcceptAsync(cancellation);
        await using var tls = new SslStream(stream);

        await tls.AuthenticateAsClientAsync(Trusting(), cancellation);
        var greeting = new byte[5];
        await tls.ReadExactlyAsync(greeting, cancellation);
        await EchoAsync(tls, cancellation);

        Assert.That(Encoding.ASCII.GetString(greeting), Is.EqualTo("hello"));
        Assert.That(await run.ExitAsync(cancellation), Is.Zero, run.Error);
    }

    [Test]
    public async Task It_ends_a_connection_with_an_alert_when_told()
    {
        var cancellation = TestContext.CurrentContext.CancellationToken;
        using var run = new ShimRun("-send-alert", "-shim-writes-first", "-trust-cert", _files.Root);
        var (stream, _) = await run.AcceptAsync(cancellation);
        await using var tls = new SslStream(stream);

        await tls.AuthenticateAsServerAsync(
            new SslServerAuthenticationOptions { ServerCertificate = TestCertificates.Server.Certificate }, cancellation);
        Assert.That(async () => await tls.ReadAsync(new byte[1], cancellation), Throws.InstanceOf<IOException>());

        await tls.DisposeAsync();
        Assert.That(await run.ExitAsync(cancellation), Is.EqualTo(1));
        Assert.That(run.Error, Does.Contain("the alert 30"));
    }

    [TestCase("write hs 1\nread hs 2\nread ccs\nwrite ccs\n", "The messages are 'write hs 1")]
    [TestCase("write hs 1\nread hs 2\nwrite ccs\nread ccs\nread hs 8\nread hs 11\nread hs 15\nread hs 20\nwrite hs 20\nread hs 4\nread "
        + "hs 4\nread alert 1 0\n", "")]
    public async Task It_compares_the_messages_of_a_connection_with_those_that_are_expected(string expected, string error)
    {
        var cancellation = TestContext.CurrentContext.CancellationToken;
        using var run = new ShimRun("-expect-msg-callback", expected, "-trust-cert", _files.Root);
        var (stream, _) = await run.AcceptAsync(cancellation);
        await using var tls = new SslStream(stream);

        await tls.AuthenticateAsServerAsync(
            new SslServerAuthenticationOptions { ServerCertificate = TestCertificates.Server.Certificate, EnabledSslProtocols =
                SslProtocols.Tls13 }, cancellation);
        await EchoAsync(tls, cancellation);

        Assert.That(await run.ExitAsync(cancellation), Is.EqualTo(error.Length == 0 ? 0 : 1), run.Error);
        Assert.That(run.Error, Does.StartWith(error));
    }

    [Test]
    public async Task A_handshake_that_settles_other_things_than_expected_is_a_failure_without_a_token()
    {
        var cancellation = TestContext.CurrentContext.CancellationToken;
        using var run = new ShimRun("-expect-version", "771", "-trust-cert", _files.Root);
        var (stream, _) = await run.AcceptAsync(cancellation);
        await using var tls = new SslStream(stream);

        // The shim hangs up at the end of its own handshake, which may be before the end of this one.
        var handshake = tls.AuthenticateAsServerAsync(
            new SslServerAuthenticationOptions { ServerCertificate = TestCertificates.Server.Certificate }, cancellation);
        await Task.WhenAny(handshake);

        stream.Close();
        Assert.That(await run.ExitAsync(cancellation), Is.EqualTo(1));
        Assert.That(run.Error, Does.Contain("version is 0304, expected was 0303").And.Not.Contain(":"));
    }

    [Test]
    public async Task A_peer_that_misbehaves_gets_the_alert_and_is_read_to_its_end_and_the_token_says_why()
    {
        var cancellation = TestContext.CurrentContext.CancellationToken;
        using var run = new ShimRun("-trust-cert", _files.Root);
        var (stream, _) = await run.AcceptAsync(cancellation);

        await stream.WriteAsync("GET / HTTP/1.1\r\n\r\n"u8.ToArray(), cancellation);
        var received = new MemoryStream();
        await stream.CopyToAsync(received, cancellation);

        // More than a socket takes without a reader: only one that drains lets this through.
        await stream.WriteAsync(new byte[8 * 1024 * 1024], cancellation);
        stream.Close();

        Assert.That(received.ToArray()[^7], Is.EqualTo(21));
        Assert.That(received.ToArray()[^2..], Is.EqualTo(new byte[] { 2, 10 }));
        Assert.That(await run.ExitAsync(cancellation), Is.EqualTo(1));
        Assert.That(run.Error, Does.StartWith(":UNEXPECTED_MESSAGE:"));
    }

    [Test]
    public async Task A_shim_connects_again_for_each_resumption_with_flags_of_its_own()
    {
        var cancellation = TestContext.CurrentContext.CancellationToken;
        using var run = new ShimRun(
            "-server", "-cert-file", _files.Certificate, "-key-file", _files.Key, "-resume-count", "1", "-on-resume-expect-session-miss");

        for (var i = 0; i < 2; i++)
        {
            var (stream, _) = await run.AcceptAsync(cancellation);
            await using var tls = new SslStream(stream);
            await tls.AuthenticateAsClientAsync(Trusting(allowResume: false), cancellation);
            await EchoAsync(tls, cancellation);
        }

        Assert.That(await run.ExitAsync(cancellation), Is.Zero, run.Error);
    }

    private static string[] Words(string flags) => flags.Split(' ', StringSplitOptions.RemoveEmptyEntries);

    private static SslClientAuthenticationOptions Trusting(bool allowResume = true) => new()
    {
        TargetHost = TestCertificates.Host,
        AllowTlsResume = allowResume,
        CertificateChainPolicy = new()
        {
            TrustMode = System.Security.Cryptography.X509Certificates.X509ChainTrustMode.CustomRootTrust,
            CustomTrustStore = { TestCertificates.Root },
            RevocationMode = System.Security.Cryptography.X509Certificates.X509RevocationMode.NoCheck,
        },
    };

    /// <summary>What the runner does after each handshake, to the orderly end.</summary>
    private static async Task EchoAsync(SslStream tls, CancellationToken cancellation)
    {
        await tls.WriteAsync(new byte[] { 0x00, 0x55, 0xFF }, cancellation);
        var answer = new byte[3];
        await tls.ReadExactlyAsync(answer, cancellation);
        Assert.That(answer, Is.EqualTo(new byte[] { 0xFF, 0xAA, 0x00 }));

        await tls.ShutdownAsync();
        Assert.That(await tls.ReadAsync(answer, cancellation), Is.Zero);

        // The shim reads on until its peer has hung up.
        await tls.DisposeAsync();
    }
}
