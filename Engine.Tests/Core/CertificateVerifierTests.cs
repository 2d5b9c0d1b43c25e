using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using TlsFsm.Core.BouncyCastle.Identity;
using TlsFsm.Core.Strictness;
using TlsFsm.Tests.Strictness;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Core;

public sealed class CertificateVerifierTests
{
    private static readonly SslProtocols[] Versions = [SslProtocols.Tls12, SslProtocols.Tls13];

    private static readonly TestCaseData[] BadServers =
    [
        new(() => TestCertificates.Expired, TlsAlert.CertificateExpired, "dates", "it was valid until"),
        new(() => TestCertificates.NotYetValid, TlsAlert.CertificateExpired, "dates", "it is not valid before"),
        new(() => TestCertificates.WrongHost, TlsAlert.BadCertificate, "host name", "is not for 'localhost' but for wrong.example"),
        new(() => TestCertificates.CommonNameOnly, TlsAlert.BadCertificate, "host name", "but for no name at all"),
        new(() => TestCertificates.WrongUsage, TlsAlert.UnsupportedCertificate, "usage", "'CN=wrong usage' for 'localhost'"),
        new(() => TestCertificates.SelfSigned, TlsAlert.UnknownCa, "trust", "'CN=self-signed' for 'localhost'"),
        new(() => TestCertificates.Untrusted, TlsAlert.UnknownCa, "trust", "'CN=untrusted' for 'localhost'"),
        new(() => TestCertificates.WithoutIntermediate, TlsAlert.UnknownCa, "trust", "was not presented, and is not among the trusted"),
    ];

    [TestCaseSource(nameof(BadServers)), Proves(nameof(CertificateFaults.Untrusted), nameof(CertificateFaults.Expired),
        nameof(CertificateFaults.NotYetValid), nameof(CertificateFaults.WrongUsage), nameof(CertificateFaults.WrongName))]
    public void A_bad_server_certificate_is_refused_with_its_alert_and_in_words(
        Func<TlsCredential> credential, TlsAlert alert, string check, string words)
    {
        foreach (var version in Versions)
        {
            using var pair = new CorePair(CorePair.Options(version), CorePair.ServerOptions(version, credential()));

            pair.Handshake();

            var fault = pair.ClientFault as TlsCertificateException;
            Assert.That(fault, Is.Not.Null, $"{pair.ClientFault}");
            Assert.That(fault!.Alert, Is.EqualTo(alert));
            Assert.That(fault.Check, Is.EqualTo(check));
            Assert.That(fault.Host, Is.EqualTo("localhost"));
            Assert.That(fault.Certificate, Is.Not.Null);
            Assert.That(fault.Fault, Is.EqualTo(TlsFault.CertificateRejected));
            Assert.That(fault.Reason, Is.EqualTo(CloseReason.Failed));
            Assert.That(fault.Message, Does.Contain(words));
            Assert.That(pair.Client.IsEstablished, Is.False);
            Assert.That(pair.ServerFault?.Fault, Is.EqualTo(TlsFault.PeerAlert));
            Assert.That(pair.ServerFault!.Alert, Is.EqualTo(alert), "what the server saw");
            Assert.That(pair.ServerFault.Message, Does.Contain($"({(int)alert})"));
        }
    }

    [TestCase("127.0.0.1", null)]
    [TestCase("::1", null)]
    [TestCase("[::1]", null)]
    [TestCase("localhost.", "localhost")]
    [TestCase("LOCALHOST", "localhost")]
    public void A_certificate_fits_its_names_and_addresses(string host, string? serverName)
    {
        var options = new TlsClientOptions { TargetHost = host, Verification = TestCertificates.Verification };

        using var pair = CorePair.Connected(options);

        Assert.That(pair.Server.Session!.ServerName, Is.EqualTo(serverName));
        Assert.That(pair.Client.Session!.ServerName, Is.EqualTo(serverName));
    }

    [TestCase("a.example.com", true)]
    [TestCase("a.b.example.com", false)]
    [TestCase("example.com", false)]
    public void A_wildcard_stands_for_one_label(string host, bool fits)
    {
        using var pair = new CorePair(
            new TlsClientOptions { TargetHost = host, Verification = TestCertificates.Verification },
            CorePair.ServerOptions(credential: TestCertificates.Wildcard));

        pair.Handshake();

        Assert.That(pair.Client.IsEstablished, Is.EqualTo(fits));
    }

    [Test]
    public void An_internationalised_name_goes_out_and_is_checked_as_A_labels()
    {
        var options = new TlsClientOptions { TargetHost = "bücher.example", Verification = TestCertificates.Verification };

        using var pair = CorePair.Connected(
            options, CorePair.ServerOptions(credential: TestCertificates.ServerFor("xn--bcher-kva.example")));

        Assert.That(pair.Server.Session!.ServerName, Is.EqualTo("xn--bcher-kva.example"));
    }

    [Test]
    public void A_self_signed_certificate_is_trusted_when_it_is_a_root_itself()
    {
        var verification = CertificateVerification.TrustedRoots([TestCertificates.SelfSigned.Certificate]);

        using var pair = CorePair.Connected(
            new TlsClientOptions { TargetHost = "localhost", Verification = verification },
            CorePair.ServerOptions(credential: TestCertificates.SelfSigned));

        Assert.That(pair.Client.Session!.PeerCertificates, Has.Count.EqualTo(1));
    }

    [Test]
    public void The_system_does_not_trust_the_root_of_the_tests()
    {
        using var pair = new CorePair(new TlsClientOptions { TargetHost = "localhost" });

        pair.Handshake();

        Assert.That(pair.ClientFault?.Alert, Is.EqualTo(TlsAlert.UnknownCa));
    }

    [Test]
    public void The_callers_own_judgement_replaces_ours_and_is_given_what_was_presented()
    {
        PeerCertificates? presented = null;
        var options = new TlsClientOptions
        {
            TargetHost = "other.example",
            Verification = CertificateVerification.Custom(certificates =>
            {
                presented = certificates;
                return null;
            }),
        };

        using var pair = CorePair.Connected(options, CorePair.ServerOptions(credential: TestCertificates.Expired));

        Assert.That(presented!.Leaf.Thumbprint, Is.EqualTo(TestCertificates.Expired.Certificate.Thumbprint));
        Assert.That(presented.Certificates, Has.Count.EqualTo(2));
        Assert.That(presented.TargetHost, Is.EqualTo("other.example"));
        Assert.That(presented.IsServer, Is.False);
    }

    [Test]
    public void The_callers_refusal_is_the_alert_that_the_peer_sees()
    {
        var options = new TlsClientOptions { Verification = CertificateVerification.Custom(_ => TlsAlert.AccessDenied) };
        using var pair = new CorePair(options);

        pair.Handshake();

        Assert.That((pair.ClientFault as TlsCertificateException)?.Check, Is.EqualTo("application"));
        Assert.That(pair.ServerFault?.Alert, Is.EqualTo(TlsAlert.AccessDenied));
    }

    [Test]
    public void A_judgement_that_throws_fails_the_handshake_as_the_applications_fault()
    {
        var options = new TlsClientOptions { Verification = CertificateVerification.Custom(_ => throw new FormatException("bad day")) };
        using var pair = new CorePair(options);

        pair.Handshake();

        Assert.That(pair.ClientFault?.Fault, Is.EqualTo(TlsFault.Application));
        Assert.That(pair.ClientFault!.InnerException, Is.InstanceOf<FormatException>());
        Assert.That(pair.ServerFault?.Alert, Is.EqualTo(TlsAlert.InternalError));
    }

    [Test]
    public void A_client_certificate_reaches_the_server(
        [ValueSource(nameof(Versions))] SslProtocols version, [Values] TestKey key,
        [Values(ClientCertificateMode.Request, ClientCertificateMode.Require)] ClientCertificateMode mode)
    {
        using var pair = CorePair.Connected(ClientWith(version, TestCertificates.ClientWith(key)), ServerAsking(version, mode));

        Assert.That(pair.Server.Session!.PeerCertificate!.Thumbprint, Is.EqualTo(TestCertificates.ClientWith(key).Certificate.Thumbprint));
        Assert.That(pair.Server.Session.PeerSignatureScheme, Is.Not.Null);
    }

    [Test]
    public void A_client_without_a_certificate_is_let_in_when_it_was_only_asked([ValueSource(nameof(Versions))] SslProtocols version)
    {
        using var pair = CorePair.Connected(ClientWith(version, null), ServerAsking(version, ClientCertificateMode.Request));

        Assert.That(pair.Server.Session!.PeerCertificates, Is.Empty);
    }

    [TestCase(SslProtocols.Tls12, TlsAlert.HandshakeFailure)]
    [TestCase(SslProtocols.Tls13, TlsAlert.CertificateRequired)]
    public void A_client_without_a_required_certificate_is_refused(SslProtocols version, TlsAlert alert)
    {
        using var pair = new CorePair(ClientWith(version, null), ServerAsking(version, ClientCertificateMode.Require));

        pair.Handshake();

        Assert.That((pair.ServerFault as TlsCertificateException)?.Check, Is.EqualTo("presence"));
        Assert.That(AlertSeenByClient(pair), Is.EqualTo(alert));
    }

    [Test]
    public void A_bad_client_certificate_is_refused(
        [ValueSource(nameof(Versions))] SslProtocols version,
        [Values(ClientCertificateMode.Request, ClientCertificateMode.Require)] ClientCertificateMode mode)
    {
        (TlsCredential Credential, TlsAlert Alert)[] cases =
        [
            (TestCertificates.UntrustedClient, TlsAlert.UnknownCa),
            (TestCertificates.ExpiredClient, TlsAlert.CertificateExpired),
            (TestCertificates.Server, TlsAlert.UnsupportedCertificate),
        ];
        foreach (var (credential, alert) in cases)
        {
            using var pair = new CorePair(ClientWith(version, credential), ServerAsking(version, mode));

            pair.Handshake();

            Assert.That(pair.ServerFault, Is.InstanceOf<TlsCertificateException>(), credential.Certificate.Subject);
            Assert.That(pair.ServerFault!.Message, Does.Contain($"The client's certificate '{credential.Certificate.Subject}'"));
            Assert.That(AlertSeenByClient(pair), Is.EqualTo(alert), credential.Certificate.Subject);
        }
    }

    [Test]
    public void A_key_that_cannot_be_exported_signs([ValueSource(nameof(Versions))] SslProtocols version)
    {
        using var pair = CorePair.Connected(CorePair.Options(version), CorePair.ServerOptions(version, TestCertificates.NonExportable));

        Assert.That(pair.Client.Session!.PeerCertificate!.Thumbprint, Is.EqualTo(TestCertificates.Server.Certificate.Thumbprint));
    }

    [Test, Proves(nameof(CertificateFaults.TooLongChain))]
    public void A_chain_longer_than_the_limit_is_refused([ValueSource(nameof(Versions))] SslProtocols version)
    {
        var limited = new TlsClientOptions
        {
            TargetHost = "localhost",
            EnabledProtocols = version,
            Verification = TestCertificates.Verification,
            Limits = new TlsLimits { MaxCertificateChainLength = 1 },
        };
        using var pair = new CorePair(limited, CorePair.ServerOptions(version));

        pair.Handshake();

        Assert.That(pair.ClientFault?.Message, Does.Contain("MaxCertificateChainLength (1)"));
        Assert.That(pair.ServerFault?.Alert, Is.EqualTo(TlsAlert.BadCertificate));
    }

    [Test, Proves(nameof(CertificateFaults.Weak))]
    public void A_chain_signed_with_SHA1_is_refused()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=weak", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        request.CertificateExtensions.Add(names.Build());
        using var issuerKey = TestCertificates.Root.GetECDsaPrivateKey()!;
        using var bare = request.Create(
            TestCertificates.Root.SubjectName, new Sha1Generator(issuerKey), DateTimeOffset.UtcNow.AddDays(-1),
            DateTimeOffset.UtcNow.AddDays(1), [1, 2, 3]);
        using var leaf = bare.CopyWithPrivateKey(key);
        using var pair = new CorePair(
            CorePair.Options(), CorePair.ServerOptions(credential: new TlsCredential(leaf) { DangerousPresentUnfit = true }));

        pair.Handshake();

        Assert.That(pair.ClientFault?.Message, Does.Contain("fails the check 'signature'").And.Contain("which can be forged"));
        Assert.That(pair.ServerFault?.Alert, Is.EqualTo(TlsAlert.BadCertificate));
    }

    [Test]
    public void A_credential_is_prepared_once_for_all_its_connections()
    {
        var first = PresentableCredential.Of(TestCertificates.Server);

        var second = PresentableCredential.Of(TestCertificates.Server);

        Assert.That(second, Is.SameAs(first));
    }

    private static TlsClientOptions ClientWith(SslProtocols version, TlsCredential? credential) => new()
    {
        TargetHost = "localhost",
        Verification = TestCertificates.Verification,
        EnabledProtocols = version,
        Credential = credential,
    };

    private static TlsServerOptions ServerAsking(SslProtocols version, ClientCertificateMode mode) => new()
    {
        Credential = TestCertificates.Server,
        EnabledProtocols = version,
        ClientCertificates = mode,
        ClientVerification = TestCertificates.Verification,
    };

    /// <summary>On TLS 1.3 the client has finished before it hears of it: the alert comes with a read.</summary>
    private static TlsAlert? AlertSeenByClient(CorePair pair)
    {
        if (pair.ClientFault is not null)
            return pair.ClientFault.Alert;

        pair.ToClient();
        return Assert.Throws<TlsException>(() => CorePair.ReadAll(pair.Client))?.Alert;
    }

    /// <summary>Signs certificates with SHA-1, which the platform itself no longer does.</summary>
    private sealed class Sha1Generator(ECDsa key) : X509SignatureGenerator
    {
        // ecdsa-with-SHA1.
        public override byte[] GetSignatureAlgorithmIdentifier(HashAlgorithmName hashAlgorithm) =>
            [0x30, 0x09, 0x06, 0x07, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x04, 0x01];

#pragma warning disable CA5350 // Weak on purpose.
        public override byte[] SignData(byte[] data, HashAlgorithmName hashAlgorithm) =>
            key.SignData(data, HashAlgorithmName.SHA1, DSASignatureFormat.Rfc3279DerSequence);
#pragma warning restore CA5350

        protected override PublicKey BuildPublicKey() => new(key);
    }
}
