using System.Security.Cryptography.X509Certificates;
using TlsFsm.Core.Sessions;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Core.Sessions;

/// <summary>A session that was judged by one trust is not gone on with under another.</summary>
public sealed class SessionTrustTests
{
    private static readonly CertificateVerification Trust = TestCertificates.Verification;

    private static readonly TestCaseData[] Others =
    [
        new(Trust with { Pins = [CertificateVerification.PinOf(TestCertificates.Root)] }) { TestName = "Pins_separate_sessions" },
        new(Trust with { Review = TlsDecisions.AtOnce<CertificateReview, TlsAlert?>(_ => null) }) { TestName =
            "A_review_separates_sessions" },
        new(Trust with { Staple = StapleMode.Require }) { TestName = "A_demand_for_staples_separates_sessions" },
        new(Trust with { RevocationMode = X509RevocationMode.Online }) { TestName = "Revocation_separates_sessions" },
        new(CertificateVerification.ByPolicy(new X509ChainPolicy())) { TestName = "A_chain_policy_separates_sessions" },
        new(CertificateVerification.SystemTrust) { TestName = "Roots_separate_sessions" },
        new(CertificateVerification.DangerousAcceptAny) { TestName = "A_judge_separates_sessions" },
    ];

    [TestCaseSource(nameof(Others))]
    public void Another_trust_is_another_session(CertificateVerification other) =>
        Assert.That(KeyOf(other), Is.Not.EqualTo(KeyOf(Trust)));

    [Test]
    public void The_same_trust_is_the_same_session() =>
        Assert.That(KeyOf(CertificateVerification.TrustedRoots(TestCertificates.Roots)), Is.EqualTo(KeyOf(Trust)));

    [Test]
    public void Another_strength_is_another_session()
    {
        foreach (var policy in new[]
        {
            new TlsPolicy { MinRsaBits = 3072 }, new TlsPolicy { MaxRsaBits = 4096 },
            new TlsPolicy { CertificateSchemes = [TlsSignatureScheme.EcdsaSecp256r1Sha256] },
            new TlsPolicy { RequireExtendedMasterSecret = false },
        })
            Assert.That(KeyOf(Trust, policy), Is.Not.EqualTo(KeyOf(Trust)));
    }

    [Test]
    public void Without_a_name_or_with_shared_keys_there_is_no_session()
    {
        var key = new TlsPsk("me"u8, new byte[32]);

        Assert.That(SessionBinding.Of(new TlsClientOptions { Verification = Trust }), Is.Null);
        Assert.That(SessionBinding.Of(new TlsClientOptions { TargetHost = "a.example", Verification = Trust, Psks = [key] }), Is.Null);
    }

    private static string? KeyOf(CertificateVerification trust, TlsPolicy? policy = null) =>
        SessionBinding.Of(new TlsClientOptions { TargetHost = "a.example", Verification = trust, Policy = policy ?? TlsPolicy.Default });
}
