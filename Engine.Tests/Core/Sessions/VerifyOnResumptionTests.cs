using System.Security.Authentication;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Core.Sessions;

/// <summary>A client that judges a server again when it resumes a session with it.</summary>
[TestFixture(SslProtocols.Tls12)]
[TestFixture(SslProtocols.Tls13)]
public sealed class VerifyOnResumptionTests(SslProtocols version)
{
    [Test]
    public void By_default_the_verdict_of_the_full_handshake_stands([Values] bool isAgain)
    {
        var asked = new List<PeerCertificates>();
        var pair = new SessionPair(version) { Trust = CertificateVerification.Custom(Judge) with { VerifyOnResumption = isAgain } };
        pair.Visit();

        var resumed = pair.Visit().Client;

        Assert.That(resumed.IsResumed, Is.True);
        Assert.That(asked.Select(one => one.IsResumed), Is.EqualTo(isAgain ? new[] { false, true } : [false]));
        Assert.That(asked[^1].Leaf.Thumbprint, Is.EqualTo(TestCertificates.Server.Certificate.Thumbprint));

        TlsAlert? Judge(PeerCertificates presented)
        {
            asked.Add(presented);
            return null;
        }
    }

    [Test]
    public void A_server_that_is_no_longer_good_is_refused_and_hears_why()
    {
        TlsAlert? verdict = null;
        var pair = new SessionPair(version) { Trust = CertificateVerification.Custom(_ => verdict) with { VerifyOnResumption = true } };
        pair.Visit();
        verdict = TlsAlert.CertificateRevoked;

        using var connection = new CorePair(pair.ClientOptions(), pair.ServerOptions());
        connection.Handshake();

        Assert.That(connection.ClientFault, Is.InstanceOf<TlsCertificateException>());
        Assert.That(connection.ClientFault!.Alert, Is.EqualTo(TlsAlert.CertificateRevoked));
        Assert.That(connection.ServerFault!.Fault, Is.EqualTo(TlsFault.PeerAlert));
        Assert.That(connection.ServerFault.Alert, Is.EqualTo(TlsAlert.CertificateRevoked));
    }

    [Test]
    public void The_chain_is_built_again_and_the_name_checked_and_no_staple_is_looked_for()
    {
        var reviews = new List<(CertificateReview Review, int Elements)>();
        var trust = TestCertificates.Verification with
        {
            Staple = StapleMode.Require,
            VerifyOnResumption = true,
            Review = TlsDecisions.AtOnce<CertificateReview, TlsAlert?>(review =>
            {
                reviews.Add((review, review.Chain!.ChainElements.Count));
                return review.Rejection?.Alert;
            }),
        };
        var pair = new SessionPair(version)
        {
            Trust = trust, ServerCredentials = [TestStaples.MustStaple.With(TestStaples.For(TestStaples.MustStaple.Certificate))],
        };
        pair.Visit();

        Assert.That(pair.Visit().Client.IsResumed, Is.True);

        var (again, elements) = reviews[1];
        Assert.That(again.IsResumed, Is.True);
        Assert.That(elements, Is.GreaterThan(1));
        Assert.That(again.TargetHost, Is.EqualTo(TestCertificates.Host));
        Assert.That((reviews[0].Review.Staple, again.Staple), Is.EqualTo((StapleStatus.Good, StapleStatus.None)));
    }

    [Test]
    public void A_verdict_that_takes_time_holds_our_Finished_back()
    {
        TlsDecision<TlsAlert?>? pending = null;
        var trust = TestCertificates.Verification with
        {
            VerifyOnResumption = true,
            Review = (review, decision) =>
            {
                if (review.IsResumed)
                    pending = decision;
                else
                    decision.Complete(null);
            },
        };
        var pair = new SessionPair(version) { Trust = trust };
        pair.Visit();
        using var connection = new CorePair(pair.ClientOptions(), pair.ServerOptions());

        connection.Handshake();
        Assert.That(connection.Client.StepHandshake(), Is.EqualTo(CoreStatus.WantDecision));
        Assert.That(connection.Server.IsEstablished, Is.False);

        pending!.Complete(null);
        connection.Handshake();
        Assert.That(
            connection.Client.IsEstablished && connection.Server.IsEstablished, Is.True,
            $"{connection.ClientFault}{connection.ServerFault}");
        Assert.That(connection.Client.Session!.IsResumed, Is.True);
    }
}
