using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Time.Testing;
using TlsFsm.Abstractions.Verification;
using TlsFsm.Abstractions.Words;
using TlsFsm.Core.Certificates;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Core;

/// <summary>Verdicts that are remembered: they spare a chain, and change nothing else.</summary>
public sealed class VerdictMemoryTests
{
    private static readonly SslProtocols[] Versions = [SslProtocols.Tls12, SslProtocols.Tls13];

    [Test]
    public void The_second_handshake_is_spared_the_chain_and_shows_the_same_certificates(
        [ValueSource(nameof(Versions))] SslProtocols version)
    {
        var memory = new VerdictMemory(TimeSpan.FromMinutes(1));
        using var first = CorePair.Connected(Client(Trust(memory), version), CorePair.ServerOptions(version));
        using var second = CorePair.Connected(Client(Trust(memory), version), CorePair.ServerOptions(version));

        Assert.That((memory.Count, memory.Uses), Is.EqualTo((1, 1)));
        Assert.That(Encoded(second), Is.EqualTo(Encoded(first)));
        Assert.That(second.Client.Session, Is.EqualTo(first.Client.Session! with
        {
            PeerCertificates = second.Client.Session!.PeerCertificates, Origin = second.Client.Session.Origin,
        }));
    }

    [Test]
    public void Each_connection_has_certificates_of_its_own_that_it_may_dispose_of()
    {
        var memory = new VerdictMemory(TimeSpan.FromMinutes(1));
        for (var i = 0; i < 3; i++)
        {
            using var pair = CorePair.Connected(Client(Trust(memory)), CorePair.ServerOptions());
            foreach (var certificate in pair.Client.Session!.PeerCertificates)
            {
                Assert.That(certificate.Subject, Is.Not.Empty);
                certificate.Dispose();
            }
        }

        Assert.That(memory.Uses, Is.EqualTo(2));
    }

    [Test]
    public void A_servers_verdict_on_a_client_is_remembered_too([ValueSource(nameof(Versions))] SslProtocols version, [Values] TestKey key)
    {
        var memory = new VerdictMemory(TimeSpan.FromMinutes(1));
        for (var i = 0; i < 3; i++)
        {
            using var pair = CorePair.Connected(
                new TlsClientOptions { TargetHost = TestCertificates.Host, Verification = Trust(null), EnabledProtocols =
                    version, Credential = TestCertificates.ClientWith(key) },
                Server(Trust(memory), version));
            Assert.That(pair.Server.Session!.PeerCertificate!.RawData, Is.EqualTo(TestCertificates.ClientWith(key).Certificate.RawData));
        }

        Assert.That((memory.Count, memory.Uses), Is.EqualTo((1, 2)));
    }

    [Test]
    public void A_server_certificate_that_is_remembered_is_still_no_client_certificate()
    {
        var memory = new VerdictMemory(TimeSpan.FromMinutes(1));
        CorePair.Connected(Client(Trust(memory)), CorePair.ServerOptions()).Dispose();

        using var pair = new CorePair(
            new TlsClientOptions { TargetHost = TestCertificates.Host, Verification = Trust(null), Credential = TestCertificates.Server },
            Server(Trust(memory)));
        pair.Handshake();

        Assert.That(pair.ServerFault?.Alert, Is.EqualTo(TlsAlert.UnsupportedCertificate));
        Assert.That(memory.Uses, Is.Zero);
    }

    [Test]
    public void A_root_that_is_taken_away_counts_at_once()
    {
        var memory = new VerdictMemory(TimeSpan.FromMinutes(1));
        var verification =
            CertificateVerification.TrustedRoots([TestCertificates.Root, TestCertificates.OtherRoot]) with { Memory = memory };
        CorePair.Connected(Client(verification), CorePair.ServerOptions()).Dispose();

        verification.Roots!.Remove(TestCertificates.Root);
        using var pair = new CorePair(Client(verification), CorePair.ServerOptions());
        pair.Handshake();

        Assert.That(pair.ClientFault?.Alert, Is.EqualTo(TlsAlert.UnknownCa));
        Assert.That(memory.Uses, Is.Zero);
    }

    [Test]
    public void Trust_in_the_system_is_not_trust_in_roots_of_ones_own()
    {
        var memory = new VerdictMemory(TimeSpan.FromMinutes(1));
        CorePair.Connected(Client(Trust(memory)), CorePair.ServerOptions()).Dispose();

        using var pair = new CorePair(Client(CertificateVerification.SystemTrust with { Memory = memory }), CorePair.ServerOptions());
        pair.Handshake();

        Assert.That(pair.ClientFault?.Alert, Is.EqualTo(TlsAlert.UnknownCa));
    }

    [Test]
    public void A_stricter_policy_is_another_question()
    {
        var memory = new VerdictMemory(TimeSpan.FromMinutes(1));
        var server = CorePair.ServerOptions(credential: TestCertificates.ServerWith(TestKey.Rsa2048));
        CorePair.Connected(Client(Trust(memory)), server).Dispose();

        using var pair = new CorePair(Client(Trust(memory), policy: new TlsPolicy { MinRsaBits = 3072 }), server);
        pair.Handshake();

        Assert.That((pair.ClientFault as TlsCertificateException)?.Check, Is.EqualTo("key"));
    }

    [Test]
    public void Another_set_of_schemes_is_another_question_and_another_order_of_them_is_not()
    {
        var memory = new VerdictMemory(TimeSpan.FromMinutes(1));
        byte[][] presented = [TestCertificates.Server.Certificate.RawData, TestCertificates.Intermediate.RawData];
        Examine(presented, memory);
        var schemes = TlsPolicy.Default.CertificateSchemes;

        Assert.That(VerdictBy([.. schemes.Reverse()]), Is.Not.Null);
        foreach (var left in schemes)
            Assert.That(VerdictBy([.. schemes.Select(one => one == left ? schemes.First(other => other != left) : one)]), Is.Null);

        ChainVerdict? VerdictBy(TlsSignatureScheme[] by) => new ChainRecall(
            presented, Trust(memory), isServer: false, new TlsPolicy { CertificateSchemes = by }, DateTimeOffset.UtcNow).Verdict;
    }

    [Test]
    public void Another_order_is_another_chain()
    {
        var memory = new VerdictMemory(TimeSpan.FromMinutes(1));
        byte[][] presented =
            [TestCertificates.Server.Certificate.RawData, TestCertificates.Intermediate.RawData, TestCertificates.OtherRoot.RawData];
        Examine(presented, memory);

        Assert.That(VerdictOn(presented), Is.Not.Null);
        Assert.That(VerdictOn(presented[0], presented[2], presented[1]), Is.Null);
        Assert.That(VerdictOn(presented[..2]), Is.Null);

        ChainVerdict? VerdictOn(params byte[][] chain) =>
            new ChainRecall(chain, Trust(memory), isServer: false, TlsPolicy.Default, DateTimeOffset.UtcNow).Verdict;
    }

    [Test]
    public void Host_name_and_pins_are_looked_at_each_time()
    {
        var memory = new VerdictMemory(TimeSpan.FromMinutes(1));
        CorePair.Connected(Client(Trust(memory)), CorePair.ServerOptions()).Dispose();

        using var otherHost = new CorePair(
            new TlsClientOptions { TargetHost = "other.example", Verification = Trust(memory) }, CorePair.ServerOptions());
        otherHost.Handshake();
        Assert.That((otherHost.ClientFault as TlsCertificateException)?.Check, Is.EqualTo("host name"));

        using var otherPin = new CorePair(
            Client(Trust(memory) with { Pins = [CertificateVerification.PinOf(TestCertificates.OtherRoot)] }), CorePair.ServerOptions());
        otherPin.Handshake();
        Assert.That((otherPin.ClientFault as TlsCertificateException)?.Check, Is.EqualTo("pin"));

        CorePair.Connected(
            Client(Trust(memory) with { Pins = [CertificateVerification.PinOf(TestCertificates.Root)] }),
            CorePair.ServerOptions()).Dispose();
        Assert.That(memory.Uses, Is.EqualTo(3));
    }

    [Test]
    public void A_staple_is_demanded_each_time()
    {
        var memory = new VerdictMemory(TimeSpan.FromMinutes(1));
        CorePair.Connected(Client(Trust(memory)), CorePair.ServerOptions()).Dispose();

        using var pair = new CorePair(Client(Trust(memory) with { Staple = StapleMode.Require }), CorePair.ServerOptions());
        pair.Handshake();

        Assert.That((pair.ClientFault as TlsCertificateException)?.Check, Is.EqualTo("staple"));
        Assert.That(memory.Uses, Is.EqualTo(1));
    }

    [Test]
    public void A_wrong_signature_is_refused_whoever_is_remembered([ValueSource(nameof(Versions))] SslProtocols version)
    {
        var memory = new VerdictMemory(TimeSpan.FromMinutes(1));
        CorePair.Connected(Client(Trust(memory), version), CorePair.ServerOptions(version)).Dispose();

        for (var i = 0; i < 2; i++)
        {
            var thief = new TlsCredential(TestCertificates.Server.Certificate, new OtherKey(), TestCertificates.Server.Intermediates);
            using var pair = new CorePair(Client(Trust(memory), version), CorePair.ServerOptions(version, thief));
            pair.Handshake();
            Assert.That(pair.ClientFault?.Alert, Is.EqualTo(TlsAlert.DecryptError));
        }

        CorePair.Connected(Client(Trust(memory), version), CorePair.ServerOptions(version)).Dispose();
        Assert.That(memory.Uses, Is.EqualTo(3));
    }

    [Test]
    public void After_its_lifetime_a_verdict_is_found_anew()
    {
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow);
        var memory = new VerdictMemory(TimeSpan.FromSeconds(10), timeProvider: time);
        CorePair.Connected(Client(Trust(memory)), CorePair.ServerOptions()).Dispose();

        time.Advance(TimeSpan.FromSeconds(9.9));
        CorePair.Connected(Client(Trust(memory)), CorePair.ServerOptions()).Dispose();
        Assert.That(memory.Uses, Is.EqualTo(1));

        // Being used does not make it younger.
        time.Advance(TimeSpan.FromSeconds(0.1));
        CorePair.Connected(Client(Trust(memory)), CorePair.ServerOptions()).Dispose();
        Assert.That((memory.Uses, memory.Count), Is.EqualTo((1, 1)));
    }

    [Test]
    public void A_chain_that_has_expired_since_is_not_remembered_as_good()
    {
        var time = new FakeTimeProvider(new DateTimeOffset(TestCertificates.Server.Certificate.NotAfter).AddSeconds(-10));
        var memory = new VerdictMemory(TimeSpan.FromMinutes(1));
        CorePair.Connected(Client(Trust(memory), time: time), CorePair.ServerOptions()).Dispose();

        time.Advance(TimeSpan.FromSeconds(10));
        CorePair.Connected(Client(Trust(memory), time: time), CorePair.ServerOptions()).Dispose();
        Assert.That(memory.Uses, Is.EqualTo(1), "valid to the end");

        time.Advance(TimeSpan.FromSeconds(1));
        using var late = new CorePair(Client(Trust(memory), time: time), CorePair.ServerOptions());
        late.Handshake();
        Assert.That(late.ClientFault?.Alert, Is.EqualTo(TlsAlert.CertificateExpired));
        Assert.That(memory.Uses, Is.EqualTo(1), "and not beyond");
    }

    [Test]
    public void What_depends_on_more_is_not_remembered()
    {
        var memory = new VerdictMemory(TimeSpan.FromMinutes(1));
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode =
            X509RevocationMode.NoCheck, DisableCertificateDownloads = true };
        policy.CustomTrustStore.Add(TestCertificates.Root);
        CertificateVerification[] verifications =
        [
            Trust(memory) with { RevocationMode = X509RevocationMode.Offline },
            Trust(memory) with { Review = TlsDecisions.AtOnce<CertificateReview, TlsAlert?>(review => review.Rejection?.Alert) },
            CertificateVerification.ByPolicy(policy) with { Memory = memory },
            CertificateVerification.Custom(static _ => null) with { Memory = memory },
            Trust(null),
            Trust(new VerdictMemory(TimeSpan.Zero)),
        ];
        foreach (var verification in verifications)
        {
            using var pair = new CorePair(Client(verification), CorePair.ServerOptions());
            pair.Handshake();
            Assert.That((memory.Count, verification.Memory?.Count ?? 0), Is.EqualTo((0, 0)));
        }
    }

    [Test]
    public void What_is_remembered_is_not_used_where_a_verdict_depends_on_more()
    {
        var memory = new VerdictMemory(TimeSpan.FromMinutes(1));
        CorePair.Connected(Client(Trust(memory)), CorePair.ServerOptions()).Dispose();
        X509Chain? seen = null;

        CorePair.Connected(
            Client(Trust(memory) with
            {
                Review = TlsDecisions.AtOnce<CertificateReview, TlsAlert?>(review =>
                {
                    seen = review.Chain;
                    Assert.That(review.Chain!.ChainElements, Has.Count.EqualTo(3));
                    return null;
                }),
            }),
            CorePair.ServerOptions()).Dispose();

        Assert.That(seen, Is.Not.Null);
        Assert.That(memory.Uses, Is.Zero);
    }

    [Test]
    public void A_bad_verdict_is_not_remembered()
    {
        var memory = new VerdictMemory(TimeSpan.FromMinutes(1));
        foreach (var credential in (TlsCredential[])[TestCertificates.Untrusted, TestCertificates.Expired, TestCertificates.WrongUsage])
        {
            using var pair = new CorePair(Client(Trust(memory)), CorePair.ServerOptions(credential: credential));
            pair.Handshake();
            Assert.That(pair.ClientFault, Is.InstanceOf<TlsCertificateException>());
        }

        Assert.That((memory.Count, memory.Uses), Is.EqualTo((0, 0)));
    }

    [Test]
    public void The_limit_on_chains_holds_for_remembered_ones()
    {
        var memory = new VerdictMemory(TimeSpan.FromMinutes(1));
        CorePair.Connected(Client(Trust(memory)), CorePair.ServerOptions()).Dispose();

        using var pair = new CorePair(
            new TlsClientOptions { TargetHost = TestCertificates.Host, Verification = Trust(memory), Limits =
                new TlsLimits { MaxCertificateChainLength = 1 } }, CorePair.ServerOptions());
        pair.Handshake();

        Assert.That((pair.ClientFault as TlsCertificateException)?.Check, Is.EqualTo("chain length"));
    }

    [Test]
    public void No_more_chains_are_kept_than_there_is_room_for_and_the_oldest_go_first()
    {
        var memory = new VerdictMemory(TimeSpan.FromMinutes(1), capacity: 2);
        foreach (var key in (TestKey[])[TestKey.EcdsaP256, TestKey.EcdsaP384, TestKey.Rsa2048])
            CorePair.Connected(Client(Trust(memory)), CorePair.ServerOptions(credential: TestCertificates.ServerWith(key))).Dispose();
        Assert.That(memory.Count, Is.EqualTo(2));

        CorePair.Connected(
            Client(Trust(memory)), CorePair.ServerOptions(credential: TestCertificates.ServerWith(TestKey.Rsa2048))).Dispose();
        Assert.That(memory.Uses, Is.EqualTo(1));
        CorePair.Connected(
            Client(Trust(memory)), CorePair.ServerOptions(credential: TestCertificates.ServerWith(TestKey.EcdsaP256))).Dispose();
        Assert.That((memory.Uses, memory.Count), Is.EqualTo((1, 2)), "the first had gone");
    }

    [Test]
    public void Chains_whose_time_is_over_go_when_another_comes()
    {
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow);
        var memory = new VerdictMemory(TimeSpan.FromSeconds(1), timeProvider: time);
        foreach (var key in (TestKey[])[TestKey.EcdsaP256, TestKey.EcdsaP384])
            CorePair.Connected(Client(Trust(memory)), CorePair.ServerOptions(credential: TestCertificates.ServerWith(key))).Dispose();

        time.Advance(TimeSpan.FromSeconds(1));
        CorePair.Connected(
            Client(Trust(memory)), CorePair.ServerOptions(credential: TestCertificates.ServerWith(TestKey.Rsa2048))).Dispose();

        Assert.That(memory.Count, Is.EqualTo(1));
    }

    [Test]
    public void What_is_cleared_is_forgotten()
    {
        var memory = new VerdictMemory(TimeSpan.FromMinutes(1));
        CorePair.Connected(Client(Trust(memory)), CorePair.ServerOptions()).Dispose();

        memory.Clear();
        CorePair.Connected(Client(Trust(memory)), CorePair.ServerOptions()).Dispose();

        Assert.That((memory.Uses, memory.Count), Is.EqualTo((0, 1)));
    }

    [Test]
    public void Many_threads_may_share_one([ValueSource(nameof(Versions))] SslProtocols version)
    {
        var memory = new VerdictMemory(TimeSpan.FromMinutes(1), capacity: 1);
        TlsCredential[] credentials = [TestCertificates.ServerWith(TestKey.EcdsaP256), TestCertificates.ServerWith(TestKey.EcdsaP384)];
        var expected = credentials.Select(one => one.Certificate.RawData).ToArray();

        Parallel.For(0, 64, new ParallelOptions { MaxDegreeOfParallelism = 4 }, i =>
        {
            using var pair = CorePair.Connected(Client(Trust(memory), version), CorePair.ServerOptions(version, credentials[i / 8 % 2]));
            Assert.That(pair.Client.Session!.PeerCertificate!.RawData, Is.EqualTo(expected[i / 8 % 2]));
            foreach (var certificate in pair.Client.Session.PeerCertificates)
                certificate.Dispose();
        });

        Assert.That(memory.Count, Is.EqualTo(1));
    }

    [Test]
    public void Out_of_range_is_refused()
    {
        Assert.That(() => new VerdictMemory(TimeSpan.FromTicks(-1)), Throws.TypeOf<ArgumentOutOfRangeException>());
        Assert.That(() => new VerdictMemory(TimeSpan.FromDays(1.1)), Throws.TypeOf<ArgumentOutOfRangeException>());
        Assert.That(() => new VerdictMemory(TimeSpan.Zero, capacity: 0), Throws.TypeOf<ArgumentOutOfRangeException>());
        Assert.That((VerdictMemory.Shared.Lifetime, VerdictMemory.Shared.Capacity), Is.EqualTo((TimeSpan.FromSeconds(1), 256)));
        Assert.That(CertificateVerification.SystemTrust.Memory, Is.SameAs(VerdictMemory.Shared));
    }

    private static CertificateVerification Trust(VerdictMemory? memory) => TestCertificates.Verification with { Memory = memory };

    private static TlsClientOptions Client(
        CertificateVerification verification, SslProtocols version = SslProtocols.Tls12 | SslProtocols.Tls13,
        TlsPolicy? policy = null, TimeProvider? time = null) => new()
    {
        TargetHost = TestCertificates.Host, Verification = verification, EnabledProtocols = version, Policy = policy ?? TlsPolicy.Default,
        TimeProvider = time ?? TimeProvider.System,
    };

    private static TlsServerOptions Server(
        CertificateVerification verification, SslProtocols version = SslProtocols.Tls12 | SslProtocols.Tls13) => new()
    {
        Credential = TestCertificates.Server, EnabledProtocols = version, ClientCertificates = ClientCertificateMode.Require,
        ClientVerification = verification, TicketKeys = null,
    };

    private static void Examine(byte[][] presented, VerdictMemory memory)
    {
        var recall = new ChainRecall(presented, Trust(memory), isServer: false, TlsPolicy.Default, DateTimeOffset.UtcNow);
        using var examination = Examination.Run(new ExaminationSubject
        {
            Presented = recall.Load(new TlsLimits(), new Refusal(IsServer: false, TestCertificates.Host)), Verification = Trust(memory),
            Name = PeerName.Parse(TestCertificates.Host, "host"),
            Policy = TlsPolicy.Default, Now = DateTimeOffset.UtcNow, Recall = recall,
        });
        Assert.That(examination.Rejection, Is.Null);
    }

    private static IEnumerable<byte[]> Encoded(CorePair pair) => pair.Client.Session!.PeerCertificates.Select(one => one.RawData);

    /// <summary>Somebody who has the certificate, and another key.</summary>
    private sealed class OtherKey : ITlsSigner
    {
        public void Sign(TlsSignatureScheme scheme, ReadOnlyMemory<byte> hash, TlsDecision<ReadOnlyMemory<byte>> decision)
        {
            using var key = TestCertificates.Client.Certificate.GetECDsaPrivateKey()!;
            decision.Complete(key.SignHash(hash.Span, System.Security.Cryptography.DSASignatureFormat.Rfc3279DerSequence));
        }
    }
}
