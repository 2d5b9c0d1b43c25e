using System.Net.Security;
using System.Security.Authentication;
using Org.BouncyCastle.Tls;
using TlsFsm.Core.BouncyCastle.Keys;
using TlsFsm.Core.BouncyCastle.Library;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Core.Sessions;

[TestFixture(SslProtocols.Tls12)]
[TestFixture(SslProtocols.Tls13)]
[TestFixture(SslProtocols.Tls12 | SslProtocols.Tls13)]
public sealed class ResumptionTests(SslProtocols version)
{
    [Test]
    public void The_second_connection_resumes_the_first_and_so_does_the_third()
    {
        var pair = new SessionPair(version);

        var first = pair.Visit();
        var second = pair.Visit();
        var third = pair.Visit();

        Assert.That(first.Client.IsResumed, Is.False);
        Assert.That(second.Client.IsResumed && third.Client.IsResumed, Is.True);
        Assert.That(third.Client.Origin, Is.EqualTo(first.Client.Origin));
        Assert.That(third.Server.Origin, Is.EqualTo(first.Server.Origin));
    }

    [Test]
    public void A_resumed_session_knows_the_server_certificate_and_has_no_signature_of_it()
    {
        var pair = new SessionPair(version);
        pair.Visit();

        var resumed = pair.Visit().Client;

        Assert.That(resumed.PeerCertificate!.Thumbprint, Is.EqualTo(TestCertificates.Server.Certificate.Thumbprint));
        Assert.That(resumed.PeerCertificates, Has.Count.EqualTo(2));
        Assert.That(resumed.PeerSignatureScheme, Is.Null);
    }

    [Test]
    public void A_resumed_session_has_the_secrets_of_its_own_connection()
    {
        var pair = new SessionPair(version);
        using var first = pair.Connect();
        using var second = pair.Connect();
        Assert.That(second.Client.Session!.IsResumed, Is.True);

        var exported = second.Client.ExportKeyingMaterial("EXPERIMENTAL", null, 32);

        Assert.That(second.Server.ExportKeyingMaterial("EXPERIMENTAL", null, 32), Is.EqualTo(exported));
        Assert.That(first.Client.ExportKeyingMaterial("EXPERIMENTAL", null, 32), Is.Not.EqualTo(exported));
        foreach (var kind in Enum.GetValues<TlsChannelBinding>())
            Assert.That(second.Client.GetChannelBinding(kind), Is.EqualTo(second.Server.GetChannelBinding(kind)));
    }

    [Test]
    public void Without_a_cache_the_client_neither_offers_nor_keeps()
    {
        var pair = new SessionPair(version);
        using var connection = CorePair.Connected(CorePair.Options(version), pair.ServerOptions());

        Assert.That(connection.ServerOut.Pending, Is.Zero, "no ticket for who cannot use one");
    }

    [Test]
    public void Without_keys_the_server_gives_and_takes_no_tickets()
    {
        var pair = new SessionPair(version) { Keys = null };

        pair.Visit();

        Assert.That(pair.Cache.Count, Is.Zero);
        Assert.That(pair.Visit().Client.IsResumed, Is.False);
    }

    [Test]
    public void Another_host_trust_offer_or_client_certificate_is_another_session()
    {
        var pair = new SessionPair(
            version) { Offered = [SslApplicationProtocol.Http11], Spoken = [SslApplicationProtocol.Http11, SslApplicationProtocol.Http2] };
        pair.Visit();

        pair.Host = "127.0.0.1";
        Assert.That(pair.Visit().Client.IsResumed, Is.False, "another name");
        pair.Host = TestCertificates.Host;
        pair.Trust = CertificateVerification.TrustedRoots([TestCertificates.Root, TestCertificates.OtherRoot]);
        Assert.That(pair.Visit().Client.IsResumed, Is.False, "other trust");
        pair.Trust = CertificateVerification.Custom(_ => null);
        Assert.That(pair.Visit().Client.IsResumed, Is.False, "another judge");
        pair.Trust = CertificateVerification.Custom(_ => null);
        Assert.That(pair.Visit().Client.IsResumed, Is.False, "yet another judge");
        pair.Trust = TestCertificates.Verification;
        pair.Offered = [SslApplicationProtocol.Http2];
        Assert.That(pair.Visit().Client.IsResumed, Is.False, "another protocol");
        pair.Offered = [SslApplicationProtocol.Http11];
        pair.ClientCredential = TestCertificates.Client;
        Assert.That(pair.Visit().Client.IsResumed, Is.False, "another client");
        pair.ClientCredential = null;
        Assert.That(pair.Visit().Client.IsResumed, Is.True, "the first again");
    }

    [Test]
    public void Trust_in_the_same_roots_is_the_same_trust()
    {
        var pair = new SessionPair(version);
        pair.Visit();
        pair.Trust = CertificateVerification.TrustedRoots(TestCertificates.Roots);

        Assert.That(pair.Visit().Client.IsResumed, Is.True);
    }

    [Test]
    public void A_server_that_would_now_speak_another_protocol_does_not_resume()
    {
        var pair = new SessionPair(version)
        {
            Offered = [SslApplicationProtocol.Http2, SslApplicationProtocol.Http11],
            Spoken = [SslApplicationProtocol.Http11, SslApplicationProtocol.Http2],
        };
        pair.Visit();
        pair.Spoken = [SslApplicationProtocol.Http2];

        var second = pair.Visit().Client;

        Assert.That(second.IsResumed, Is.False);
        Assert.That(second.ApplicationProtocol, Is.EqualTo(SslApplicationProtocol.Http2));
        Assert.That(pair.Visit().Client.ApplicationProtocol, Is.EqualTo(SslApplicationProtocol.Http2));
        Assert.That(pair.Visit().Client.IsResumed, Is.True);
    }

    [Test]
    public void A_server_with_another_certificate_does_not_resume()
    {
        var pair = new SessionPair(version);
        pair.Visit();
        pair.ServerCredentials = [TestCertificates.ServerWith(TestKey.EcdsaP384)];

        Assert.That(pair.Visit().Client.IsResumed, Is.False);
    }

    [Test]
    public void A_server_that_asks_for_certificates_now_does_not_resume_sessions_without()
    {
        var pair = new SessionPair(version) { ClientCredential = TestCertificates.Client };
        pair.Visit();
        pair.ClientCertificates = ClientCertificateMode.Require;

        var (client, server) = pair.Visit();

        Assert.That(client.IsResumed, Is.False);
        Assert.That(server.PeerCertificate, Is.Not.Null);
    }

    [Test]
    public void A_ticket_carries_the_client_certificate()
    {
        var pair = new SessionPair(
            version) { ClientCredential = TestCertificates.Client, ClientCertificates = ClientCertificateMode.Require };
        pair.Visit();

        var (client, server) = pair.Visit();

        Assert.That(client.IsResumed, Is.True);
        Assert.That(server.PeerCertificates, Has.Count.EqualTo(2));
        Assert.That(server.PeerCertificate!.Thumbprint, Is.EqualTo(TestCertificates.Client.Certificate.Thumbprint));
    }

    [Test]
    public void A_client_that_is_no_longer_trusted_is_judged_anew()
    {
        var pair = new SessionPair(
            version) { ClientCredential = TestCertificates.Client, ClientCertificates = ClientCertificateMode.Request };
        pair.Visit();
        pair.ClientTrust = CertificateVerification.TrustedRoots([TestCertificates.OtherRoot]);

        using var connection = new CorePair(pair.ClientOptions(), pair.ServerOptions());
        connection.Handshake();

        Assert.That(
            connection.ServerFault, Is.InstanceOf<TlsCertificateException>(), "a full handshake, in which the certificate is refused");
    }

    [Test]
    public void A_session_is_resumed_just_before_its_age_and_not_at_it()
    {
        var pair = new SessionPair(version) { MaxSessionAge = TimeSpan.FromHours(2) };
        pair.Visit();

        pair.Time.Advance(TimeSpan.FromHours(2) - TimeSpan.FromSeconds(2));
        Assert.That(pair.Visit().Client.IsResumed, Is.True);
        pair.Time.Advance(TimeSpan.FromSeconds(3));
        Assert.That(pair.Visit().Client.IsResumed, Is.False, "tickets of the resumed session do not prolong it");
    }

    [Test]
    public void A_server_refuses_a_session_that_is_too_old_whatever_the_client_thinks()
    {
        var pair = new SessionPair(version) { MaxSessionAge = TimeSpan.FromHours(20) };
        pair.Visit();
        pair.Time.Advance(TimeSpan.FromHours(10));
        var strict = new TlsServerOptions
        {
            Credential = pair.ServerCredentials[0], EnabledProtocols = version, TicketKeys = pair.Keys, TimeProvider = pair.Time,
            MaxSessionAge = TimeSpan.FromHours(10),
        };

        using var connection = CorePair.Connected(pair.ClientOptions(), strict);

        Assert.That(connection.Client.Session!.IsResumed, Is.False);
    }

    [Test]
    public void Keys_that_have_gone_open_nothing_and_cost_a_full_handshake()
    {
        var pair = new SessionPair(version);
        pair.Visit();
        pair.Keys = new MemoryTicketKeyRing();

        Assert.That(pair.Visit().Client.IsResumed, Is.False);
        Assert.That(pair.Visit().Client.IsResumed, Is.True);
    }

    [Test]
    public void A_ring_that_throws_costs_the_resumption_alone()
    {
        var pair = new SessionPair(version);
        pair.Visit();
        pair.Keys = new ThrowingRing();

        Assert.That(pair.Visit().Client.IsResumed, Is.False);
    }

    [Test]
    public void A_required_session_is_resumed_and_no_other()
    {
        var pair = new SessionPair(version);
        var control = pair.Visit();
        pair.ClientRequires = control.Client;
        pair.ServerRequires = control.Server;

        Assert.That(pair.Visit().Client.Origin, Is.EqualTo(control.Client.Origin));
        Assert.That(pair.Visit().Client.Origin, Is.EqualTo(control.Client.Origin));
    }

    [Test]
    public void A_client_that_requires_a_session_it_does_not_have_sends_nothing()
    {
        var pair = new SessionPair(version) { ClientRequires = new SessionPair(version).Visit().Client };
        using var connection = new CorePair(pair.ClientOptions(), pair.ServerOptions());
        connection.Handshake();

        Assert.That(connection.ClientFault!.Fault, Is.EqualTo(TlsFault.Incompatible));
        Assert.That(connection.ClientFault.Message, Does.Contain("RequireResumption"));
        Assert.That(connection.ServerFault, Is.Null);
        Assert.That(connection.ServerIn.Pending, Is.Zero);
    }

    [Test]
    public void A_client_that_requires_a_session_fails_when_the_server_makes_a_new_one()
    {
        var pair = new SessionPair(version);
        pair.ClientRequires = pair.Visit().Client;
        pair.Keys = null;
        using var connection = new CorePair(pair.ClientOptions(), pair.ServerOptions());
        connection.Handshake();

        Assert.That(connection.ClientFault!.Message, Does.Contain("did not resume"));
        Assert.That(connection.ClientFault.Alert, Is.EqualTo(TlsAlert.HandshakeFailure));
        Assert.That(connection.ServerFault!.Fault, Is.EqualTo(TlsFault.PeerAlert));
    }

    [Test]
    public void A_server_that_requires_a_session_refuses_new_ones_and_those_of_others()
    {
        var pair = new SessionPair(version);
        var control = pair.Visit();
        pair.ServerRequires = control.Server;
        using var stranger = new CorePair(CorePair.Options(version), pair.ServerOptions());
        stranger.Handshake();
        pair.ServerRequires = new SessionPair(version).Visit().Server;
        using var other = new CorePair(pair.ClientOptions(), pair.ServerOptions());
        other.Handshake();

        Assert.That(stranger.ServerFault!.Message, Does.Contain("RequireResumption"));
        Assert.That(other.ServerFault!.Message, Does.Contain("RequireResumption"));
        Assert.That(other.ClientFault!.Alert, Is.EqualTo(TlsAlert.HandshakeFailure));
    }

    [Test]
    public void Requiring_a_session_without_the_means_is_an_argument_error()
    {
        var session = new SessionPair(version).Visit().Client;

        Assert.That(
            () => BouncyCastleCore.CreateClient(new TlsClientOptions { TargetHost = "localhost", RequireResumption = session }),
            Throws.ArgumentException);
        Assert.That(
            () => BouncyCastleCore.CreateServer(
                new TlsServerOptions { Credential = TestCertificates.Server, TicketKeys = null, RequireResumption = session }),
            Throws.ArgumentException);
    }

    [Test]
    public void The_names_that_lead_into_BouncyCastle_still_fit()
    {
        Assert.That(() => HandshakeRemains.Transcript(new TlsClientProtocol()), Throws.Nothing);
    }

    private sealed class ThrowingRing : ITicketKeyRing
    {
        public byte[] Seal(ReadOnlySpan<byte> state) => throw new InvalidOperationException("no keys today");

        public byte[]? Open(ReadOnlySpan<byte> ticket) => throw new InvalidOperationException("no keys today");
    }
}
