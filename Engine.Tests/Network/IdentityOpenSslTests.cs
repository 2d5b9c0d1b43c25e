using System.Net.Security;
using System.Security.Authentication;
using Org.BouncyCastle.Ocsp;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Network;

/// <summary>Names, staples, client certificates, and verdicts that take time, with OpenSSL at the other end.</summary>
[Category("Network")]
public sealed class IdentityOpenSslTests
{
    private static readonly SslProtocols[] Versions = [SslProtocols.Tls12, SslProtocols.Tls13];

    [OneTimeSetUp]
    public void Require() => ExternalTool.Require("openssl");

    [Test]
    public async Task A_staple_of_OpenSSL_is_verified([ValueSource(nameof(Versions))] SslProtocols version, [Values] bool isRevoked)
    {
        var credential = TestStaples.MustStaple;
        var file = Path.Combine(OtherTls.NewFolder(), "staple.der");
        CertificateStatus? status = isRevoked ? new RevokedStatus(new DateTime(2024, 1, 1, 0, 0, 0, DateTimeKind.Utc), 1) : null;
        await File.WriteAllBytesAsync(file, TestStaples.For(credential.Certificate, status));
        var options = new TlsClientOptions
        {
            TargetHost = "localhost", EnabledProtocols = version,
            Verification = TestCertificates.Verification with { Staple = StapleMode.Require },
        };

        var talk = OtherTls.ConnectToOpenSslAsync(options, credential, "-status_file", file);

        if (isRevoked)
            Assert.That((await AwaitFailureAsync(talk)).Alert, Is.EqualTo(TlsAlert.CertificateRevoked));
        else
            Assert.That((await talk).Session.Protocol, Is.EqualTo(version));
    }

    [Test]
    public async Task OpenSSL_without_a_staple_does_not_do_when_one_is_required([ValueSource(nameof(Versions))] SslProtocols version)
    {
        var options = new TlsClientOptions
        {
            TargetHost = "localhost", EnabledProtocols = version,
            Verification = TestCertificates.Verification with { Staple = StapleMode.Require },
        };

        var fault = await AwaitFailureAsync(OtherTls.ConnectToOpenSslAsync(options, TestCertificates.Server));

        Assert.That(fault.Alert, Is.EqualTo(TlsAlert.BadCertificateStatusResponse));
    }

    [Test]
    public async Task OpenSSL_is_given_our_staple([ValueSource(nameof(Versions))] SslProtocols version)
    {
        var credential = TestStaples.MustStaple;
        var server =
            new TlsServerOptions { Credential = credential.With(TestStaples.For(credential.Certificate)), EnabledProtocols = version };

        var (_, failure, output) = await ServeVerboseAsync(server, "-status");

        Assert.That(failure, Is.Null);
        Assert.That(output, Does.Contain("OCSP Response Status: successful (0x0)"));
        Assert.That(output, Does.Contain("Cert Status: good"));
    }

    [TestCase("a.test", "server for a.test", "h2")]
    [TestCase("b.test", "server EcdsaP256", "http/1.1")]
    public async Task OpenSSL_is_served_by_the_name_that_it_asks_for(string name, string subject, string protocol)
    {
        var names = new TlsServerNames();
        names.Set("a.test",
            new TlsServerOptions { Credential = TestCertificates.ServerFor("a.test"), ApplicationProtocols =
                [SslApplicationProtocol.Http2] });
        var server = new TlsServerOptions { Credential = TestCertificates.Server, ApplicationProtocols =
            [SslApplicationProtocol.Http11], Names = names };

        var (_, failure, output) = await ServeVerboseAsync(server, "-servername", name, "-alpn", "h2,http/1.1");

        Assert.That(failure, Is.Null);
        Assert.That(output, Does.Contain($"subject=CN = {subject}"));
        Assert.That(output, Does.Contain($"ALPN protocol: {protocol}"));
    }

    [Test]
    public async Task OpenSSL_is_told_that_its_name_is_unknown([ValueSource(nameof(Versions))] SslProtocols version)
    {
        var server = new TlsServerOptions { Credential = TestCertificates.Server, EnabledProtocols = version, Names =
            new TlsServerNames { RefuseUnknown = true } };

        var (_, failure, output) = await OtherTls.ServeOpenSslAsync(server, "-servername", "b.test");

        Assert.That((failure as TlsException)?.Alert, Is.EqualTo(TlsAlert.UnrecognizedName));
        Assert.That(output, Does.Contain("unrecognized name"));
    }

    [Test]
    public async Task OpenSSL_sees_our_issuers_and_our_server_sees_its_certificate([ValueSource(nameof(Versions))] SslProtocols version)
    {
        var (chain, key, _) = TestCertificates.WritePem(TestCertificates.Client, OtherTls.NewFolder());

        var (server, failure, output) = await ServeVerboseAsync(Mutual(version), "-cert", chain, "-cert_chain", chain, "-key", key);

        Assert.That(failure, Is.Null);
        Assert.That(output, Does.Contain("Acceptable client certificate CA names\nCN = TlsFsm test root\n"));
        Assert.That(server.Session!.PeerCertificate!.Thumbprint, Is.EqualTo(TestCertificates.Client.Certificate.Thumbprint));
    }

    [TestCase(SslProtocols.Tls12, "handshake failure")]
    [TestCase(SslProtocols.Tls13, "certificate required")]
    public async Task OpenSSL_without_a_certificate_is_told_so(SslProtocols version, string alert)
    {
        var (_, failure, output) = await OtherTls.ServeOpenSslAsync(Mutual(version));

        Assert.That((failure as TlsCertificateException)?.Check, Is.EqualTo("presence"));
        Assert.That(output, Does.Contain(alert));
    }

    [Test]
    public async Task A_verdict_that_takes_time_keeps_OpenSSL_waiting(
        [ValueSource(nameof(Versions))] SslProtocols version, [Values] bool accepts)
    {
        var (chain, key, _) = TestCertificates.WritePem(TestCertificates.Client, OtherTls.NewFolder());
        var server = new TlsServerOptions
        {
            Credential = TestCertificates.Server, EnabledProtocols = version, ClientCertificates = ClientCertificateMode.Require,
            ClientVerification = TestCertificates.Verification with { Review = Later<CertificateReview, TlsAlert?>(
                _ => accepts ? null : TlsAlert.AccessDenied) },
            Choose = Later<TlsClientHello, TlsServerChoice>(_ => TlsServerChoice.Default),
        };

        var (connection, failure, output) = await OtherTls.ServeOpenSslAsync(server, "-cert", chain, "-cert_chain", chain, "-key", key);

        Assert.That(failure is null, Is.EqualTo(accepts), $"{failure}");
        if (accepts)
            Assert.That(connection.Session!.PeerCertificate!.Subject, Is.EqualTo("CN=client EcdsaP256"));
        else
            Assert.That(output, Does.Contain("access denied"));
    }

    [Test]
    public async Task Our_client_picks_by_the_issuers_that_OpenSSL_names_and_takes_its_time(
        [ValueSource(nameof(Versions))] SslProtocols version)
    {
        var options = new TlsClientOptions
        {
            TargetHost = "localhost", EnabledProtocols = version,
            Verification = TestCertificates.Verification with { Review = Later<CertificateReview, TlsAlert?>(_ => null) },
            ChooseCredential = Later<TlsCertificateDemand, TlsCredential?>(
                demand => new[] { TestCertificates.UntrustedClient, TestCertificates.Client }.FirstOrDefault(demand.IsAcceptable)),
        };

        var (_, output) = await OtherTls.ConnectToOpenSslAsync(
            options, TestCertificates.Server, "-Verify", "3", "-CAfile", OtherTls.RootFile, "-verify_return_error");

        Assert.That(output, Does.Contain("CN = client EcdsaP256"));
    }

    [Test]
    public async Task Our_client_hears_late_from_OpenSSL_that_its_certificate_is_missing()
    {
        var options = new TlsClientOptions { TargetHost = "localhost", EnabledProtocols = SslProtocols.Tls13, Verification =
            TestCertificates.Verification };

        var fault = await AwaitFailureAsync(
            OtherTls.ConnectToOpenSslAsync(options, TestCertificates.Server, "-Verify", "3", "-CAfile", OtherTls.RootFile));

        Assert.That(fault.Fault, Is.EqualTo(TlsFault.PeerAlert));
        Assert.That(fault.Alert, Is.EqualTo(TlsAlert.CertificateRequired));
    }

    private static Action<TQuestion, TlsDecision<T>> Later<TQuestion, T>(Func<TQuestion, T> answer) =>
        TlsAsync.Answer<TQuestion, T>(async (question, _) =>
    {
        await Task.Yield();
        return answer(question);
    });

    private static async Task<TlsException> AwaitFailureAsync(Task talk)
    {
        try
        {
            await talk;
        }
        catch (TlsException fault)
        {
            return fault;
        }

        throw new AssertionException("It did not fail.");
    }

    /// <summary>As the brief way, but s_client prints all it knows.</summary>
    private static Task<(TlsFsm.TlsConnection Server, Exception? Failure, string Output)> ServeVerboseAsync(
        TlsServerOptions options, params string[] arguments) =>
        OtherTls.ServeAsync(options, "echo me\n", port => ExternalTool.Start(
            "openssl", ["s_client", "-connect", $"127.0.0.1:{port}", "-CAfile", OtherTls.RootFile, "-verify_return_error", .. arguments]));

    private static TlsServerOptions Mutual(SslProtocols version) => new()
    {
        Credential = TestCertificates.Server, EnabledProtocols = version,
        ClientCertificates = ClientCertificateMode.Require, ClientVerification = TestCertificates.Verification,
    };
}
