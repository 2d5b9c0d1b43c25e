using System.Net.Security;
using System.Security.Authentication;
using TlsFsm.Tests.Core.Sessions;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Core;

/// <summary>A server with several credentials: each client gets the first that it can take.</summary>
public sealed class CredentialChoiceTests
{
    private static readonly SslProtocols[] Versions = [SslProtocols.Tls12, SslProtocols.Tls13];

    private static TlsCredential P256 => TestCertificates.ServerWith(TestKey.EcdsaP256);

    private static TlsCredential P384 => TestCertificates.ServerWith(TestKey.EcdsaP384);

    private static TlsCredential Rsa => TestCertificates.ServerWith(TestKey.Rsa2048);

    [Test]
    public void The_most_wanted_one_is_presented_to_who_takes_all(
        [ValueSource(nameof(Versions))] SslProtocols version, [Values] bool isRsaFirst)
    {
        TlsCredential[] credentials = isRsaFirst ? [Rsa, P256] : [P256, Rsa];

        using var pair = CorePair.Connected(CorePair.Options(version), Server(version, credentials));

        Assert.That(pair.Client.Session!.PeerCertificate!.Thumbprint, Is.EqualTo(credentials[0].Certificate.Thumbprint));
        Assert.That(pair.Server.Session!.OwnCredential, Is.SameAs(credentials[0]));
        Assert.That(pair.Client.Session.OwnCredential, Is.Null);
    }

    [Test]
    public void Signature_schemes_of_the_client_decide([ValueSource(nameof(Versions))] SslProtocols version)
    {
        Assert.That(PresentedTo(Only(version, TlsSignatureScheme.RsaPssRsaeSha256), P256, P384, Rsa), Is.EqualTo(Rsa.Certificate.Subject));

        // On TLS 1.3 a scheme names the curve too.
        Assert.That(
            PresentedTo(Only(version, TlsSignatureScheme.EcdsaSecp384r1Sha384), P256, P384, Rsa),
            Is.EqualTo(version == SslProtocols.Tls13 ? P384.Certificate.Subject : P256.Certificate.Subject));
    }

    [Test]
    public void On_TLS_12_the_clients_suites_decide_too()
    {
        var rsaOnly = Client(
            SslProtocols.Tls12, TlsPolicy.Default with { CipherSuites = [TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256] });

        Assert.That(PresentedTo(rsaOnly, P256, Rsa), Is.EqualTo(Rsa.Certificate.Subject));
    }

    [Test]
    public void On_TLS_12_the_clients_curves_decide_too_and_on_TLS_13_they_do_not([ValueSource(nameof(Versions))] SslProtocols version)
    {
        var client = Client(version, TlsPolicy.Default with { Groups = [TlsNamedGroup.Secp256r1], CertificateCurves = [] });

        Assert.That(
            PresentedTo(client, P384, P256),
            Is.EqualTo(version == SslProtocols.Tls12 ? P256.Certificate.Subject : P384.Certificate.Subject));
    }

    [Test]
    public void A_credential_signs_with_its_own_schemes_in_its_own_order([ValueSource(nameof(Versions))] SslProtocols version)
    {
        var weak = Rsa with { SignatureSchemes = [TlsSignatureScheme.RsaPssRsaeSha512, TlsSignatureScheme.RsaPssRsaeSha256] };

        using var free = CorePair.Connected(CorePair.Options(version), Server(version, weak));
        using var bound = CorePair.Connected(Only(version, TlsSignatureScheme.RsaPssRsaeSha384), Server(version, weak, Rsa));

        Assert.That(free.Server.Session!.OwnSignatureScheme, Is.EqualTo("rsa_pss_rsae_sha512"));
        Assert.That(bound.Server.Session!.OwnCredential, Is.SameAs(Rsa), "the other has none that the client takes");
    }

    [Test]
    public void A_credentials_own_schemes_stand_in_place_of_the_policys_which_are_for_the_peer(
        [ValueSource(nameof(Versions))] SslProtocols version)
    {
        var server = new TlsServerOptions
        {
            Credential = Rsa with { SignatureSchemes = [TlsSignatureScheme.RsaPssRsaeSha512] },
            Policy = TlsPolicy.Default with { SignatureSchemes = [TlsSignatureScheme.EcdsaSecp256r1Sha256] },
            EnabledProtocols = version, ClientCertificates = ClientCertificateMode.Require,
            ClientVerification = TestCertificates.Verification,
        };
        var client = new TlsClientOptions
        {
            TargetHost = TestCertificates.Host, Verification = TestCertificates.Verification, EnabledProtocols = version,
            Credential = TestCertificates.Client,
        };

        using var pair = CorePair.Connected(client, server);

        Assert.That(pair.Server.Session!.OwnSignatureScheme, Is.EqualTo("rsa_pss_rsae_sha512"));
        Assert.That(pair.Server.Session.PeerSignatureScheme, Is.EqualTo("ecdsa_secp256r1_sha256"));
    }

    [Test]
    public void An_authority_that_the_client_names_guides_the_choice_and_does_not_forbid(
        [ValueSource(nameof(Versions))] SslProtocols version)
    {
        // Each from a root of its own.
        var other = TestCertificates.Untrusted;

        Assert.That(
            PresentedToNaming(version, TestCertificates.OtherRoot.SubjectName.RawData, P256, other), Is.EqualTo(other.Certificate.Subject));
        Assert.That(
            PresentedToNaming(version, TestCertificates.Root.SubjectName.RawData, other, P256), Is.EqualTo(P256.Certificate.Subject));
        Assert.That(
            PresentedToNaming(version, [0x30, 0], other, P256), Is.EqualTo(other.Certificate.Subject), "none leads there: the first");
    }

    [Test]
    public void One_that_must_match_is_presented_only_to_who_names_its_authority([ValueSource(nameof(Versions))] SslProtocols version)
    {
        var shy = P256 with { MustMatchIssuer = true };

        Assert.That(PresentedTo(CorePair.Options(version), shy, Rsa), Is.EqualTo(Rsa.Certificate.Subject), "nothing named");
        Assert.That(PresentedToNaming(version, [0x30, 0], shy, Rsa), Is.EqualTo(Rsa.Certificate.Subject), "another named");
        Assert.That(
            PresentedToNaming(version, TestCertificates.Intermediate.SubjectName.RawData, shy, Rsa), Is.EqualTo(shy.Certificate.Subject));
    }

    [Test]
    public void When_none_fits_the_error_says_why_for_each([ValueSource(nameof(Versions))] SslProtocols version)
    {
        using var pair = new CorePair(
            Only(version, TlsSignatureScheme.RsaPssRsaeSha256), Server(version, P256, Rsa with { MustMatchIssuer = true }));

        pair.Handshake();

        Assert.That(pair.ServerFault!.Fault, Is.EqualTo(TlsFault.Incompatible));
        Assert.That(pair.ServerFault.Message, Does.StartWith("None of our credentials fits this client. 'CN=server EcdsaP256': ")
            .And.Contain("'CN=server Rsa2048': the client names no authority that it leads to."));
        Assert.That(pair.ClientFault!.Alert, Is.EqualTo(TlsAlert.HandshakeFailure));
    }

    [Test]
    public void Each_has_its_own_staple([ValueSource(nameof(Versions))] SslProtocols version)
    {
        var (ecdsa, rsa) = (P256.With(TestStaples.For(P256.Certificate)), Rsa.With(TestStaples.For(Rsa.Certificate)));
        var trust = TestCertificates.Verification with { Staple = StapleMode.Require };

        foreach (var scheme in (TlsSignatureScheme[])[TlsSignatureScheme.EcdsaSecp256r1Sha256, TlsSignatureScheme.RsaPssRsaeSha256])
            CorePair.Connected(Only(version, scheme, trust), Server(version, ecdsa, rsa)).Dispose();
    }

    [Test]
    public void A_key_elsewhere_is_asked_only_if_its_credential_is_the_one([ValueSource(nameof(Versions))] SslProtocols version)
    {
        var signer = new SlowSigner(Rsa);
        using var other = CorePair.Connected(CorePair.Options(version), Server(version, P256, signer.Credential));
        using var pair = new CorePair(Only(version, TlsSignatureScheme.RsaPssRsaeSha256), Server(version, P256, signer.Credential));

        Assert.That(signer.Asked, Is.Zero);
        pair.Handshake();
        signer.Answer();
        pair.Handshake();

        Assert.That(pair.Client.IsEstablished && pair.Server.IsEstablished, Is.True, $"{pair.ClientFault}{pair.ServerFault}");
        Assert.That(pair.Server.Session!.OwnCredential, Is.SameAs(signer.Credential));
    }

    [Test]
    public void A_choice_by_ClientHello_may_be_for_several([ValueSource(nameof(Versions))] SslProtocols version)
    {
        var names = new TlsServerNames();
        names.Set(TestCertificates.Host, Server(version, P256, Rsa));
        var server = new TlsServerOptions { Credential = TestCertificates.Untrusted, Names = names, EnabledProtocols = version };

        Assert.That(PresentedTo(Only(version, TlsSignatureScheme.RsaPssRsaeSha256), server), Is.EqualTo(Rsa.Certificate.Subject));
    }

    [Test]
    public void A_session_goes_on_under_the_credential_that_it_began_with([ValueSource(nameof(Versions))] SslProtocols version)
    {
        var pair = new SessionPair(
            version) { ServerCredentials = [P256, Rsa], ClientPolicy = Only(version, TlsSignatureScheme.RsaPssRsaeSha256).Policy };
        pair.Visit();

        using var resumed = pair.Connect();

        Assert.That(resumed.Server.Session!.IsResumed, Is.True);
        Assert.That(resumed.Server.Session.OwnCredential, Is.SameAs(pair.ServerCredentials[1]));
        Assert.That(
            resumed.Server.GetChannelBinding(TlsChannelBinding.TlsServerEndPoint),
            Is.Not.Null.And.EqualTo(resumed.Client.GetChannelBinding(TlsChannelBinding.TlsServerEndPoint)));
    }

    [Test]
    public void A_session_outlives_a_change_of_the_other_credentials_and_not_of_its_own(
        [ValueSource(nameof(Versions))] SslProtocols version)
    {
        var pair = new SessionPair(version) { ServerCredentials = [P256, Rsa] };
        pair.Visit();

        pair.ServerCredentials = [P384, P256];
        Assert.That(pair.Visit().Client.IsResumed, Is.True);
        pair.ServerCredentials = [P384, Rsa];
        Assert.That(pair.Visit().Client.IsResumed, Is.False);
    }

    [Test]
    public void Contradictions_are_argument_errors()
    {
        Fails(new TlsServerOptions { Credential = P256, Credentials = [Rsa] }, "Of Credential and Credentials only one");
        Fails(new TlsServerOptions { Credential = null, Credentials = [null!] }, "Credentials is null, or has null in it");
        Fails(new TlsServerOptions { Credential = null }, "Credential is null: a server must present a certificate");
        Fails(new TlsServerOptions { Credential = P256 with { SignatureSchemes = [] } }, "SignatureSchemes of a credential is empty");

        static void Fails(TlsServerOptions options, string text) =>
            Assert.That(() => BouncyCastleCore.CreateServer(options), Throws.ArgumentException.With.Message.Contains(text));
    }

    private static TlsServerOptions Server(SslProtocols version, params TlsCredential[] credentials) =>
        new() { Credential = null, Credentials = credentials, EnabledProtocols = version };

    private static TlsClientOptions Client(SslProtocols version, TlsPolicy policy, CertificateVerification? trust = null) => new()
    {
        TargetHost = TestCertificates.Host, Verification = trust ?? TestCertificates.Verification, EnabledProtocols = version,
        Policy = policy,
    };

    /// <summary>A client that takes one scheme, and so suites of its kind only.</summary>
    private static TlsClientOptions Only(SslProtocols version, TlsSignatureScheme scheme, CertificateVerification? trust = null)
    {
        var unfit = scheme.ToString().StartsWith("Ecdsa", StringComparison.Ordinal) ? "_RSA_" : "_ECDSA_";
        return Client(
            version,
            TlsPolicy.Default with
            {
                SignatureSchemes = [scheme],
                CipherSuites =
                    [.. TlsPolicy.Default.CipherSuites.Where(suite => !suite.ToString().Contains(unfit, StringComparison.Ordinal))],
            },
            trust);
    }

    private static string PresentedTo(TlsClientOptions client, params TlsCredential[] credentials) =>
        PresentedTo(client, Server(client.EnabledProtocols, credentials));

    private static string PresentedTo(TlsClientOptions client, TlsServerOptions server)
    {
        using var pair = CorePair.Connected(client, server);
        return pair.Client.Session!.PeerCertificate!.Subject;
    }

    /// <summary>What a client gets that names an authority, and trusts everybody.</summary>
    private static string PresentedToNaming(SslProtocols version, byte[] authority, params TlsCredential[] credentials)
    {
        var client = new StockClient(version) { Authorities = [authority] };
        client.Begin();
        using var pair = new RoguePair<StockClient>(BouncyCastleCore.CreateServer(Server(version, credentials)), client);
        pair.ToCore();
        pair.Handshake();
        return pair.Core.Session!.OwnCredential!.Certificate.Subject;
    }
}
