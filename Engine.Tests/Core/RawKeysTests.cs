using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using TlsFsm.Core.Strictness;
using TlsFsm.Tests.Core.Sessions;
using TlsFsm.Tests.Strictness;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Core;

/// <summary>Bare public keys in place of certificates (RFC 7250).</summary>
[TestFixture]
internal sealed class RawKeysTests
{
    private static readonly SslProtocols[] Versions = [SslProtocols.Tls12, SslProtocols.Tls13];

    [Test]
    public void Both_sides_may_present_bare_keys([ValueSource(nameof(Versions))] SslProtocols version, [Values] bool isRsa)
    {
        using var serverKey = Key(isRsa);
        using var clientKey = Key(isRsa);

        using var pair = CorePair.Connected(
            new TlsClientOptions { Verification = Known(serverKey), Credential = TlsCredential.FromKey(clientKey),
                EnabledProtocols = version },
            new TlsServerOptions
            {
                Credential = TlsCredential.FromKey(serverKey), ClientCertificates = ClientCertificateMode.Require,
                ClientVerification = Known(clientKey), EnabledProtocols = version,
            });

        Assert.That(pair.Client.Session!.PeerRawPublicKey.ToArray(), Is.EqualTo(serverKey.ExportSubjectPublicKeyInfo()));
        Assert.That(pair.Server.Session!.PeerRawPublicKey.ToArray(), Is.EqualTo(clientKey.ExportSubjectPublicKeyInfo()));
        Assert.That(pair.Client.Session.PeerCertificates, Is.Empty);
    }

    [Test, Proves(nameof(CertificateFaults.UnknownRawKey))]
    public void An_unknown_key_is_refused_by_either_side([ValueSource(nameof(Versions))] SslProtocols version, [Values] bool isServers)
    {
        using var serverKey = Key();
        using var clientKey = Key();
        using var other = Key();
        using var pair = new CorePair(
            new TlsClientOptions { Verification = Known(isServers ? other : serverKey), Credential = TlsCredential.FromKey(clientKey),
                EnabledProtocols = version },
            new TlsServerOptions
            {
                Credential = TlsCredential.FromKey(serverKey), ClientCertificates = ClientCertificateMode.Require,
                ClientVerification = Known(isServers ? clientKey : other), EnabledProtocols = version,
            });

        pair.Handshake();

        var fault = isServers ? pair.ClientFault : pair.ServerFault;
        Assert.That((fault as TlsCertificateException)?.Check, Is.EqualTo("raw public key"));
        if (isServers)
            Assert.That(pair.ServerFault?.Alert, Is.EqualTo(TlsAlert.BadCertificate));
    }

    [Test, Proves(nameof(CertificateFaults.UnusableKey))]
    public void A_key_that_is_known_and_too_small_is_refused([ValueSource(nameof(Versions))] SslProtocols version)
    {
        using var key = Key(isRsa: true);
        using var pair = new CorePair(
            new TlsClientOptions
            {
                Verification = Known(key), EnabledProtocols = version, Policy = TlsPolicy.Default with { MinRsaBits = 3072 },
            },
            new TlsServerOptions { Credential = TlsCredential.FromKey(key), EnabledProtocols = version });

        pair.Handshake();

        Assert.That(pair.ClientFault!.Message, Does.Contain("2048 bits; 3072 to 8192 are accepted"));
        Assert.That(pair.ServerFault?.Alert, Is.EqualTo(CertificateFaults.UnusableKey.Alert));
    }

    [Test]
    public void A_certificate_is_presented_to_who_wants_no_bare_key([ValueSource(nameof(Versions))] SslProtocols version)
    {
        var credential = TestCertificates.Server with { OfferRawPublicKey = true };
        using var key = TestCertificates.Server.Certificate.GetECDsaPublicKey()!;

        using var ordinary = CorePair.Connected(CorePair.Options(version), CorePair.ServerOptions(version, credential));
        using var bare = CorePair.Connected(
            new TlsClientOptions { Verification = Known(key), EnabledProtocols = version }, CorePair.ServerOptions(version, credential));

        Assert.That(ordinary.Client.Session!.PeerCertificates, Has.Count.EqualTo(2));
        Assert.That(bare.Client.Session!.PeerCertificates, Is.Empty);
        Assert.That(bare.Client.Session.PeerRawPublicKey.IsEmpty, Is.False);
    }

    [Test]
    public void Who_has_only_a_key_cannot_serve_who_wants_a_certificate([ValueSource(nameof(Versions))] SslProtocols version)
    {
        using var key = Key();
        using var pair = new CorePair(CorePair.Options(version), CorePair.ServerOptions(version, TlsCredential.FromKey(key)));

        pair.Handshake();

        Assert.That(pair.ServerFault?.Fault, Is.EqualTo(TlsFault.Incompatible));
        Assert.That(pair.ClientFault?.Alert, Is.EqualTo(TlsAlert.UnsupportedCertificate));
    }

    [Test]
    public void A_client_that_knows_bare_keys_takes_certificates_too_and_judges_them([ValueSource(nameof(Versions))] SslProtocols version)
    {
        using var key = Key();
        var options = new TlsClientOptions
        {
            TargetHost = "localhost", EnabledProtocols = version,
            Verification = TestCertificates.Verification with { RawPublicKeys = [CertificateVerification.PinOfKey(key)] },
        };

        CorePair.Connected(options, CorePair.ServerOptions(version)).Dispose();
        using var pair = new CorePair(options, CorePair.ServerOptions(version, TestCertificates.Untrusted));
        pair.Handshake();
        Assert.That(pair.ClientFault?.Alert, Is.EqualTo(TlsAlert.UnknownCa));
    }

    [Test]
    public void Types_are_negotiated_in_the_order_of_who_takes_them(
        [ValueSource(nameof(Versions))] SslProtocols version, [Values] bool isCertificateWanted)
    {
        TlsCertificateType[] order = isCertificateWanted
            ? [TlsCertificateType.X509, TlsCertificateType.RawPublicKey] : [TlsCertificateType.RawPublicKey, TlsCertificateType.X509];
        var server = TestCertificates.Server with { OfferRawPublicKey = true };
        var client = TestCertificates.Client with { OfferRawPublicKey = true };

        using var pair = CorePair.Connected(
            new TlsClientOptions
            {
                TargetHost = TestCertificates.Host, EnabledProtocols = version, Credential = client,
                Verification = Known(server) with { CertificateTypes = order },
            },
            new TlsServerOptions
            {
                Credential = server, ClientCertificates = ClientCertificateMode.Require, EnabledProtocols = version,
                ClientVerification = Known(client) with { CertificateTypes = order },
            });

        foreach (var session in (TlsSessionInfo[])[pair.Client.Session!, pair.Server.Session!])
        {
            Assert.That(session.PeerCertificates.Count > 0, Is.EqualTo(isCertificateWanted));
            Assert.That(session.PeerRawPublicKey.IsEmpty, Is.EqualTo(isCertificateWanted));
            Assert.That(session.OwnCertificateType, Is.EqualTo(order[0]));
        }
    }

    [Test, Proves(nameof(CertificateFaults.WrongType))]
    public void Who_takes_bare_keys_alone_refuses_a_certificate(
        [ValueSource(nameof(Versions))] SslProtocols version, [Values] bool isServers)
    {
        using var key = Key();
        var keysOnly = Known(key) with { CertificateTypes = [TlsCertificateType.RawPublicKey] };
        using var pair = new CorePair(
            new TlsClientOptions
            {
                TargetHost = TestCertificates.Host, EnabledProtocols = version, Credential = TestCertificates.Client,
                Verification = isServers ? keysOnly : TestCertificates.Verification,
            },
            new TlsServerOptions
            {
                Credential = TestCertificates.Server, EnabledProtocols = version, ClientCertificates = ClientCertificateMode.Request,
                ClientVerification = isServers ? TestCertificates.Verification : keysOnly,
            });

        pair.Handshake();

        // A server that has no bare key knows it from the ClientHello.
        Assert.That(pair.ServerFault?.Alert, Is.EqualTo(TlsAlert.UnsupportedCertificate));
        Assert.That(pair.ClientFault?.Alert, Is.EqualTo(TlsAlert.UnsupportedCertificate));
        Assert.That((pair.ServerFault as TlsCertificateException)?.Check, Is.EqualTo(isServers ? null : "type of certificate"));
    }

    [Test, Proves(nameof(CertificateFaults.MalformedRawKey))]
    public void What_comes_in_place_of_a_bare_key_and_is_none_is_refused(
        [ValueSource(nameof(Versions))] SslProtocols version, [Values(FaultSource.Client, FaultSource.Server)] FaultSource from)
    {
        using var key = Key();
        var client =
            new TlsClientOptions { Verification = Known(key), Credential = TlsCredential.FromKey(key), EnabledProtocols = version };
        var server = new TlsServerOptions
        {
            Credential = TlsCredential.FromKey(key), ClientCertificates = ClientCertificateMode.Require, ClientVerification = Known(key),
            EnabledProtocols = version,
        };
        using var trial = (from == FaultSource.Client ? Trial.OfClient(version, client, server) : Trial.OfServer(version, server, client))
            .Changing(Messages.Certificate, message =>
            {
                // The first byte of the key, behind its length and on TLS 1.3 those of list and context: no SEQUENCE any more.
                message[version == SslProtocols.Tls13 ? 11 : 7] = 4;
                return message;
            });

        trial.Fails(CertificateFaults.MalformedRawKey);
    }

    [Test]
    public void Sessions_go_on_with_bare_keys_and_know_them([ValueSource(nameof(Versions))] SslProtocols version)
    {
        using var serverKey = Key();
        using var clientKey = Key();
        var pair = new SessionPair(version)
        {
            ServerCredentials = [TlsCredential.FromKey(serverKey)], Trust = Known(serverKey),
            ClientCredential = TlsCredential.FromKey(clientKey), ClientTrust = Known(clientKey),
            ClientCertificates = ClientCertificateMode.Require,
        };
        pair.Visit();

        var (client, server) = pair.Visit();

        Assert.That(client.IsResumed, Is.True);
        Assert.That(client.PeerRawPublicKey.ToArray(), Is.EqualTo(serverKey.ExportSubjectPublicKeyInfo()));
        Assert.That(server.PeerRawPublicKey.ToArray(), Is.EqualTo(clientKey.ExportSubjectPublicKeyInfo()));
        Assert.That(server.OwnCertificateType, Is.EqualTo(TlsCertificateType.RawPublicKey));
    }

    [Test]
    public void A_bare_key_that_is_not_known_any_more_does_not_come_in_by_an_old_session(
        [ValueSource(nameof(Versions))] SslProtocols version)
    {
        using var clientKey = Key();
        using var other = Key();
        var pair = new SessionPair(version)
        {
            ClientCredential = TlsCredential.FromKey(clientKey), ClientTrust = Known(clientKey),
            ClientCertificates = ClientCertificateMode.Request,
        };
        pair.Visit();
        pair.ClientTrust = Known(other);

        using var connection = new CorePair(pair.ClientOptions(), pair.ServerOptions());
        connection.Handshake();

        Assert.That(
            (connection.ServerFault as TlsCertificateException)?.Check, Is.EqualTo("raw public key"), "asked for it anew, and refused");
    }

    [Test]
    public void Other_known_keys_make_other_sessions([ValueSource(nameof(Versions))] SslProtocols version)
    {
        using var key = Key();
        using var other = Key();
        var pair = new SessionPair(version) { ServerCredentials = [TlsCredential.FromKey(key)], Trust = Known(key) };
        pair.Visit();

        pair.Trust = Known(key) with { RawPublicKeys = [.. Known(key).RawPublicKeys, .. Known(other).RawPublicKeys] };

        Assert.That(pair.Visit().Client.IsResumed, Is.False);
    }

    [Test]
    public void A_bare_key_may_be_elsewhere([ValueSource(nameof(Versions))] SslProtocols version)
    {
        using var key = TestCertificates.Server.Certificate.GetECDsaPublicKey()!;
        var signer = new SlowSigner(TestCertificates.Server);
        using var pair = new CorePair(
            new TlsClientOptions { Verification = Known(key), EnabledProtocols = version },
            CorePair.ServerOptions(version, TlsCredential.FromKey(key, signer)));

        pair.Handshake();
        signer.Answer();
        pair.Handshake();

        Assert.That(
            pair.Client.Session?.PeerRawPublicKey.ToArray(), Is.EqualTo(key.ExportSubjectPublicKeyInfo()),
            $"{pair.ClientFault}{pair.ServerFault}");
    }

    [Test]
    public void Of_several_credentials_a_client_presents_one_of_the_type_that_the_server_wants(
        [ValueSource(nameof(Versions))] SslProtocols version, [Values] bool isBare)
    {
        using var key = Key();
        var client = new TlsClientOptions
        {
            TargetHost = TestCertificates.Host, Verification = TestCertificates.Verification, EnabledProtocols = version,
            Credentials = [TestCertificates.Client, TlsCredential.FromKey(key)],
        };

        using var pair = CorePair.Connected(client, new TlsServerOptions
        {
            Credential = TestCertificates.Server, EnabledProtocols = version, ClientCertificates = ClientCertificateMode.Require,
            ClientVerification = isBare ? Known(key) : TestCertificates.Verification,
        });

        Assert.That(pair.Server.Session!.PeerRawPublicKey.IsEmpty, Is.Not.EqualTo(isBare));
        Assert.That(pair.Client.Session!.OwnCredential, Is.SameAs(client.Credentials[isBare ? 1 : 0]));
    }

    [Test]
    public void A_callback_chooses_among_the_types_that_were_offered([ValueSource(nameof(Versions))] SslProtocols version)
    {
        using var key = Key();
        TlsCertificateDemand? seen = null;
        var credential = TlsCredential.FromKey(key);
        var client = new TlsClientOptions
        {
            TargetHost = TestCertificates.Host, Verification = TestCertificates.Verification, EnabledProtocols = version,
            OfferedCertificateTypes = [TlsCertificateType.RawPublicKey],
            ChooseCredential = (demand, decision) =>
            {
                seen = demand;
                decision.Complete(credential);
            },
        };

        using var pair = CorePair.Connected(client, new TlsServerOptions
        {
            Credential = TestCertificates.Server, EnabledProtocols = version, ClientCertificates = ClientCertificateMode.Require,
            ClientVerification = Known(key),
        });

        Assert.That(seen!.CertificateType, Is.EqualTo(TlsCertificateType.RawPublicKey));
        Assert.That(seen.IsAcceptable(credential), Is.True);
        Assert.That(seen.IsAcceptable(TestCertificates.Client), Is.False);
        Assert.That(pair.Server.Session!.PeerRawPublicKey.IsEmpty, Is.False);
    }

    [Test]
    public void Types_that_make_no_sense_are_argument_errors()
    {
        using var key = Key();
        Fails(Known(key) with { CertificateTypes = [] }, "is not X509, RawPublicKey or both, each once");
        Fails(Known(key) with { CertificateTypes = [TlsCertificateType.X509, TlsCertificateType.X509] }, "each once");
        Fails(Known(key) with { CertificateTypes = [(TlsCertificateType)1] }, "each once");
        Fails(Known(key) with { CertificateTypes = [TlsCertificateType.X509] }, "bare keys are taken if some are known, and only then");
        Fails(TestCertificates.Verification with { CertificateTypes = [TlsCertificateType.RawPublicKey] }, "and only then");
        Assert.That(
            () => BouncyCastleCore.CreateClient(new TlsClientOptions { TargetHost = TestCertificates.Host, OfferedCertificateTypes = [] }),
            Throws.ArgumentException.With.Message.Contains("OfferedCertificateTypes () is not"));

        static void Fails(CertificateVerification verification, string text) => Assert.That(
            () => BouncyCastleCore.CreateClient(new TlsClientOptions { TargetHost = TestCertificates.Host, Verification = verification }),
            Throws.ArgumentException.With.Message.Contains(text));
    }

    private static CertificateVerification Known(TlsCredential credential) =>
        TestCertificates.Verification with { RawPublicKeys = [CertificateVerification.PinOf(credential.Certificate)] };

    private static CertificateVerification Known(AsymmetricAlgorithm key) =>
        TestCertificates.Verification with { RawPublicKeys = [CertificateVerification.PinOfKey(key)] };

    private static AsymmetricAlgorithm Key(bool isRsa = false) => isRsa ? RSA.Create(2048) : ECDsa.Create(ECCurve.NamedCurves.nistP256);
}
