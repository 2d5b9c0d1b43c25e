using System.Security.Authentication;
using Org.BouncyCastle.Tls;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Core;

/// <summary>What our server refuses, and how it chooses, with a client that offers other things than ours does.</summary>
public sealed class PolicyTests
{
    private static readonly TestCaseData[] Refused =
    [
        new(TestKey.EcdsaP256, () => new StockClient(SslProtocols.Tls12) { IsExtendedMasterSecret = false }),
        new(TestKey.EcdsaP256, () => new StockClient(SslProtocols.Tls12) { SignatureSchemes = [SignatureScheme.ecdsa_sha1] }),
        new(TestKey.EcdsaP256, () => new StockClient(SslProtocols.Tls12) { Groups = [NamedGroup.x448] }),
        new(TestKey.EcdsaP256,
            () => new StockClient(SslProtocols.Tls12) { CipherSuites = [CipherSuite.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256] }),
        new(TestKey.Rsa2048, () => new StockClient(SslProtocols.Tls12) { CipherSuites = [CipherSuite.TLS_RSA_WITH_AES_128_GCM_SHA256] }),
        new(TestKey.Rsa2048,
            () => new StockClient(SslProtocols.Tls12) { CipherSuites = [CipherSuite.TLS_DHE_RSA_WITH_AES_128_GCM_SHA256] }),
        new(TestKey.Rsa2048,
            () => new StockClient(SslProtocols.Tls12) { CipherSuites = [CipherSuite.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256] }),
        new(TestKey.EcdsaP256, () => new StockClient(SslProtocols.Tls13) { SignatureSchemes = [SignatureScheme.rsa_pss_rsae_sha256] }),
        new(TestKey.EcdsaP384, () => new StockClient(SslProtocols.Tls13) { SignatureSchemes = [SignatureScheme.ecdsa_secp256r1_sha256] }),
        new(TestKey.EcdsaP256,
            () => new StockClient(SslProtocols.Tls13) { Groups = [NamedGroup.x448], KeyShares = [NamedGroup.x448] }),
        new(TestKey.EcdsaP256, () => new StockClient(SslProtocols.Tls13) { CipherSuites = [CipherSuite.TLS_AES_128_CCM_SHA256] }),
    ];

    [TestCaseSource(nameof(Refused))]
    public void What_the_policy_does_not_allow_ends_with_handshake_failure(TestKey key, Func<TlsClientProtocol> make)
    {
        using var pair = Start(key, make());

        var fault = Assert.Throws<TlsException>(() => pair.Handshake());

        Assert.That(fault!.Alert, Is.EqualTo(TlsAlert.HandshakeFailure));
        Assert.That(fault.Fault, Is.EqualTo(TlsFault.Incompatible));
        Assert.That(Assert.Throws<TlsFatalAlertReceived>(pair.ToRogue)!.AlertDescription, Is.EqualTo(AlertDescription.handshake_failure));
    }

    [TestCase(SslProtocols.Tls13, "secp256r1")]
    [TestCase(SslProtocols.Tls12, "secp256r1")]
    public void The_servers_order_of_groups_wins_also_over_the_key_share_that_came(SslProtocols version, string group)
    {
        using var pair = Start(TestKey.EcdsaP256, new StockClient(version)
        {
            Groups = [NamedGroup.secp521r1, NamedGroup.secp384r1, NamedGroup.secp256r1],
            KeyShares = [NamedGroup.secp384r1],
        });

        pair.Handshake();

        Assert.That(pair.Core.Session!.Group, Is.EqualTo(group));
    }

    [Test]
    public void The_servers_order_of_suites_wins()
    {
        using var pair = Start(TestKey.EcdsaP256, new StockClient(SslProtocols.Tls13)
        {
            CipherSuites = [CipherSuite.TLS_CHACHA20_POLY1305_SHA256, CipherSuite.TLS_AES_256_GCM_SHA384],
        });

        pair.Handshake();

        Assert.That(pair.Core.Session!.CipherSuite.ToString(), Is.EqualTo("TLS_AES_256_GCM_SHA384"));
    }

    [Test]
    public void On_TLS_12_an_RSA_key_signs_as_PKCS1_for_a_client_that_knows_no_PSS()
    {
        using var pair = Start(TestKey.Rsa2048, new StockClient(SslProtocols.Tls12)
        {
            CipherSuites = [CipherSuite.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256],
            SignatureSchemes = [SignatureScheme.rsa_pkcs1_sha384],
        });

        pair.Handshake();

        Assert.That(pair.Core.IsEstablished, Is.True);
    }

    private static RoguePair<TlsClientProtocol> Start(TestKey key, TlsClientProtocol client)
    {
        var pair = new RoguePair<TlsClientProtocol>(
            BouncyCastleCore.CreateServer(CorePair.ServerOptions(credential: TestCertificates.ServerWith(key))), client);
        ((StockClient)client).Begin();
        pair.ToCore();
        return pair;
    }
}
