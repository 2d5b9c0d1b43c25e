using System.Security.Cryptography.X509Certificates;
using TlsFsm.Core.Sessions;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Core.Sessions;

/// <summary>The key of sessions, asked directly: what separates those of one client from those of another, and what does not.</summary>
public sealed class SessionBindingTests
{
    private static CertificateVerification Trust => TestCertificates.Verification;

    [Test]
    public void Without_a_host_or_with_preshared_keys_there_are_no_sessions()
    {
        Assert.That(SessionBinding.Of(new TlsClientOptions { Verification = Trust }), Is.Null);
        Assert.That(SessionBinding.Of(Client(Trust) with { Psks = [new TlsPsk("me"u8, new byte[32])] }), Is.Null);
        Assert.That(SessionBinding.Of(Client(Trust)), Is.Not.Null);
    }

    [Test]
    public void Options_that_say_the_same_share_their_sessions_whoever_made_them() =>
        Assert.That(SessionBinding.Of(Client(Reloaded())), Is.EqualTo(SessionBinding.Of(Client(Trust))));

    [Test]
    public void A_chain_policy_or_a_judge_of_the_callers_is_known_by_who_it_is_alone()
    {
        var (policy, other) = (CertificateVerification.ByPolicy(Policy()), CertificateVerification.ByPolicy(Policy()));
        var (judge, another) = (CertificateVerification.Custom(Accept()), CertificateVerification.Custom(Accept()));
        var roots = CertificateVerification.TrustedRoots([TestCertificates.OtherRoot]);
        string?[] keys =
        [
            .. new[] { policy, other, judge, another, Trust, roots, CertificateVerification.SystemTrust }
                .Select(verification => SessionBinding.Of(Client(verification))),
        ];

        Assert.That(keys, Is.Unique);
        Assert.That(SessionBinding.Of(Client(policy)), Is.EqualTo(keys[0]));
        Assert.That(SessionBinding.Of(Client(judge)), Is.EqualTo(keys[2]));
    }

    [Test]
    public void Whatever_narrows_trust_or_policy_separates_sessions()
    {
        string?[] keys =
        [
            .. new TlsClientOptions[]
            {
                Client(Trust),
                Client(Trust) with { TargetHost = "other.example" },
                Client(Trust with { Review = (_, decision) => decision.Complete(null) }),
                Client(Trust with { Pins = [CertificateVerification.PinOf(TestCertificates.Root)] }),
                Client(Trust with { Staple = StapleMode.Require }),
                Client(Trust with { RevocationMode = X509RevocationMode.Offline }),
                Client(Trust with { RevocationMode = X509RevocationMode.Offline, RevocationFlag = X509RevocationFlag.EntireChain }),
                Client(Trust) with { Policy = TlsPolicy.Default with { RequireExtendedMasterSecret = false } },
                Client(Trust) with { Policy = TlsPolicy.Default with { RequireSecureRenegotiation = false } },
                Client(Trust) with { Policy = TlsPolicy.Default with { MinRsaBits = 3072 } },
                Client(Trust) with { Policy = TlsPolicy.Default with { MaxRsaBits = 4096 } },
                Client(Trust) with { Limits = new TlsLimits { MaxCertificateChainLength = 3 } },
                Client(Trust) with { Credential = TestCertificates.Client },
            }.Select(SessionBinding.Of),
        ];

        Assert.That(keys, Is.Unique.And.None.Null);
    }

    [Test]
    public void Roots_and_pins_are_sets_whose_order_says_nothing()
    {
        string[] pins = [CertificateVerification.PinOf(TestCertificates.Root), CertificateVerification.PinOf(TestCertificates.OtherRoot)];
        string? Of(bool isReversed)
        {
            var verification = CertificateVerification.TrustedRoots(
                isReversed ? [TestCertificates.OtherRoot, TestCertificates.Root] : [TestCertificates.Root, TestCertificates.OtherRoot]);
            return SessionBinding.Of(Client(verification with { Pins = [.. isReversed ? pins.Reverse() : pins] }));
        }

        Assert.That(Of(isReversed: true), Is.EqualTo(Of(isReversed: false)));
    }

    private static TlsClientOptions Client(CertificateVerification verification) =>
        new() { TargetHost = TestCertificates.Host, Verification = verification };

    private static CertificateVerification Reloaded() =>
        CertificateVerification.TrustedRoots([X509CertificateLoader.LoadCertificate(TestCertificates.Root.RawData)]);

    private static X509ChainPolicy Policy() => new()
    {
        TrustMode = X509ChainTrustMode.CustomRootTrust, CustomTrustStore = { TestCertificates.Root },
        RevocationMode = X509RevocationMode.NoCheck, DisableCertificateDownloads = true,
    };

    private static Func<PeerCertificates, TlsAlert?> Accept()
    {
        var own = new object();
        return _ => own is null ? TlsAlert.AccessDenied : null;
    }
}
