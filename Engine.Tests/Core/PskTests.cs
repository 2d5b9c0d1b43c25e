using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using TlsFsm.Abstractions;
using TlsFsm.Core.BouncyCastle;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Core;

public sealed class PskTests
{
    private static readonly byte[] Key = [.. Enumerable.Range(1, 32).Select(one => (byte)one)];

    private static readonly TlsCipherSuite[] Suites12 =
    [
        TlsCipherSuite.TLS_ECDHE_PSK_WITH_AES_128_GCM_SHA256, TlsCipherSuite.TLS_ECDHE_PSK_WITH_CHACHA20_POLY1305_SHA256, TlsCipherSuite.TLS_PSK_WITH_AES_256_GCM_SHA384,
    ];

    [Test]
    public void On_TLS_13_a_key_takes_the_place_of_certificates([Values("SHA256", "SHA384")] string hash)
    {
        var psk = new TlsPsk("me"u8, Key, new HashAlgorithmName(hash));

        using var pair = CorePair.Connected(new TlsClientOptions { Psks = [new TlsPsk("other"u8, Key), psk] }, Server(psk));

        Assert.That(pair.Client.Session!.Protocol, Is.EqualTo(SslProtocols.Tls13));
        Assert.That(pair.Client.Session.PskIdentity.ToArray(), Is.EqualTo("me"u8.ToArray()));
        Assert.That(pair.Server.Session!.PskIdentity.ToArray(), Is.EqualTo("me"u8.ToArray()));
        Assert.That(pair.Client.Session.PeerCertificates, Is.Empty);
        Assert.That(pair.Client.Session.Group, Is.EqualTo("X25519MLKEM768"), "fresh keys besides");
        Assert.That(pair.Client.Session.CipherSuite.ToString(), Does.EndWith(hash));
    }

    [Test]
    public void On_TLS_13_a_key_survives_a_second_hello()
    {
        var psk = new TlsPsk("me"u8, Key, HashAlgorithmName.SHA384);

        using var pair = CorePair.Connected(new TlsClientOptions { Psks = [psk], Policy = TlsPolicy.Modern with { KeyShares = [] } }, Server(psk));

        Assert.That(pair.Server.Session!.PskIdentity.ToArray(), Is.EqualTo("me"u8.ToArray()));
    }

    [Test]
    public void A_second_hello_offers_only_the_keys_that_fit_the_suite([Values(0, 1, 2)] int fitting)
    {
        var fits = new[] { new TlsPsk("a"u8, Key), new TlsPsk("b"u8, Key) }.Take(fitting).ToList();
        var server = new TlsServerOptions
        {
            Credential = TestCertificates.Server, FindPsk = TlsPsk.Among([.. fits]), Policy = TlsPolicy.Modern with { CipherSuites = [TlsCipherSuite.TLS_AES_128_GCM_SHA256] },
        };
        var client = new TlsClientOptions
        {
            TargetHost = TestCertificates.Host,
            Verification = TestCertificates.Verification,
            Psks = [new TlsPsk("other"u8, Key, HashAlgorithmName.SHA384), .. fits],
            Policy = TlsPolicy.Modern with { KeyShares = [] },
        };

        using var pair = CorePair.Connected(client, server);

        Assert.That(pair.Client.Session!.PskIdentity.ToArray(), Is.EqualTo(fitting == 0 ? [] : "a"u8.ToArray()));
    }

    [TestCaseSource(nameof(Suites12))]
    public void On_TLS_12_a_key_goes_with_its_suites(TlsCipherSuite suite)
    {
        var psk = new TlsPsk("me"u8, Key);
        var policy = TlsPolicy.Default with { Protocols = SslProtocols.Tls12, CipherSuites = [suite] };

        using var pair = CorePair.Connected(new TlsClientOptions { Psks = [psk], Policy = policy }, Server(psk, policy));

        Assert.That(pair.Client.Session!.CipherSuite, Is.EqualTo(suite));
        Assert.That(pair.Server.Session!.PskIdentity.ToArray(), Is.EqualTo("me"u8.ToArray()));
    }

    [Test]
    public void A_wrong_key_and_an_unknown_name_look_alike_on_TLS_12([Values] bool isUnknown)
    {
        var policy = TlsPolicy.Default with { Protocols = SslProtocols.Tls12, CipherSuites = [TlsCipherSuite.TLS_ECDHE_PSK_WITH_AES_128_GCM_SHA256] };
        using var pair = new CorePair(
            new TlsClientOptions { Psks = [new TlsPsk(isUnknown ? "you"u8 : "me"u8, new byte[32])], Policy = policy }, Server(new TlsPsk("me"u8, Key), policy));

        pair.Handshake();

        Assert.That(pair.ServerFault?.Alert, Is.EqualTo(TlsAlert.BadRecordMac));
        Assert.That(pair.ClientFault?.Alert, Is.EqualTo(TlsAlert.BadRecordMac));
    }

    [Test]
    public void A_wrong_key_is_refused_on_TLS_13()
    {
        using var pair = new CorePair(new TlsClientOptions { Psks = [new TlsPsk("me"u8, new byte[32])] }, Server(new TlsPsk("me"u8, Key)));

        pair.Handshake();

        Assert.That(pair.ServerFault?.Alert, Is.EqualTo(TlsAlert.DecryptError));
        Assert.That(pair.ClientFault?.Alert, Is.EqualTo(TlsAlert.DecryptError));
    }

    [Test]
    public void Without_a_key_in_common_certificates_decide([Values] bool hasCertificate)
    {
        var server = new TlsServerOptions { Credential = hasCertificate ? TestCertificates.Server : null, FindPsk = TlsPsk.Among(new TlsPsk("me"u8, Key)) };
        using var pair = new CorePair(
            new TlsClientOptions { TargetHost = "localhost", Verification = TestCertificates.Verification, Psks = [new TlsPsk("you"u8, Key)] }, server);

        pair.Handshake();

        Assert.That(pair.Client.IsEstablished, Is.EqualTo(hasCertificate), $"{pair.ClientFault}");
        if (hasCertificate)
            Assert.That(pair.Client.Session!.PskIdentity.IsEmpty, Is.True);
        else
            Assert.That(pair.ClientFault?.Alert, Is.EqualTo(TlsAlert.HandshakeFailure));
    }

    [Test]
    public void A_client_with_keys_and_no_name_trusts_no_certificate()
    {
        using var pair = new CorePair(new TlsClientOptions { Verification = TestCertificates.Verification, Psks = [new TlsPsk("me"u8, Key)] });

        pair.Handshake();

        Assert.That(pair.ClientFault?.Message, Does.Contain("for no name that was asked for"));
    }

    [Test]
    public void A_lookup_that_throws_is_the_applications_fault()
    {
        using var pair = new CorePair(
            new TlsClientOptions { Psks = [new TlsPsk("me"u8, Key)] }, new TlsServerOptions { Credential = null, FindPsk = _ => throw new FormatException("bad day") });

        pair.Handshake();

        Assert.That(pair.ServerFault?.Fault, Is.EqualTo(TlsFault.Application));
        Assert.That(pair.ClientFault?.Alert, Is.EqualTo(TlsAlert.InternalError));
    }

    [Test]
    public void Sizes_and_contradictions_are_named()
    {
        Assert.That(() => new TlsPsk("me"u8, []), Throws.ArgumentException.With.Message.Contains("16 to 256 bytes, got 0"));
        Assert.That(() => new TlsPsk([], Key), Throws.ArgumentException.With.Message.Contains("1 to 1024 bytes, got 0"));
        Assert.That(() => new TlsPsk("me"u8, Key, HashAlgorithmName.SHA1), Throws.ArgumentException.With.Message.Contains("SHA1"));
        var policy = TlsPolicy.Default with { CipherSuites = [TlsCipherSuite.TLS_AES_128_GCM_SHA256, TlsCipherSuite.TLS_PSK_WITH_AES_128_GCM_SHA256] };
        Assert.That(() => BouncyCastleCore.CreateClient(new TlsClientOptions { TargetHost = "x", Policy = policy }), Throws.ArgumentException.With.Message.Contains("Psks is empty"));
        Assert.That(
            () => BouncyCastleCore.CreateServer(new TlsServerOptions { Credential = TestCertificates.Server, Policy = policy }), Throws.ArgumentException.With.Message.Contains("FindPsk is null"));
        Assert.That(
            () => BouncyCastleCore.CreateServer(new TlsServerOptions { Credential = TestCertificates.Server, FindPsk = _ => null, ClientCertificates = ClientCertificateMode.Require }),
            Throws.ArgumentException.With.Message.Contains("a client could do without"));
    }

    private static TlsServerOptions Server(TlsPsk psk, TlsPolicy? policy = null) => new()
    {
        Credential = null, FindPsk = TlsPsk.Among(new TlsPsk("someone"u8, Key), psk), Policy = policy ?? TlsPolicy.Default, PskHint = "a hint"u8.ToArray(),
    };
}
