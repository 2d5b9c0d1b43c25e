using System.Text;
using TlsFsm.Tests.Cli;
using TlsFsm.Tests.Core;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.BogoShim;

/// <summary>Imported keys and exported secrets of the shim, against a core of ours as the runner.</summary>
[TestFixture, CancelAfter(60_000)]
internal sealed class ShimKeyTests
{
    private static readonly byte[] Key = [.. Enumerable.Range(1, 32).Select(one => (byte)one)];

    private readonly PemFolder _files = new();

    [OneTimeTearDown]
    public void DeleteFiles() => _files.Dispose();

    [Test]
    public async Task A_server_knows_a_client_by_an_imported_key_and_says_which()
    {
        using var run = new ShimRun(
            ["-server", .. KeyFlags("someone"), .. KeyFlags("me"), "-new-x509-credential", .. Files(), "-expect-selected-credential", "1"]);

        await TalkAsync(run, BouncyCastleCore.CreateClient(new TlsClientOptions { Psks = TlsPsk.Import("me"u8, Key, "us"u8) }));
    }

    [Test]
    public async Task A_server_goes_on_with_its_certificate_where_no_key_is_known()
    {
        using var run = new ShimRun(["-server", .. KeyFlags("me"), "-new-x509-credential", .. Files(), "-expect-selected-credential", "1"]);

        await TalkAsync(run, BouncyCastleCore.CreateClient(CorePair.Options()));
    }

    [Test]
    public async Task A_client_offers_its_keys_and_says_which_was_taken()
    {
        using var run = new ShimRun(
            [.. KeyFlags("someone"), .. KeyFlags("me"), "-expect-no-peer-cert", "-expect-selected-credential", "1"]);

        await TalkAsync(run, BouncyCastleCore.CreateServer(
            new TlsServerOptions { Credential = null, FindPsk = TlsPsk.Among([.. TlsPsk.Import("me"u8, Key, "us"u8)]) }));
    }

    [Test]
    public async Task A_client_with_keys_takes_no_certificate_unless_it_is_told_to_verify_one([Values] bool isTold)
    {
        var cancellation = TestContext.CurrentContext.CancellationToken;
        using var run = new ShimRun([.. KeyFlags("me"), .. isTold ? ["-verify-peer"] : (string[])[]]);

        if (isTold)
        {
            await TalkAsync(run, BouncyCastleCore.CreateServer(CorePair.ServerOptions()));
            return;
        }

        var (stream, _) = await run.AcceptAsync(cancellation);
        using var core = BouncyCastleCore.CreateServer(CorePair.ServerOptions());
        using var runner = new CoreOverStream(core, stream);
        Assert.That(async () => await runner.HandshakeAsync(cancellation), Throws.InstanceOf<TlsException>());
        stream.Close();
        Assert.That(await run.ExitAsync(cancellation), Is.EqualTo(1));
        Assert.That(run.Error, Does.StartWith(":UNKNOWN_CA:"));
    }

    [Test]
    public async Task A_client_writes_the_secrets_that_it_reads_and_writes_with()
    {
        var cancellation = TestContext.CurrentContext.CancellationToken;
        var log = new Dictionary<string, string>();
        using var run = new ShimRun("-export-traffic-secrets", "-trust-cert", _files.Root);
        var (stream, _) = await run.AcceptAsync(cancellation);
        using var core = BouncyCastleCore.CreateServer(new TlsServerOptions
        {
            Credential = TestCertificates.Server,
            Policy = TlsPolicy.Modern,
            DangerousKeyLog = line => log[line.Split(' ')[0]] = line.Split(' ')[2],
        });
        using var runner = new CoreOverStream(core, stream);

        await runner.HandshakeAsync(cancellation);
        var size = await runner.ReadAsync(2, cancellation);
        var read = await runner.ReadAsync(size[0], cancellation);
        var written = await runner.ReadAsync(size[0], cancellation);

        Assert.That(size[1], Is.Zero);
        Assert.That(Convert.ToHexStringLower(read), Is.EqualTo(log["SERVER_TRAFFIC_SECRET_0"]));
        Assert.That(Convert.ToHexStringLower(written), Is.EqualTo(log["CLIENT_TRAFFIC_SECRET_0"]));
        await EndAsync(run, runner, stream, cancellation);
    }

    private static async Task TalkAsync(ShimRun run, BouncyCastleCore core)
    {
        var cancellation = TestContext.CurrentContext.CancellationToken;
        var (stream, _) = await run.AcceptAsync(cancellation);
        using var runner = new CoreOverStream(core, stream);

        await runner.HandshakeAsync(cancellation);
        await runner.WriteAsync([0x00, 0x55, 0xFF], cancellation);

        Assert.That(await runner.ReadAsync(3, cancellation), Is.EqualTo(new byte[] { 0xFF, 0xAA, 0x00 }));
        await EndAsync(run, runner, stream, cancellation);
    }

    private static async Task EndAsync(ShimRun run, CoreOverStream runner, Stream stream, CancellationToken cancellation)
    {
        await runner.ShutdownAsync(cancellation);
        stream.Close();
        Assert.That(await run.ExitAsync(cancellation), Is.Zero, run.Error);
    }

    private static string[] KeyFlags(string identity) =>
    [
        "-new-psk-credential", "-psk-importer-key", Convert.ToBase64String(Key), "-psk-importer-identity", Base64(identity),
        "-psk-importer-context", Base64("us"), "-psk-importer-sha256",
    ];

    private static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));

    private string[] Files() => ["-cert-file", _files.Certificate, "-key-file", _files.Key];
}
