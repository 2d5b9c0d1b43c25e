using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Core;

/// <summary>Mutual authentication: what a server demands, what a client picks, and how it hears that it was not good enough.</summary>
public sealed class ClientCredentialTests
{
    private static readonly SslProtocols[] Versions = [SslProtocols.Tls12, SslProtocols.Tls13];

    [Test]
    public void The_server_names_the_roots_that_it_trusts_unless_told_otherwise(
        [ValueSource(nameof(Versions))] SslProtocols version, [Values] bool none)
    {
        TlsCertificateDemand? seen = null;
        using var pair = CorePair.Connected(
            Client(version, choose: (demand, decision) =>
            {
                seen = demand;
                decision.Complete(TestCertificates.Client);
            }),
            Server(version, ClientCertificateMode.Require, none ? [] : null));

        Assert.That(seen!.AcceptableIssuers.Select(issuer => issuer.Name), Is.EqualTo(none ? [] : new[] { TestCertificates.Root.Subject }));
        Assert.That(seen.SignatureSchemes, Does.Contain(TlsSignatureScheme.EcdsaSecp256r1Sha256));
        Assert.That(seen.ServerCertificates[0].Thumbprint, Is.EqualTo(TestCertificates.Server.Certificate.Thumbprint));
        Assert.That(seen.TargetHost, Is.EqualTo("localhost"));
        Assert.That(pair.Server.Session!.PeerCertificate!.Thumbprint, Is.EqualTo(TestCertificates.Client.Certificate.Thumbprint));
    }

    [Test]
    public void Of_several_credentials_the_first_with_an_acceptable_issuer_is_presented(
        [ValueSource(nameof(Versions))] SslProtocols version)
    {
        using var pair = CorePair.Connected(
            Client(version, TestCertificates.UntrustedClient, TestCertificates.ClientWith(TestKey.Rsa2048), TestCertificates.Client),
            Server(version, ClientCertificateMode.Require));

        Assert.That(pair.Server.Session!.PeerCertificate!.Subject, Is.EqualTo("CN=client Rsa2048"));
    }

    [Test]
    public void Of_several_credentials_one_with_a_scheme_that_the_server_takes_is_presented(
        [ValueSource(nameof(Versions))] SslProtocols version)
    {
        var policy = TlsPolicy.Default with
        {
            SignatureSchemes = [TlsSignatureScheme.EcdsaSecp256r1Sha256],
            CipherSuites =
                [.. TlsPolicy.Default.CipherSuites.Where(suite => !suite.ToString().Contains("_RSA_", StringComparison.Ordinal))],
        };
        var server = new TlsServerOptions
        {
            Credential = TestCertificates.Server, EnabledProtocols = version, Policy = policy,
            ClientCertificates = ClientCertificateMode.Require, ClientVerification = TestCertificates.Verification,
        };

        using var pair = CorePair.Connected(Client(version, TestCertificates.ClientWith(TestKey.Rsa2048), TestCertificates.Client), server);

        Assert.That(pair.Server.Session!.PeerCertificate!.Subject, Is.EqualTo("CN=client EcdsaP256"));
    }

    [Test]
    public void When_none_is_acceptable_nothing_is_presented([ValueSource(nameof(Versions))] SslProtocols version)
    {
        using var pair = CorePair.Connected(
            Client(version, TestCertificates.UntrustedClient), Server(version, ClientCertificateMode.Request));

        Assert.That(pair.Server.Session!.PeerCertificates, Is.Empty);
    }

    [Test]
    public void A_choice_that_takes_time_holds_all_of_the_clients_answer_back(
        [ValueSource(nameof(Versions))] SslProtocols version, [Values] bool presents)
    {
        TlsDecision<TlsCredential?>? choice = null;
        using var pair = new CorePair(
            Client(version, choose: (_, decision) => choice = decision), Server(version, ClientCertificateMode.Request));

        pair.Handshake();
        Assert.That(choice, Is.Not.Null);
        Assert.That(pair.Client.StepHandshake(), Is.EqualTo(CoreStatus.WantDecision));
        Assert.That(pair.ClientOut.Pending, Is.Zero);

        choice!.Complete(presents ? TestCertificates.Client : null);
        pair.Handshake();
        Assert.That(pair.Client.IsEstablished && pair.Server.IsEstablished, Is.True, $"{pair.ClientFault}{pair.ServerFault}");
        Assert.That(pair.Server.Session!.PeerCertificate?.Subject, Is.EqualTo(presents ? "CN=client EcdsaP256" : null));
    }

    [Test]
    public void Verdict_and_choice_may_both_take_time([ValueSource(nameof(Versions))] SslProtocols version)
    {
        TlsDecision<TlsAlert?>? verdict = null;
        TlsDecision<TlsCredential?>? choice = null;
        using var pair = new CorePair(
            new TlsClientOptions
            {
                TargetHost = "localhost", EnabledProtocols = version,
                Verification = TestCertificates.Verification with { Review = (_, decision) => verdict = decision },
                ChooseCredential = (_, decision) => choice = decision,
            },
            Server(version, ClientCertificateMode.Require));

        pair.Handshake();
        Assert.That(choice, Is.Null, "a server that is not accepted is presented nothing");
        verdict!.Complete(null);
        Assert.That(pair.Client.StepHandshake(), Is.EqualTo(CoreStatus.WantDecision));
        choice!.Complete(TestCertificates.Client);
        pair.Handshake();

        Assert.That(pair.Client.IsEstablished && pair.Server.IsEstablished, Is.True, $"{pair.ClientFault}{pair.ServerFault}");
    }

    [Test]
    public void On_TLS_13_a_client_hears_of_its_missing_or_bad_certificate_when_it_reads([Values] bool isMissing)
    {
        using var pair = new CorePair(
            isMissing ? CorePair.Options(SslProtocols.Tls13)
                : Client(SslProtocols.Tls13, choose: (_, decision) => decision.Complete(TestCertificates.UntrustedClient)),
            Server(SslProtocols.Tls13, ClientCertificateMode.Require));
        pair.Handshake();
        Assert.That(pair.Client.IsEstablished, Is.True);
        pair.ToClient();

        var fault = Assert.Throws<TlsException>(() => pair.Client.Read(new byte[10], out _));

        Assert.That(fault!.Fault, Is.EqualTo(TlsFault.PeerAlert));
        Assert.That(fault.Alert, Is.EqualTo(isMissing ? TlsAlert.CertificateRequired : TlsAlert.UnknownCa));
        Assert.That(
            fault.Message, Does.Contain(isMissing ? "it requires a certificate, and we presented none" : "it rejected our certificate"));
    }

    [Test]
    public void Two_ways_to_say_what_is_presented_are_a_contradiction() =>
        Assert.That(
            () => BouncyCastleCore.CreateClient(
                new TlsClientOptions { TargetHost = "x", Credential = TestCertificates.Client, Credentials = [TestCertificates.Client] }),
            Throws.ArgumentException.With.Message.Contains("only one can say"));

    [Test]
    public void More_issuers_than_a_request_has_room_for_are_refused()
    {
        var name = new X500DistinguishedName("CN=" + new string('x', 60));
        var options = Server(SslProtocols.Tls13, ClientCertificateMode.Require, [.. Enumerable.Repeat(name, 1000)]);

        Assert.That(() => BouncyCastleCore.CreateServer(options), Throws.ArgumentException.With.Message.Contains("has room for"));
    }

    private static TlsClientOptions Client(SslProtocols version, params TlsCredential[] credentials) => new()
    {
        TargetHost = "localhost", Verification = TestCertificates.Verification, EnabledProtocols = version, Credentials = credentials,
    };

    private static TlsClientOptions Client(SslProtocols version, Action<TlsCertificateDemand, TlsDecision<TlsCredential?>> choose) => new()
    {
        TargetHost = "localhost", Verification = TestCertificates.Verification, EnabledProtocols = version, ChooseCredential = choose,
    };

    private static TlsServerOptions Server(
        SslProtocols version, ClientCertificateMode mode, IReadOnlyList<X500DistinguishedName>? issuers = null) => new()
    {
        Credential = TestCertificates.Server, EnabledProtocols = version,
        ClientCertificates = mode, ClientVerification = TestCertificates.Verification, AcceptableIssuers = issuers,
    };
}
