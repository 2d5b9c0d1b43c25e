using System.Net.Security;
using System.Security.Authentication;
using TlsFsm.Core.Strictness;
using TlsFsm.Tests.Strictness;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Core;

public sealed class TlsPolicyTests
{
    private static readonly TlsPolicy[] Presets = [TlsPolicy.Default, TlsPolicy.Modern, TlsPolicy.Compatible];

    private static readonly TestCaseData[] Contradictions =
    [
        new(TlsPolicy.Default with { CipherSuites = [] }, "CipherSuites is empty"),
        new(TlsPolicy.Default with { CipherSuites = null! }, "CipherSuites is null"),
        new(TlsPolicy.Default with { Groups = [] }, "Groups is empty"),
        new(TlsPolicy.Default with { SignatureSchemes = [] }, "SignatureSchemes is empty"),
        new(TlsPolicy.Default with { Protocols = SslProtocols.None }, "Protocols (None) is not TLS 1.2, TLS 1.3 or both"),
        new(TlsPolicy.Default with { CipherSuites = [TlsCipherSuite.TLS_RSA_WITH_AES_128_GCM_SHA256] },
            "TLS_RSA_WITH_AES_128_GCM_SHA256, which is not supported"),
        new(TlsPolicy.Default with { CipherSuites = [TlsCipherSuite.TLS_AES_128_GCM_SHA256, TlsCipherSuite.TLS_AES_128_GCM_SHA256] },
            "TLS_AES_128_GCM_SHA256 twice"),
        new(TlsPolicy.Default with { CipherSuites = [TlsCipherSuite.TLS_AES_128_GCM_SHA256] },
            "TLS 1.2 is enabled, and CipherSuites has no suite of TLS 1.2"),
        new(TlsPolicy.Default with { CipherSuites = [TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256] },
            "TLS 1.3 is enabled, and CipherSuites has no suite of TLS 1.3"),
        new(TlsPolicy.Default with { Groups = [TlsNamedGroup.X25519MLKem768] }, "Groups has no group that TLS 1.2 knows"),
        new(TlsPolicy.Default with { Groups = [TlsNamedGroup.MLKem1024] }, "Groups has no group that TLS 1.2 knows"),
        new(TlsPolicy.Default with { CertificateCurves = [TlsNamedGroup.MLKem768] }, "CertificateCurves is null, or has what is no curve"),
        new(TlsPolicy.Default with { Groups = [(TlsNamedGroup)0x0200] }, "512, which is not supported"),
        new(TlsPolicy.Default with { Groups = [(TlsNamedGroup)0x0100] }, "256, which is not supported"),
        new(TlsPolicy.Default with { KeyShares = [TlsNamedGroup.X448] }, "KeyShares has X448, which Groups has not"),
        new(TlsPolicy.Default with { SignatureSchemes = [TlsSignatureScheme.EcdsaSecp256r1Sha256] },
            "and SignatureSchemes has no RSA scheme"),
        new(TlsPolicy.Default with { SignatureSchemes = [TlsSignatureScheme.RsaPssRsaeSha256] },
            "and SignatureSchemes has no scheme of ECDSA or Ed25519"),
        new(TlsPolicy.Modern with { SignatureSchemes = [TlsSignatureScheme.RsaPkcs1Sha256] }, "only RSA PKCS#1"),
    ];

    private static readonly TlsNamedGroup[] AllGroups = Enum.GetValues<TlsNamedGroup>();

    [TestCaseSource(nameof(Contradictions))]
    public void A_contradiction_is_named_to_client_and_server(TlsPolicy policy, string words)
    {
        Assert.That(
            () => BouncyCastleCore.CreateClient(new TlsClientOptions { TargetHost = "x", Policy = policy }),
            Throws.ArgumentException.With.Message.Contains(words));
        Assert.That(
            () => BouncyCastleCore.CreateServer(new TlsServerOptions { Credential = TestCertificates.Server, Policy = policy }),
            Throws.ArgumentException.With.Message.Contains(words));
    }

    [Test]
    public void A_list_that_is_changed_later_is_judged_by_what_it_has_then()
    {
        List<TlsNamedGroup> groups = [TlsNamedGroup.X25519];
        var options = new TlsClientOptions { TargetHost = "x", Policy = TlsPolicy.Default with { Groups = groups } };
        BouncyCastleCore.CreateClient(options).Dispose();

        groups.Add(TlsNamedGroup.X25519);

        Assert.That(() => BouncyCastleCore.CreateClient(options), Throws.ArgumentException.With.Message.Contains("X25519 twice"));
    }

    [Test]
    public void Versions_that_policy_and_options_do_not_share_are_a_contradiction()
    {
        var options = new TlsClientOptions { TargetHost = "x", Policy = TlsPolicy.Modern, EnabledProtocols = SslProtocols.Tls12 };

        Assert.That(() => BouncyCastleCore.CreateClient(options), Throws.ArgumentException.With.Message.Contains("no version in common"));
    }

    [TestCase(1023)]
    [TestCase(8193)]
    public void The_smallest_RSA_key_has_bounds(int bits) =>
        Assert.That(() => TlsPolicy.Default with { MinRsaBits = bits }, Throws.InstanceOf<ArgumentOutOfRangeException>());

    [TestCaseSource(nameof(Presets))]
    public void Every_preset_agrees_on_the_hybrid_with_itself(TlsPolicy preset)
    {
        using var pair = Connected(preset, preset);

        Assert.That(pair.Client.Session!.Group, Is.EqualTo("X25519MLKEM768"));
        Assert.That(pair.Client.Session.Protocol, Is.EqualTo(SslProtocols.Tls13));
        Assert.That(
            preset.Groups.Take(4),
            Is.EqualTo(new[] { TlsNamedGroup.X25519MLKem768, TlsNamedGroup.X25519, TlsNamedGroup.Secp256r1, TlsNamedGroup.Secp384r1 }));
    }

    [TestCaseSource(nameof(AllGroups))]
    public void Every_group_works_also_after_a_second_hello(TlsNamedGroup group)
    {
        var client = TlsPolicy.Modern with { Groups =
            [group == TlsNamedGroup.X25519 ? TlsNamedGroup.X448 : TlsNamedGroup.X25519, group], KeyShares = [] };

        using var pair = Connected(client, TlsPolicy.Modern with { Groups = [group] });

        Assert.That(pair.Client.Session!.Group, Is.EqualTo(group.ToString()).IgnoreCase);
        Assert.That(pair.Server.Session!.Group, Is.EqualTo(pair.Client.Session.Group));
    }

    [TestCaseSource(nameof(AllGroups))]
    public void Every_group_works_by_the_key_share_that_came_at_once(TlsNamedGroup group)
    {
        var policy = TlsPolicy.Modern with { Groups = [group] };

        using var pair = Connected(policy, policy);

        Assert.That(pair.Client.Session!.Group, Is.EqualTo(group.ToString()).IgnoreCase);
        Assert.That(pair.Server.Session!.Group, Is.EqualTo(pair.Client.Session.Group));
    }

    [Test]
    public void A_group_that_needs_TLS_13_is_no_group_of_TLS_12(
        [Values(TlsNamedGroup.MLKem768, TlsNamedGroup.MLKem1024, TlsNamedGroup.X25519MLKem768)] TlsNamedGroup group)
    {
        var policy = TlsPolicy.Default with { Groups = [group, TlsNamedGroup.Secp384r1] };

        using var pair = Connected(policy with { Protocols = SslProtocols.Tls12 }, policy);

        Assert.That(pair.Client.Session!.Group, Is.EqualTo("secp384r1"));
    }

    [Test]
    public void The_servers_order_decides_unless_it_prefers_the_clients(
        [Values] bool clientFirst, [Values(SslProtocols.Tls12, SslProtocols.Tls13)] SslProtocols version)
    {
        TlsCipherSuite[] suites = version == SslProtocols.Tls13
            ? [TlsCipherSuite.TLS_AES_128_GCM_SHA256, TlsCipherSuite.TLS_AES_256_GCM_SHA384]
            : [TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384];
        TlsNamedGroup[] groups = [TlsNamedGroup.Secp256r1, TlsNamedGroup.X25519];
        var client = TlsPolicy.Default with { Protocols = version, CipherSuites = suites, Groups = groups, KeyShares = groups };
        var server = client with { CipherSuites = [.. suites.Reverse()], Groups = [.. groups.Reverse()], PreferClientOrder = clientFirst };

        using var pair = Connected(client, server);

        Assert.That(pair.Client.Session!.CipherSuite, Is.EqualTo(clientFirst ? suites[0] : suites[1]));
        Assert.That(pair.Client.Session.Group, Is.EqualTo(clientFirst ? "secp256r1" : "x25519"));
    }

    [Test]
    public void The_schemes_of_both_signatures_are_reported([Values(SslProtocols.Tls12, SslProtocols.Tls13)] SslProtocols version)
    {
        using var pair = CorePair.Connected(
            new TlsClientOptions
            {
                TargetHost = TestCertificates.Host, Verification = TestCertificates.Verification, EnabledProtocols = version,
                Credential = TestCertificates.ClientWith(TestKey.Rsa2048),
            },
            new TlsServerOptions
            {
                Credential = TestCertificates.Server, EnabledProtocols = version,
                ClientCertificates = ClientCertificateMode.Require, ClientVerification = TestCertificates.Verification,
            });

        Assert.That(pair.Client.Session!.OwnSignatureScheme, Is.EqualTo("rsa_pss_rsae_sha256"));
        Assert.That(pair.Client.Session.PeerSignatureScheme, Is.EqualTo("ecdsa_secp256r1_sha256"));
        Assert.That(pair.Server.Session!.OwnSignatureScheme, Is.EqualTo("ecdsa_secp256r1_sha256"));
        Assert.That(pair.Server.Session.PeerSignatureScheme, Is.EqualTo("rsa_pss_rsae_sha256"));
    }

    [Test, Proves(nameof(CertificateFaults.Weak))]
    public void A_small_RSA_key_of_the_server_is_refused_by_name([Values(SslProtocols.Tls12, SslProtocols.Tls13)] SslProtocols version)
    {
        var policy = TlsPolicy.Default with { MinRsaBits = 3072, Protocols = version };
        using var pair = new CorePair(
            new TlsClientOptions { TargetHost = TestCertificates.Host, Verification = TestCertificates.Verification, Policy = policy },
            CorePair.ServerOptions(credential: TestCertificates.ServerWith(TestKey.Rsa2048)));

        pair.Handshake();

        Assert.That(pair.ClientFault?.Alert, Is.EqualTo(TlsAlert.BadCertificate));
        Assert.That(pair.ClientFault!.Message, Does.Contain("2048 bits; 3072 to 8192 are accepted"));
        Assert.That(pair.ServerFault?.Alert, Is.EqualTo(TlsAlert.BadCertificate));
    }

    private static CorePair Connected(TlsPolicy client, TlsPolicy server) => CorePair.Connected(
        new TlsClientOptions { TargetHost = TestCertificates.Host, Verification = TestCertificates.Verification, Policy = client },
        new TlsServerOptions { Credential = TestCertificates.Server, Policy = server });
}
