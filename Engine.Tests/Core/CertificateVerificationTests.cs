using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using TlsFsm.Core.Strictness;
using TlsFsm.Tests.Strictness;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Core;

/// <summary>Policies, pins, reviews: what a caller can add to our checks, and verdicts that take time.</summary>
public sealed class CertificateVerificationTests
{
    private static readonly SslProtocols[] Versions = [SslProtocols.Tls12, SslProtocols.Tls13];

    [Test]
    public void A_pin_may_be_of_any_certificate_in_the_chain()
    {
        foreach (var certificate in (X509Certificate2[])[TestCertificates.Server.Certificate, TestCertificates.Intermediate,
            TestCertificates.Root])
            CorePair.Connected(
                Client(TestCertificates.Verification with { Pins = [CertificateVerification.PinOf(certificate)] }),
                CorePair.ServerOptions()).Dispose();
    }

    [Test, Proves(nameof(CertificateFaults.WrongPin))]
    public void A_chain_without_a_pinned_key_is_refused_and_the_right_pin_is_named()
    {
        using var pair = Failing(TestCertificates.Verification with { Pins = [CertificateVerification.PinOf(TestCertificates.OtherRoot)] });

        Assert.That((pair.ClientFault as TlsCertificateException)?.Check, Is.EqualTo("pin"));
        Assert.That(pair.ClientFault!.Message, Does.Contain(CertificateVerification.PinOf(TestCertificates.Server.Certificate)));
        Assert.That(pair.ServerFault?.Alert, Is.EqualTo(TlsAlert.BadCertificate));
    }

    [Test]
    public void A_policy_of_the_callers_own_counts_instead_of_ours()
    {
        var policy = Policy();
        policy.VerificationFlags = X509VerificationFlags.IgnoreNotTimeValid;

        using var pair = CorePair.Connected(
            Client(CertificateVerification.ByPolicy(policy)), CorePair.ServerOptions(credential: TestCertificates.Expired));

        using var failing = Failing(CertificateVerification.ByPolicy(policy), TestCertificates.WrongHost);
        Assert.That(failing.ClientFault?.Alert, Is.EqualTo(TlsAlert.BadCertificate), "the name is checked all the same");
    }

    [Test, Proves(nameof(CertificateFaults.BadChain))]
    public void Revocation_that_cannot_be_found_out_is_a_reason_to_refuse()
    {
        using var pair = Failing(TestCertificates.Verification with { RevocationMode = X509RevocationMode.Offline });

        Assert.That(pair.ClientFault?.Alert, Is.EqualTo(TlsAlert.CertificateUnknown));
        Assert.That(pair.ServerFault?.Alert, Is.EqualTo(TlsAlert.CertificateUnknown), "what the server saw");
        Assert.That(pair.ClientFault!.Message, Does.Contain("whether it was revoked cannot be found out"));
    }

    [Test]
    public void A_chain_that_needs_the_network_is_built_elsewhere_while_the_handshake_stands_still(
        [ValueSource(nameof(Versions))] SslProtocols version)
    {
        Action? work = null;
        var policy = Policy();
        policy.DisableCertificateDownloads = false;
        using var pair = new CorePair(
            Client(CertificateVerification.ByPolicy(policy) with { Background = one => work = one }, version),
            CorePair.ServerOptions(version));

        UntilDecision(pair);
        Assert.That(work is not null, Is.True, "it was handed over");
        Assert.That(pair.Client.StepHandshake(), Is.EqualTo(CoreStatus.WantDecision), "not before it is built");
        work!();

        pair.Handshake();
        Assert.That(pair.Client.IsEstablished && pair.Server.IsEstablished, Is.True, $"{pair.ClientFault}{pair.ServerFault}");
    }

    [Test]
    public void A_review_sees_all_findings_and_has_the_last_word([Values] bool accepts)
    {
        CertificateReview? seen = null;
        X509ChainStatusFlags status = default;
        var verification = TestCertificates.Verification with
        {
            Review = TlsDecisions.AtOnce<CertificateReview, TlsAlert?>(review =>
            {
                seen = review;
                status = review.Chain!.ChainStatus.Aggregate(X509ChainStatusFlags.NoError, (all, one) => all | one.Status);
                return accepts ? null : review.Rejection?.Alert;
            }),
        };
        using var pair = new CorePair(
            new TlsClientOptions { TargetHost = "other.example", Verification = verification },
            CorePair.ServerOptions(credential: TestCertificates.Expired));

        pair.Handshake();

        Assert.That(pair.Client.IsEstablished, Is.EqualTo(accepts));
        Assert.That(
            seen!.PolicyErrors, Is.EqualTo(SslPolicyErrors.RemoteCertificateChainErrors | SslPolicyErrors.RemoteCertificateNameMismatch));
        Assert.That(status, Is.EqualTo(X509ChainStatusFlags.NotTimeValid));
        Assert.That(seen.Rejection?.Check, Is.EqualTo("dates"));
        Assert.That(seen.TargetHost, Is.EqualTo("other.example"));
        if (!accepts)
        {
            Assert.That(pair.ClientFault, Is.SameAs(seen.Rejection));
            Assert.That(pair.ServerFault?.Alert, Is.EqualTo(TlsAlert.CertificateExpired));
        }
    }

    [Test]
    public void A_review_may_refuse_what_we_would_take()
    {
        using var pair = Failing(
            TestCertificates.Verification with { Review = TlsDecisions.AtOnce<CertificateReview, TlsAlert?>(_ => TlsAlert.AccessDenied) });

        Assert.That((pair.ClientFault as TlsCertificateException)?.Check, Is.EqualTo("application"));
        Assert.That(pair.ServerFault?.Alert, Is.EqualTo(TlsAlert.AccessDenied));
    }

    [Test]
    public void While_a_client_waits_for_a_verdict_nothing_is_sent(
        [ValueSource(nameof(Versions))] SslProtocols version, [Values] bool accepts)
    {
        TlsDecision<TlsAlert?>? verdict = null;
        var told = 0;
        using var pair = new CorePair(
            Client(TestCertificates.Verification with { Review = (_, decision) => verdict = decision }, version),
            CorePair.ServerOptions(version));
        pair.Client.WhenDecided = () => told++;

        UntilDecision(pair);
        // The change_cipher_spec that TLS 1.3 sends for the sake of middleboxes says nothing.
        byte[] expected = version == SslProtocols.Tls13 ? [20, 3, 3, 0, 1, 1] : [];
        Assert.That(pair.ClientOut.Readable.ToArray(), Is.EqualTo(expected), "all else depends on the verdict");
        Assert.That(pair.Client.IsEstablished, Is.False);
        Assert.That(told, Is.Zero);

        verdict!.Complete(accepts ? null : TlsAlert.BadCertificate);
        Assert.That(told, Is.EqualTo(1));
        pair.Handshake();

        Assert.That(pair.Client.IsEstablished, Is.EqualTo(accepts), $"{pair.ClientFault}");
        Assert.That(pair.Server.IsEstablished, Is.EqualTo(accepts));
        if (!accepts)
            Assert.That(pair.ServerFault?.Alert, Is.EqualTo(TlsAlert.BadCertificate));
        Assert.That(() => verdict.Complete(null), Throws.InvalidOperationException);
    }

    [Test]
    public void While_a_server_waits_for_a_verdict_nothing_is_sent_and_nothing_delivered(
        [ValueSource(nameof(Versions))] SslProtocols version, [Values] bool accepts)
    {
        TlsDecision<TlsAlert?>? verdict = null;
        using var pair = new CorePair(
            new TlsClientOptions
            {
                TargetHost = "localhost", Verification = TestCertificates.Verification, EnabledProtocols = version,
                Credential = TestCertificates.Client,
            },
            new TlsServerOptions
            {
                Credential = TestCertificates.Server, EnabledProtocols = version, ClientCertificates = ClientCertificateMode.Require,
                ClientVerification = TestCertificates.Verification with { Review = (_, decision) => verdict = decision },
            });

        pair.Handshake();
        Assert.That(verdict, Is.Not.Null);
        Assert.That(pair.ServerOut.Pending, Is.Zero);
        Assert.That(pair.Server.IsEstablished, Is.False);
        Assert.That(
            pair.Client.IsEstablished, Is.EqualTo(version == SslProtocols.Tls13), "TLS 1.3 lets a client begin before it is judged");

        verdict!.Complete(accepts ? null : TlsAlert.UnknownCa);
        pair.Handshake();

        Assert.That(pair.Server.IsEstablished, Is.EqualTo(accepts), $"{pair.ServerFault}");
        if (accepts)
            Assert.That(pair.Server.Session!.PeerCertificate!.Thumbprint, Is.EqualTo(TestCertificates.Client.Certificate.Thumbprint));
        else
            Assert.That(pair.ServerFault?.Alert, Is.EqualTo(TlsAlert.UnknownCa));
    }

    [Test]
    public void A_verdict_that_fails_fails_the_handshake([Values] bool throws)
    {
        using var pair = Failing(TestCertificates.Verification with
        {
            Review = (_, decision) =>
            {
                if (throws)
                    throw new FormatException("bad day");
                decision.Fail(new FormatException("bad day"));
            },
        });

        Assert.That(pair.ClientFault?.Fault, Is.EqualTo(TlsFault.Application));
        Assert.That(pair.ClientFault!.Message, Does.Contain("bad day"));
        Assert.That(pair.ServerFault?.Alert, Is.EqualTo(TlsAlert.InternalError));
    }

    [Test]
    public void A_verdict_that_nobody_waits_for_any_more_is_cancelled_and_ignored()
    {
        TlsDecision<TlsAlert?>? verdict = null;
        var pair = new CorePair(Client(TestCertificates.Verification with { Review = (_, decision) => verdict = decision }));
        UntilDecision(pair);

        pair.Dispose();

        Assert.That(verdict!.Abandoned.IsCancellationRequested, Is.True);
        Assert.That(() => verdict.Complete(null), Throws.Nothing);
    }

    [Test]
    public void A_review_is_asked_about_a_client_without_a_certificate_too([Values] ClientCertificateMode mode, [Values] bool accepts)
    {
        CertificateReview? seen = null;
        using var pair = new CorePair(null, new TlsServerOptions
        {
            Credential = TestCertificates.Server,
            ClientCertificates = mode,
            ClientVerification = TestCertificates.Verification with
            {
                Review = TlsDecisions.AtOnce<CertificateReview, TlsAlert?>(review =>
                {
                    seen = review;
                    return accepts ? null : TlsAlert.AccessDenied;
                }),
            },
        });

        pair.Handshake();

        Assert.That(
            seen?.PolicyErrors,
            Is.EqualTo(mode == ClientCertificateMode.None ? null : (SslPolicyErrors?)SslPolicyErrors.RemoteCertificateNotAvailable));
        Assert.That(seen?.Rejection is not null, Is.EqualTo(mode == ClientCertificateMode.Require));
        Assert.That(pair.Server.IsEstablished, Is.EqualTo(accepts || mode == ClientCertificateMode.None));
    }

    [Test]
    public void Contradictions_are_named()
    {
        var roots = TestCertificates.Verification;
        var all = TlsDecisions.AtOnce<CertificateReview, TlsAlert?>(_ => null);
        (CertificateVerification Verification, string Words)[] bad =
        [
            (roots with { Pins = ["abc"] }, "not SHA-256 in Base64"),
            (CertificateVerification.DangerousAcceptAny with { Review = all }, "would not count"),
            (CertificateVerification.ByPolicy(Policy()) with { RevocationMode = X509RevocationMode.Online },
                "says itself how revocation is checked"),
            (roots with { Staple = (StapleMode)7 }, "has no value 7"),
        ];
        foreach (var (verification, words) in bad)
            Assert.That(() => BouncyCastleCore.CreateClient(Client(verification)), Throws.ArgumentException.With.Message.Contains(words));
    }

    private static void UntilDecision(CorePair pair)
    {
        for (var turn = 0; turn < 10; turn++)
        {
            var status = pair.Client.StepHandshake();
            if (status == CoreStatus.WantDecision)
                return;

            pair.ToServer();
            pair.Server.StepHandshake();
            pair.ToClient();
        }

        Assert.Fail("no decision was asked for");
    }

    private static CorePair Failing(CertificateVerification verification, TlsCredential? credential = null)
    {
        var pair = new CorePair(Client(verification), CorePair.ServerOptions(credential: credential));
        pair.Handshake();
        return pair;
    }

    private static X509ChainPolicy Policy()
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode =
            X509RevocationMode.NoCheck, DisableCertificateDownloads = true };
        policy.CustomTrustStore.Add(TestCertificates.Root);
        return policy;
    }

    private static TlsClientOptions Client(
        CertificateVerification verification, SslProtocols version = SslProtocols.Tls12 | SslProtocols.Tls13) =>
        new() { TargetHost = "localhost", Verification = verification, EnabledProtocols = version };
}
