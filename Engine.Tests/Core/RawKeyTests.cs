using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Security.Cryptography;
using TlsFsm.Abstractions;
using TlsFsm.Core.Strictness;
using TlsFsm.Tests.Strictness;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Core;

/// <summary>Bare public keys in place of certificates (RFC 7250).</summary>
public sealed class RawKeyTests
{
    private static readonly SslProtocols[] Versions = [SslProtocols.Tls12, SslProtocols.Tls13];

    [Test]
    public void Both_sides_may_present_bare_keys([ValueSource(nameof(Versions))] SslProtocols version, [Values] bool isRsa)
    {
        using var serverKey = Key(isRsa);
        using var clientKey = Key(isRsa);

        using var pair = CorePair.Connected(
            new TlsClientOptions { Verification = Known(serverKey), Credential = TlsCredential.FromKey(clientKey), EnabledProtocols = version },
            new TlsServerOptions
            {
                Credential = TlsCredential.FromKey(serverKey), ClientCertificates = ClientCertificateMode.Require, ClientVerification = Known(clientKey), EnabledProtocols = version,
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
            new TlsClientOptions { Verification = Known(isServers ? other : serverKey), Credential = TlsCredential.FromKey(clientKey), EnabledProtocols = version },
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

    [Test]
    public void A_certificate_is_presented_to_who_wants_no_bare_key([ValueSource(nameof(Versions))] SslProtocols version)
    {
        var credential = new TlsCredential(TestCertificates.Server.Certificate, TestCertificates.Server.Intermediates) { OfferRawPublicKey = true };
        using var key = TestCertificates.Server.Certificate.GetECDsaPublicKey()!;

        using var ordinary = CorePair.Connected(CorePair.Options(version), CorePair.ServerOptions(version, credential));
        using var bare = CorePair.Connected(new TlsClientOptions { Verification = Known(key), EnabledProtocols = version }, CorePair.ServerOptions(version, credential));

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

    private static CertificateVerification Known(AsymmetricAlgorithm key) =>
        TestCertificates.Verification with { RawPublicKeys = [CertificateVerification.PinOfKey(key)] };

    private static AsymmetricAlgorithm Key(bool isRsa = false) => isRsa ? RSA.Create(2048) : ECDsa.Create(ECCurve.NamedCurves.nistP256);
}
