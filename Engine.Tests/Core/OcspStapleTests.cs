using System.Security.Authentication;
using Org.BouncyCastle.Ocsp;
using TlsFsm.Core.BouncyCastle.Identity;
using TlsFsm.Core.Strictness;
using TlsFsm.Tests.Strictness;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Core;

public sealed class OcspStapleTests
{
    private static readonly SslProtocols[] Versions = [SslProtocols.Tls12, SslProtocols.Tls13];

    private static readonly TestCaseData[] Refused =
    [
        new(() => TestCertificates.Server, StapleMode.Require, TlsAlert.BadCertificateStatusResponse, "came without a stapled OCSP"),
        new(() => Stapled(new RevokedStatus(new DateTime(2024, 1, 1, 0, 0, 0, DateTimeKind.Utc), 1)), StapleMode.Request,
            TlsAlert.CertificateRevoked, "revoked"),
        new(() => Stapled(new UnknownStatus()), StapleMode.Request, TlsAlert.BadCertificateStatusResponse, "does not know it"),
        new(() => TestCertificates.Server.With(TestStaples.For(TestCertificates.Wildcard.Certificate)), StapleMode.Request,
            TlsAlert.BadCertificateStatusResponse, "for another certificate"),
        new(() => TestCertificates.Server.With(TestStaples.For(TestCertificates.Server.Certificate, signer: TestCertificates.OtherRoot)),
            StapleMode.Request, TlsAlert.BadCertificateStatusResponse, "signed by somebody else"),
        new(() => TestCertificates.Server.With(
            TestStaples.For(TestCertificates.Server.Certificate, signer: TestCertificates.Client.Certificate)), StapleMode.Request,
            TlsAlert.BadCertificateStatusResponse, "signed by somebody else"),
        new(() => TestCertificates.Server.With(TestStaples.For(TestCertificates.Server.Certificate, age: TimeSpan.FromDays(3))),
            StapleMode.Require, TlsAlert.BadCertificateStatusResponse, "outdated"),
        new(() => TestStaples.MustStaple, StapleMode.Request, TlsAlert.BadCertificateStatusResponse, "must-staple"),
        new(() => TestStaples.MustStaple.With(TestStaples.For(TestStaples.MustStaple.Certificate, age: TimeSpan.FromDays(3))),
            StapleMode.Request, TlsAlert.BadCertificateStatusResponse, "outdated"),
    ];

    [TestCaseSource(nameof(Refused)), Proves(nameof(CertificateFaults.BadStaple), nameof(CertificateFaults.Revoked))]
    public void What_a_staple_lacks_is_told_to_both_sides(Func<TlsCredential> credential, StapleMode mode, TlsAlert alert, string words)
    {
        foreach (var version in Versions)
        {
            using var pair = new CorePair(Client(version, mode), CorePair.ServerOptions(version, credential()));

            pair.Handshake();

            Assert.That(pair.ClientFault, Is.InstanceOf<TlsCertificateException>());
            Assert.That(((TlsCertificateException)pair.ClientFault!).Check, Is.EqualTo("staple"));
            Assert.That(pair.ClientFault.Message, Does.Contain(words));
            Assert.That(pair.ServerFault?.Alert, Is.EqualTo(alert), "what the server saw");
        }
    }

    [Test]
    public void A_good_staple_is_verified_and_shown(
        [ValueSource(nameof(Versions))] SslProtocols version, [Values] bool isDelegated, [Values] bool isDemanded)
    {
        CertificateReview? seen = null;
        var credential = isDemanded ? TestStaples.MustStaple : TestCertificates.Server;
        var response = isDelegated ? TestStaples.Delegated(credential.Certificate) : TestStaples.For(credential.Certificate);
        var verification = TestCertificates.Verification with
        {
            Staple = StapleMode.Require,
            Review = TlsDecisions.AtOnce<CertificateReview, TlsAlert?>(review => (seen = review).Rejection?.Alert),
        };

        using var pair = CorePair.Connected(
            new TlsClientOptions { TargetHost = "localhost", Verification = verification, EnabledProtocols = version },
            CorePair.ServerOptions(version, credential.With(response)));

        Assert.That(seen!.Staple, Is.EqualTo(StapleStatus.Good));
        Assert.That(seen.StapledResponse.ToArray(), Is.EqualTo(response));
    }

    [Test]
    public void An_outdated_staple_is_as_good_as_none([ValueSource(nameof(Versions))] SslProtocols version) =>
        CorePair.Connected(
            Client(version, StapleMode.Request),
            CorePair.ServerOptions(
                version, TestCertificates.Server.With(
                    TestStaples.For(TestCertificates.Server.Certificate, age: TimeSpan.FromDays(3))))).Dispose();

    [Test]
    public void Who_does_not_ask_gets_none_and_must_staple_is_not_enforced([ValueSource(nameof(Versions))] SslProtocols version) =>
        CorePair.Connected(Client(version, StapleMode.Off), CorePair.ServerOptions(version, TestStaples.MustStaple)).Dispose();

    [Test]
    public void A_server_asks_for_a_new_response_when_it_is_due_and_uses_it_from_the_next_handshake_on()
    {
        var time = new Microsoft.Extensions.Time.Testing.FakeTimeProvider();
        var asked = 0;
        var staple = new OcspStaple(_ => asked++, TimeSpan.FromHours(1), time);
        var server = CorePair.ServerOptions(
            credential: new TlsCredential(TestCertificates.Server.Certificate, TestCertificates.Server.Intermediates) { Staple = staple });

        CorePair.Connected(Client(SslProtocols.Tls13, StapleMode.Request), server).Dispose();
        CorePair.Connected(Client(SslProtocols.Tls13, StapleMode.Request), server).Dispose();
        Assert.That(asked, Is.EqualTo(1));

        staple.Replace(TestStaples.For(TestCertificates.Server.Certificate));
        CorePair.Connected(Client(SslProtocols.Tls13, StapleMode.Require), server).Dispose();
        time.Advance(TimeSpan.FromHours(1));
        CorePair.Connected(Client(SslProtocols.Tls12, StapleMode.Require), server).Dispose();
        Assert.That(asked, Is.EqualTo(2));
    }

    [Test]
    public void What_is_no_OCSP_response_is_not_stapled()
    {
        Assert.That(() => new OcspStaple(new byte[] { 1, 2, 3 }), Throws.ArgumentException.With.Message.Contains("no OCSP response"));
        Assert.That(
            () => new OcspStaple(new byte[] { 0x30, 3, 0x0A, 1, 3 }), Throws.ArgumentException.With.Message.Contains("reports an error"));
        Assert.That(() => new OcspStaple(new byte[OcspStaple.MaxSize + 1]), Throws.ArgumentException.With.Message.Contains("MaxSize"));
    }

    private static TlsCredential Stapled(CertificateStatus status) =>
        TestCertificates.Server.With(TestStaples.For(TestCertificates.Server.Certificate, status));

    private static TlsClientOptions Client(SslProtocols version, StapleMode mode) => new()
    {
        TargetHost = TestCertificates.Host, Verification = TestCertificates.Verification with { Staple = mode }, EnabledProtocols = version,
    };
}
