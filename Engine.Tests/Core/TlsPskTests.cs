using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Text;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Core;

public sealed class TlsPskTests
{
    private static readonly byte[] Key = [.. Enumerable.Range(1, 32).Select(one => (byte)one)];

    private static readonly TlsCipherSuite[] Suites12 =
    [
        TlsCipherSuite.TLS_ECDHE_PSK_WITH_AES_128_GCM_SHA256, TlsCipherSuite.TLS_ECDHE_PSK_WITH_CHACHA20_POLY1305_SHA256,
        TlsCipherSuite.TLS_PSK_WITH_AES_256_GCM_SHA384,
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

        using var pair = CorePair.Connected(
            new TlsClientOptions { Psks = [psk], Policy = TlsPolicy.Modern with { KeyShares = [] } }, Server(psk));

        Assert.That(pair.Server.Session!.PskIdentity.ToArray(), Is.EqualTo("me"u8.ToArray()));
    }

    [Test]
    public void A_second_hello_offers_only_the_keys_that_fit_the_suite([Values(0, 1, 2)] int fitting)
    {
        var fits = new[] { new TlsPsk("a"u8, Key), new TlsPsk("b"u8, Key) }.Take(fitting).ToList();
        var server = new TlsServerOptions
        {
            Credential = TestCertificates.Server, FindPsk = TlsPsk.Among([.. fits]),
            Policy = TlsPolicy.Modern with { CipherSuites = [TlsCipherSuite.TLS_AES_128_GCM_SHA256] },
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
        var policy = TlsPolicy.Default with { Protocols = SslProtocols.Tls12, CipherSuites =
            [TlsCipherSuite.TLS_ECDHE_PSK_WITH_AES_128_GCM_SHA256] };
        using var pair = new CorePair(
            new TlsClientOptions { Psks = [new TlsPsk(isUnknown ? "you"u8 : "me"u8, new byte[32])], Policy = policy },
            Server(new TlsPsk("me"u8, Key), policy));

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
        var server = new TlsServerOptions { Credential =
            hasCertificate ? TestCertificates.Server : null, FindPsk = TlsPsk.Among(new TlsPsk("me"u8, Key)) };
        using var pair = new CorePair(
            new TlsClientOptions { TargetHost = "localhost", Verification = TestCertificates.Verification, Psks =
                [new TlsPsk("you"u8, Key)] }, server);

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
        using var pair = new CorePair(
            new TlsClientOptions { Verification = TestCertificates.Verification, Psks = [new TlsPsk("me"u8, Key)] });

        pair.Handshake();

        Assert.That(pair.ClientFault?.Message, Does.Contain("nobody said which host"));
    }

    [Test]
    public void A_lookup_that_throws_is_the_applications_fault()
    {
        using var pair = new CorePair(
            new TlsClientOptions { Psks = [new TlsPsk("me"u8, Key)] },
            new TlsServerOptions { Credential = null, FindPsk = _ => throw new FormatException("bad day") });

        pair.Handshake();

        Assert.That(pair.ServerFault?.Fault, Is.EqualTo(TlsFault.Application));
        Assert.That(pair.ClientFault?.Alert, Is.EqualTo(TlsAlert.InternalError));
    }

    [Test]
    public void An_imported_key_serves_both_hashes_and_says_what_it_was_made_of([Values] TlsHash hash, [Values] bool isHelloRepeated)
    {
        var imported = TlsPsk.Import("me"u8, Key, "us"u8);
        var suite = hash == TlsHash.Sha384 ? TlsCipherSuite.TLS_AES_256_GCM_SHA384 : TlsCipherSuite.TLS_AES_128_GCM_SHA256;
        var server = new TlsServerOptions { Credential = null, FindPsk = TlsPsk.Among([.. imported]), Policy =
            TlsPolicy.Modern with { CipherSuites = [suite] } };

        using var pair = CorePair.Connected(
            new TlsClientOptions { Psks = imported, Policy =
                isHelloRepeated ? TlsPolicy.Modern with { KeyShares = [] } : TlsPolicy.Default }, server);

        // RFC 9258 section 5.1: identity, context, TLS 1.3, the hash.
        byte[] identity = [0, 2, .. "me"u8, 0, 2, .. "us"u8, 3, 4, 0, (byte)(hash == TlsHash.Sha384 ? 2 : 1)];
        Assert.That(pair.Client.Session!.CipherSuite, Is.EqualTo(suite));
        Assert.That(pair.Client.Session.PskIdentity.ToArray(), Is.EqualTo(identity));
        Assert.That(pair.Server.Session!.PskIdentity.ToArray(), Is.EqualTo(identity));
    }

    [Test]
    public void An_imported_key_is_derived_from_the_key_by_its_own_hash([Values] TlsHash own)
    {
        var name = own == TlsHash.Sha384 ? HashAlgorithmName.SHA384 : HashAlgorithmName.SHA256;

        var imported = TlsPsk.Import("me"u8, Key, [], name);

        // RFC 9258 section 5.2, RFC 8446 section 7.1.
        Assert.That(imported.Select(psk => psk.Hash), Is.EqualTo(new[] { HashAlgorithmName.SHA256, HashAlgorithmName.SHA384 }));
        foreach (var psk in imported)
        {
            var size = psk.Hash == HashAlgorithmName.SHA384 ? 48 : 32;
            var digest = own == TlsHash.Sha384 ? SHA384.HashData(psk.Identity.Span) : SHA256.HashData(psk.Identity.Span);
            byte[] info = [0, (byte)size, 17, .. "tls13 derived psk"u8, (byte)digest.Length, .. digest];
            Assert.That(psk.Key, Is.EqualTo(HKDF.DeriveKey(name, Key, size, new byte[digest.Length], info)));
            Assert.That(psk.IsImported, Is.True);
        }
    }

    [TestCase("me", "them")]
    [TestCase("you", "us")]
    public void A_key_imported_for_something_else_is_another_key(string identity, string context)
    {
        var server = new TlsServerOptions { Credential = null, FindPsk = TlsPsk.Among([.. TlsPsk.Import("me"u8, Key, "us"u8)]) };
        using var pair = new CorePair(
            new TlsClientOptions { Psks = TlsPsk.Import(Encoding.UTF8.GetBytes(identity), Key, Encoding.UTF8.GetBytes(context)) }, server);

        pair.Handshake();

        Assert.That(pair.ClientFault?.Alert, Is.EqualTo(TlsAlert.HandshakeFailure));
    }

    [Test]
    public void A_key_is_either_imported_or_not()
    {
        // RFC 9258 section 5.2: the binder says which, even where identity and key are the same.
        var imported = TlsPsk.Import("me"u8, Key)[0];
        using var pair = new CorePair(new TlsClientOptions { Psks = [new TlsPsk(imported.Identity.Span, imported.Key)] }, Server(imported));

        pair.Handshake();

        Assert.That(pair.ServerFault?.Alert, Is.EqualTo(TlsAlert.DecryptError));
    }

    [Test]
    public void An_imported_key_is_not_for_TLS_12([Values] bool isOfServer)
    {
        var policy = TlsPolicy.Default with { Protocols = SslProtocols.Tls12, CipherSuites =
            [TlsCipherSuite.TLS_ECDHE_PSK_WITH_AES_128_GCM_SHA256] };
        var imported = TlsPsk.Import("me"u8, Key)[0];
        var plain = new TlsPsk(imported.Identity.Span, imported.Key);
        using var pair = isOfServer
            ? new CorePair(new TlsClientOptions { Psks = [plain], Policy = policy }, Server(imported, policy))
            : new CorePair(new TlsClientOptions { Psks = [imported, plain], Policy = policy }, Server(plain, policy));

        pair.Handshake();

        Assert.That(pair.Client.IsEstablished, Is.EqualTo(!isOfServer), $"{pair.ClientFault}");
        Assert.That(
            () => BouncyCastleCore.CreateClient(new TlsClientOptions { Psks = [imported], Policy = policy }),
            Throws.ArgumentException.With.Message.Contains("only imported keys, which are for TLS 1.3"));
    }

    [Test]
    public void Sizes_and_contradictions_are_named()
    {
        Assert.That(() => TlsPsk.Import("me"u8, new byte[15]), Throws.ArgumentException.With.Message.Contains("16 to 256 bytes, got 15"));
        Assert.That(
            () => TlsPsk.Import("me"u8, Key, new byte[1025]),
            Throws.ArgumentException.With.Message.Contains("at most 1024 bytes, got 1025"));
        Assert.That(() => new TlsPsk("me"u8, []), Throws.ArgumentException.With.Message.Contains("16 to 256 bytes, got 0"));
        Assert.That(() => new TlsPsk([], Key), Throws.ArgumentException.With.Message.Contains("1 to 1024 bytes, got 0"));
        Assert.That(() => new TlsPsk("me"u8, Key, HashAlgorithmName.SHA1), Throws.ArgumentException.With.Message.Contains("SHA1"));
        var policy = TlsPolicy.Default with { CipherSuites =
            [TlsCipherSuite.TLS_AES_128_GCM_SHA256, TlsCipherSuite.TLS_PSK_WITH_AES_128_GCM_SHA256] };
        Assert.That(
            () => BouncyCastleCore.CreateClient(new TlsClientOptions { TargetHost = "x", Policy = policy }),
            Throws.ArgumentException.With.Message.Contains("Psks is empty"));
        Assert.That(
            () => BouncyCastleCore.CreateServer(new TlsServerOptions { Credential = TestCertificates.Server, Policy = policy }),
            Throws.ArgumentException.With.Message.Contains("FindPsk is null"));
        Assert.That(
            () => BouncyCastleCore.CreateServer(
                new TlsServerOptions { Credential = TestCertificates.Server, FindPsk = _ => null, ClientCertificates =
                    ClientCertificateMode.Require }),
            Throws.ArgumentException.With.Message.Contains("a client could do without"));
    }

    public enum TlsHash
    {
        Sha256,
        Sha384,
    }

    private static TlsServerOptions Server(TlsPsk psk, TlsPolicy? policy = null) => new()
    {
        Credential = null, FindPsk = TlsPsk.Among(new TlsPsk("someone"u8, Key), psk), Policy = policy ?? TlsPolicy.Default,
        PskHint = "a hint"u8.ToArray(),
    };
}
