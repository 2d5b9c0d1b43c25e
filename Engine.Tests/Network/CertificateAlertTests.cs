using System.Security.Authentication;
using Org.BouncyCastle.Ocsp;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Network;

/// <summary>
/// Certificates that openssl presents and we refuse, in both roles: openssl sees the alert that says why. The usual ones are in
/// <see cref="Cases"/>.
/// </summary>
[Category("Network")]
[Parallelizable(ParallelScope.All)]
public sealed class CertificateAlertTests
{
    private static readonly SslProtocols[] Versions = [Cases.Tls12, Cases.Tls13];

    /// <summary>What is wrong, our alert, and our words.</summary>
    private static readonly (WrongLeaf Wrong, TlsAlert Alert, string Words)[] Refusals =
    [
        (WrongLeaf.BadSignature, TlsAlert.BadCertificate, "fails the check 'form'"),
        (WrongLeaf.WeakSignature, TlsAlert.BadCertificate, "which can be forged"),
        (WrongLeaf.WeakKey, TlsAlert.BadCertificate, "its RSA key has 1024 bits; 2048 to 8192 are accepted"),
        (WrongLeaf.NoAuthority, TlsAlert.BadCertificate, "is no authority (basic constraints)"),
        (WrongLeaf.NameConstraints, TlsAlert.BadCertificate, "(name constraints)"),
        (WrongLeaf.CriticalExtension, TlsAlert.BadCertificate, "it has a critical extension that is not known here"),
        (WrongLeaf.NotYetValid, TlsAlert.CertificateExpired, "it is not valid before"),
    ];

    /// <summary>Staples that do not do.</summary>
    private static readonly (string Name, Func<byte[]> Response, StapleMode Mode, TlsAlert Alert)[] Staples =
    [
        ("revoked", () => Staple(new RevokedStatus(new DateTime(2024, 1, 1, 0, 0, 0, DateTimeKind.Utc), 1)), StapleMode.Request,
            TlsAlert.CertificateRevoked),
        ("unknown", () => Staple(new UnknownStatus()), StapleMode.Request, TlsAlert.BadCertificateStatusResponse),
        ("signed by somebody else", () => TestStaples.For(TestCertificates.Server.Certificate, signer: TestCertificates.OtherRoot),
            StapleMode.Request, TlsAlert.BadCertificateStatusResponse),
        ("outdated", () => TestStaples.For(TestCertificates.Server.Certificate, age: TimeSpan.FromDays(3)), StapleMode.Require,
            TlsAlert.BadCertificateStatusResponse),
    ];

    [OneTimeSetUp]
    public void RequireTools() => ExternalTool.Require("openssl");

    private static IEnumerable<TestCaseData> Bad =>
        from version in Versions from one in Refusals select new TestCaseData(version, one.Wrong, one.Alert, one.Words);

    private static IEnumerable<TestCaseData> StapleCases =>
        from version in Versions from one in Staples select new TestCaseData(version, one.Name);

    [TestCaseSource(nameof(Bad))]
    public async Task OpenSSL_sees_why_its_server_certificate_is_refused(
        SslProtocols version, WrongLeaf wrong, TlsAlert alert, string words)
    {
        var (server, port) = await OpenSslPeer.StartServerAsync(
            BadCertificates.Server(wrong), [OpenSslPeer.Version(version), .. AnyStrength]);
        await using var disposing = server;

        var failure = await OurClient.FailAsync(port);

        Assert.That(failure, Is.InstanceOf<TlsCertificateException>());
        Assert.That(failure.Alert, Is.EqualTo(alert), failure.Message);
        Assert.That(failure.Message, Does.Contain(words));
        await server.WaitForAsync(OpenSslPeer.Alert(alert));
    }

    [TestCaseSource(nameof(Bad))]
    public async Task OpenSSL_sees_why_its_client_certificate_is_refused(
        SslProtocols version, WrongLeaf wrong, TlsAlert alert, string words)
    {
        await using var server = OurServer.Start(OurServer.AskingFor(ClientCertificateMode.Require));
        await using var client = OpenSslPeer.StartClient(
            server, [OpenSslPeer.Version(version), .. AnyStrength, .. PemFiles.Of(BadCertificates.Client(wrong)).OpenSslArguments()]);

        await client.WaitForAsync(OpenSslPeer.Alert(alert));

        var failure = await server.NextFailureAsync();
        Assert.That(failure, Is.InstanceOf<TlsCertificateException>());
        Assert.That(failure.Alert, Is.EqualTo(alert), failure.Message);
        Assert.That(failure.Message, Does.Contain(words));
    }

    [TestCaseSource(nameof(StapleCases))]
    public async Task OpenSSL_sees_why_its_staple_is_refused(SslProtocols version, string name)
    {
        var (_, response, mode, alert) = Staples.Single(one => one.Name == name);
        var file = Path.Combine(OtherTls.NewFolder(), "staple.der");
        await File.WriteAllBytesAsync(file, response());
        var (server, port) = await OpenSslPeer.StartServerAsync(
            TestCertificates.Server, OpenSslPeer.Version(version), "-status_file", file);
        await using var disposing = server;

        var failure = await OurClient.FailAsync(port, new TlsClientOptions
        {
            TargetHost = TestCertificates.Host, Verification = TestCertificates.Verification with { Staple = mode },
        });

        Assert.That(failure.Alert, Is.EqualTo(alert), failure.Message);
        await server.WaitForAsync(OpenSslPeer.Alert(alert));
    }

    [TestCaseSource(nameof(Versions))]
    public async Task OpenSSL_sees_a_verdict_of_the_applications_own(SslProtocols version)
    {
        var (server, port) = await OpenSslPeer.StartServerAsync(TestCertificates.Server, OpenSslPeer.Version(version));
        await using var disposing = server;

        var failure = await OurClient.FailAsync(port, new TlsClientOptions
        {
            TargetHost = TestCertificates.Host, Verification = CertificateVerification.Custom(static _ => TlsAlert.CertificateUnknown),
        });

        Assert.That(failure.Alert, Is.EqualTo(TlsAlert.CertificateUnknown));
        await server.WaitForAsync(OpenSslPeer.Alert(TlsAlert.CertificateUnknown));
    }

    private static byte[] Staple(CertificateStatus status) => TestStaples.For(TestCertificates.Server.Certificate, status);

    // OpenSSL itself would not load the weak ones.
    private static readonly string[] AnyStrength = ["-cipher", "DEFAULT:@SECLEVEL=0"];
}
