using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Time.Testing;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Core.Certificates;

/// <summary>A refusal says which certificate, which check, for whom, and why; and when it was judged is an input.</summary>
public sealed class CertificateTextTests
{
    private static X509Certificate2 Root => Shared.Root;

    private static readonly TestCaseData[] Malformed =
    [
        new("2.5.29.17", new byte[] { 0x30, 0x03, 0x82, 0x05, 0x61 }, "subject alternative name"),
        new("2.5.29.17", new byte[] { 0x30, 0x00 }, "subject alternative name"),
        new("2.5.29.17", new byte[] { 0x30, 0x05, 0x87, 0x03, 1, 2, 3 }, "subject alternative name"),
        new("2.5.29.17", new byte[] { 0x30, 0x03, 0x82, 0x01, 0xFF }, "subject alternative name"),
        new("2.5.29.15", new byte[] { 0x03, 0x01, 0x00 }, "key usage"),
        new("2.5.29.19", new byte[] { 0x30, 0x03, 0x02, 0x01, 0xFF }, "basic constraints"),
        new("2.5.29.19", new byte[] { 0x01, 0x01, 0xFF }, "basic constraints"),
        new("2.5.29.37", new byte[] { 0x30, 0x00 }, "extended key usage"),
        new("2.5.29.37", new byte[] { 0x30, 0x02, 0x05, 0x00 }, "extended key usage"),
        new("2.5.29.30", new byte[] { 0x30, 0x00 }, "name constraints"),
        new("2.5.29.35", new byte[] { 0x04, 0x00 }, "authority key identifier"),
    ];

    [TestCaseSource(nameof(Malformed))]
    public void A_malformed_extension_is_named_wherever_it_is(string oid, byte[] content, string name)
    {
        foreach (var isLeaf in new[] { true, false })
        {
            X509Extension[] wrong = [new X509Extension(oid, content, critical: false)];
            using var middle = new MadeCertificate
            {
                Subject = "CN=middle", Issuer = Root, IsAuthority = isLeaf || oid != "2.5.29.19", Extensions = isLeaf ? [] : wrong,
                HasKeyIdentifier = false,
            }.Make();
            using var leaf = new MadeCertificate
            {
                Issuer = middle, Names = isLeaf && oid == "2.5.29.17" ? [] : [TestCertificates.Host], Extensions = isLeaf ? wrong : [],
                HasKeyIdentifier = false,
            }.Make();

            var fault = Fault(leaf, middle);

            Assert.That(fault?.Message, Does.Contain($"its extension '{name}' is malformed"));
            Assert.That((fault!.Check, fault.Alert), Is.EqualTo(("form", TlsAlert.BadCertificate)));
            Assert.That(fault.Certificate!.Subject, Is.EqualTo(isLeaf ? "CN=leaf" : "CN=middle"));
        }
    }

    [Test]
    public void An_extension_that_is_there_twice_is_named()
    {
        // The platform makes no such certificate; so another extension of the same length gets the number.
        byte[] usage = [0x03, 0x02, 0x07, 0x80];
        using var made = new MadeCertificate
        {
            Issuer = Root, Names = [TestCertificates.Host],
            Extensions = [new X509Extension("2.5.29.15", usage, false), new X509Extension("2.5.29.99", usage, false)],
        }.Make();
        var der = made.RawData;
        der[der.AsSpan().IndexOf((byte[])[0x06, 0x03, 0x55, 0x1D, 0x63]) + 4] = 0x0F;
        using var leaf = X509CertificateLoader.LoadCertificate(der);

        Assert.That(Fault(leaf)?.Message, Does.Contain("its extension 'key usage' is there twice"));
    }

    [Test]
    public void A_key_that_may_not_sign_is_refused_in_both_roles_and_named([Values] bool isClient, [Values] bool isJudgedByUs)
    {
        using var leaf = new MadeCertificate
        {
            Issuer = Root, Names = [TestCertificates.Host], KeyUsage = X509KeyUsageFlags.KeyEncipherment,
        }.Make();
        var trust = isJudgedByUs ? CertificateVerification.TrustedRoots([Root]) : CertificateVerification.DangerousAcceptAny;

        var fault = Presenting.To(SslProtocols.Tls13, isClient, trust, leaf);

        Assert.That((fault?.Check, fault?.Alert), Is.EqualTo(("usage", (TlsAlert?)TlsAlert.UnsupportedCertificate)), fault?.Message);
        Assert.That(fault!.Message, Does.Contain("CN=leaf").And.Contain("its key usage does not let it sign a handshake"));
    }

    [Test]
    public void Without_a_subject_the_fingerprint_names_it_and_a_bad_one_is_escaped_and_cut()
    {
        using var nobody = new MadeCertificate { Subject = "", Issuer = Root, Names = ["other.example"] }.Make();
        using var loud = new MadeCertificate
        {
            Subject = "CN=a\u202Eb\u0007 " + new string('x', 500), Issuer = Root, Names = ["other.example"],
        }.Make();
        var fingerprint = Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(nobody.RawData));

        Assert.That(Fault(nobody)?.Message, Does.Contain($"'SHA-256 {fingerprint}'"));
        var message = Fault(loud)!.Message;
        Assert.That(message, Does.Not.Contain("\u202E").And.Not.Contain("\u0007").And.Contain("\\u202E"));
        Assert.That(message, Has.Length.LessThan(400));
    }

    [Test]
    public void A_fault_in_a_root_that_was_not_presented_is_the_roots()
    {
        using var old = new MadeCertificate { Subject = "CN=old root", IsAuthority = true, To = DateTimeOffset.UtcNow.AddDays(-1) }.Make();
        using var leaf = new MadeCertificate { Issuer = old, Names = [TestCertificates.Host] }.Make();

        var fault = Presenting.To(SslProtocols.Tls13, isClient: false, CertificateVerification.TrustedRoots([old]), leaf);

        Assert.That(fault?.Certificate?.RawData, Is.EqualTo(old.RawData));
        Assert.That(
            fault!.Message,
            Does.Contain("'CN=leaf' for 'localhost' fails the check 'dates' at 'CN=old root' (which was not presented)"));
    }

    [Test]
    public void A_chain_that_is_too_long_is_named_by_its_leaf()
    {
        using var leaf = new MadeCertificate { Issuer = Root, Names = [TestCertificates.Host] }.Make();

        var fault = Presenting.To(
            SslProtocols.Tls13, false, CertificateVerification.TrustedRoots([Root]), [leaf, .. Enumerable.Repeat(Root, 10)]);

        Assert.That(
            fault?.Message, Does.Contain("'CN=leaf' for 'localhost' fails the check 'chain length': it came as the first of 11 certificates")
                .And.Contain("(10)"));
        Assert.That(fault!.Certificate!.Subject, Is.EqualTo("CN=leaf"));
    }

    [TestCase(-11, "it is not valid before")]
    [TestCase(-9, null)]
    [TestCase(79, null)]
    [TestCase(81, "it was valid until")]
    public void The_connections_clock_says_when_it_is(int days, string? words)
    {
        using var leaf = new MadeCertificate { Issuer = Root, Names = [TestCertificates.Host] }.Make();
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow.AddDays(days));

        foreach (var isClient in new[] { false, true })
        {
            var fault = Presenting.To(
                SslProtocols.Tls13, isClient, CertificateVerification.TrustedRoots([Root]), time, TestCertificates.Host, leaf);

            Assert.That(fault?.Message, words is null ? Is.Null : Does.Contain(words));
            Assert.That(fault?.Alert, Is.EqualTo(words is null ? null : (TlsAlert?)TlsAlert.CertificateExpired));
        }
    }

    [TestCase(-11, "it is not valid before")]
    [TestCase(0, null)]
    [TestCase(81, "it was valid until")]
    public void A_policys_own_time_counts_and_the_text_agrees_with_it(int days, string? words)
    {
        using var leaf = new MadeCertificate { Issuer = Root, Names = [TestCertificates.Host] }.Make();
        var policy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck, DisableCertificateDownloads = true,
            VerificationTime = DateTime.Now.AddDays(days),
        };
        policy.CustomTrustStore.Add(Root);

        var fault = Presenting.To(SslProtocols.Tls13, false, CertificateVerification.ByPolicy(policy), leaf);

        Assert.That(
            fault?.Message, words is null ? Is.Null : Does.Contain(words).And.Contain($"{DateTime.UtcNow.AddDays(days):yyyy-MM-dd}"));
        Assert.That(fault?.Alert, Is.EqualTo(words is null ? null : (TlsAlert?)TlsAlert.CertificateExpired));
    }

    [Test]
    public void A_certificate_is_valid_through_its_last_second()
    {
        using var leaf = new MadeCertificate
        {
            Issuer = Root, Names = [TestCertificates.Host], To = DateTimeOffset.UtcNow.AddDays(3),
        }.Make();
        var end = new DateTimeOffset(leaf.NotAfter.ToUniversalTime());

        TlsCertificateException? At(TimeSpan after) => Presenting.To(
            SslProtocols.Tls13, false, CertificateVerification.TrustedRoots([Root]), new FakeTimeProvider(end + after),
            TestCertificates.Host, leaf);

        Assert.That(At(TimeSpan.Zero)?.Message, Is.Null);
        Assert.That(At(TimeSpan.FromMilliseconds(900))?.Message, Is.Null);
        Assert.That(At(TimeSpan.FromSeconds(1))?.Check, Is.EqualTo("dates"));
    }

    [Test]
    public void What_a_review_is_shown_is_all_that_is_wrong()
    {
        using var leaf = new MadeCertificate { Names = ["other.example"], To = DateTimeOffset.UtcNow.AddDays(-1) }.Make();
        IReadOnlyList<string> checks = [];
        var trust = CertificateVerification.TrustedRoots([Root]) with
        {
            Review = TlsDecisions.AtOnce<CertificateReview, TlsAlert?>(review =>
            {
                checks = [.. review.Findings.Select(finding => finding.Check)];
                Assert.That(review.Findings[0], Is.SameAs(review.Rejection));
                return review.Rejection?.Alert;
            }),
        };

        Presenting.To(SslProtocols.Tls13, false, trust, leaf);

        Assert.That(checks, Is.EqualTo(new[] { "trust", "dates", "host name" }));
    }

    [Test]
    public void What_is_wrong_is_told_in_the_words_of_the_platform_too()
    {
        using var sound = new MadeCertificate { Issuer = Root, Names = [TestCertificates.Host] }.Make();
        using var garbled = new MadeCertificate
        {
            Issuer = Root, Extensions = [new X509Extension("2.5.29.17", [0x30, 0x03, 0x82, 0x05, 0x61], critical: false)],
        }.Make();
        var trust = CertificateVerification.TrustedRoots([Root]);
        (X509Certificate2 Leaf, CertificateVerification Trust, SslPolicyErrors Errors, string[] Checks)[] cases =
        [
            (sound, trust, SslPolicyErrors.None, []),
            (sound, trust with { Pins = [CertificateVerification.PinOf(TestCertificates.OtherRoot)] },
                SslPolicyErrors.RemoteCertificateChainErrors, ["pin"]),
            (sound, trust with { Staple = StapleMode.Require }, SslPolicyErrors.RemoteCertificateChainErrors, ["staple"]),
            (garbled, trust, SslPolicyErrors.RemoteCertificateChainErrors | SslPolicyErrors.RemoteCertificateNameMismatch,
                ["form", "host name"]),
        ];
        foreach (var (leaf, verification, errors, checks) in cases)
        {
            CertificateReview? seen = null;
            Presenting.To(SslProtocols.Tls13, false, verification with
            {
                Review = TlsDecisions.AtOnce<CertificateReview, TlsAlert?>(review => (seen = review).Rejection?.Alert),
            }, leaf);

            Assert.That(seen!.PolicyErrors, Is.EqualTo(errors), string.Join(", ", checks));
            Assert.That(seen.Findings.Select(finding => finding.Check), Is.EqualTo(checks));
        }
    }

    private static TlsCertificateException? Fault(params X509Certificate2[] chain) =>
        Presenting.To(SslProtocols.Tls13, isClient: false, CertificateVerification.TrustedRoots([Root]), chain);

    /// <summary>Made once, and shared by all tests: nobody disposes of them.</summary>
    private static class Shared
    {
        public static readonly X509Certificate2 Root = new MadeCertificate { Subject = "CN=root", IsAuthority = true }.Make();
    }
}
