using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Time.Testing;
using TlsFsm.Abstractions.Words;
using TlsFsm.Core.Certificates;
using TlsFsm.Core.Decisions;
using TlsFsm.Tests.Support;
using static TlsFsm.Tests.Core.Certificates.SpeltCertificate;

namespace TlsFsm.Tests.Core.Certificates;

/// <summary>
/// The examination of certificates and the search for a chain, asked directly: what is found, in which order, in which words.
/// </summary>
public sealed class ExaminationTests
{
    private const string PolicyConstraints = "2.5.29.36";

    private static readonly SpeltCertificate Root = Authority("CN=root", null);
    private static readonly SpeltCertificate Middle = Authority("CN=middle", Root);
    private static readonly X509Extension Constraining = new(PolicyConstraints, [0x30, 0x03, 0x80, 0x01, 0x00], true);

    [Test]
    public void A_good_chain_has_no_finding_and_is_shown()
    {
        using var good = Examination.Run(Subject([Leaf(Middle), Middle]));

        Assert.That((good.Rejection, good.PolicyErrors), Is.EqualTo(((TlsCertificateException?)null, SslPolicyErrors.None)));
        Assert.That(good.Chain.ChainElements, Has.Count.EqualTo(3));
    }

    [Test]
    public void What_is_let_go_twice_is_let_go()
    {
        var good = Examination.Run(Subject([Leaf(Middle), Middle]));

        good.Dispose();
        good.Dispose();
    }

    [Test]
    public void The_platforms_copies_of_certificates_are_let_go_with_it()
    {
        var good = Examination.Run(Subject([Leaf(Middle), Middle]));
        var copies = good.Chain.ChainElements.Select(element => element.Certificate).ToList();
        Assert.That(copies.Select(copy => copy.Handle), Has.None.EqualTo(IntPtr.Zero));

        good.Dispose();

        Assert.That(copies.Select(copy => copy.Handle), Has.All.EqualTo(IntPtr.Zero));
    }

    [Test]
    public void Nothing_is_downloaded_for_a_chain_unless_revocation_is_looked_up([Values] X509RevocationMode mode)
    {
        // None of them says where a list could be had, so nobody is asked.
        var chain = ChainSearch.Run(Subject([Leaf(Middle), Middle], Trust() with { RevocationMode = mode })).Chain!;

        Assert.That(
            (chain.ChainPolicy.RevocationMode, chain.ChainPolicy.DisableCertificateDownloads),
            Is.EqualTo((mode, mode != X509RevocationMode.Online)));
    }

    [Test]
    public void A_chain_is_judged_at_the_time_of_the_examination_whatever_time_a_policy_ignores()
    {
        var policy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck, DisableCertificateDownloads = true,
            VerificationTimeIgnored = true,
        };
        policy.CustomTrustStore.Add(Loaded(Root));

        var search = ChainSearch.Run(Subject([Leaf(Middle), Middle], CertificateVerification.ByPolicy(policy)));

        Assert.That(search.Faults, Is.Empty);
        Assert.That(search.Chain!.ChainPolicy.VerificationTime.ToUniversalTime(), Is.EqualTo(Now.UtcDateTime));
    }

    [TestCase("300601120000Z", "310101000000Z", null)]
    [TestCase("300601120001Z", "310101000000Z", "dates")]
    [TestCase("300101000000Z", "300601120000Z", null)]
    [TestCase("300101000000Z", "300601115959Z", "dates")]
    public void A_certificate_is_valid_from_its_first_second_to_its_last(string from, string to, string? check)
    {
        var leaf = new SpeltCertificate { Issuer = Middle, From = from, To = to, Extensions = [Dns("localhost")] };

        var search = ChainSearch.Run(Subject([leaf, Middle]));

        Assert.That(search.Faults.Select(fault => fault.Check), Is.EqualTo(check is null ? [] : (string[])[check]));
    }

    [Test]
    public void Each_finding_says_in_the_platforms_words_what_kind_of_error_it_is()
    {
        (string Check, SslPolicyErrors Errors, ExaminationSubject Subject)[] cases =
        [
            ("trust", SslPolicyErrors.RemoteCertificateChainErrors, Subject([Leaf(Middle)])),
            ("host name", SslPolicyErrors.RemoteCertificateNameMismatch, Subject([Leaf(Root)], host: "other.example")),
            ("pin", SslPolicyErrors.RemoteCertificateChainErrors, Subject(
                [Leaf(Root)], Trust() with { Pins = [CertificateVerification.PinOf(TestCertificates.OtherRoot)] })),
            ("staple", SslPolicyErrors.RemoteCertificateChainErrors, Subject([Leaf(Root)], Trust() with { Staple = StapleMode.Require })),
        ];
        foreach (var (check, errors, subject) in cases)
        {
            using var examination = Examination.Run(subject);

            Assert.That(
                (examination.Rejection?.Check, examination.PolicyErrors, examination.Findings.Count), Is.EqualTo((check, errors, 1)),
                examination.Rejection?.Message);
        }
    }

    [Test]
    public void What_fails_by_its_chain_and_its_name_says_both_and_pins_are_not_even_looked_at()
    {
        using var examination = Examination.Run(Subject(
            [Leaf(Middle)], Trust() with
            {
                Pins = [CertificateVerification.PinOf(TestCertificates.OtherRoot)], Staple = StapleMode.Require,
            },
            host: "other.example"));

        Assert.That(examination.Findings.Select(one => one.Check), Is.EqualTo((string[])["trust", "host name"]));
        Assert.That(
            examination.PolicyErrors,
            Is.EqualTo(SslPolicyErrors.RemoteCertificateChainErrors | SslPolicyErrors.RemoteCertificateNameMismatch));
        Assert.That(examination.Staple, Is.EqualTo(StapleStatus.None));
    }

    [Test]
    public void A_name_that_cannot_be_read_is_for_nobody_and_says_so_where_the_chain_was_not_looked_at()
    {
        var odd = new SpeltCertificate
        {
            Issuer = Root, Extensions = [new X509Extension("2.5.29.17", [0x30, 0x03, 0x82, 0x05, 0x61], false)],
        };
        var known = Subject([Leaf(Root)]);
        var recall = RecallOf(Leaf(Root));
        using (Examination.Run(known with { Recall = recall }))
        {
        }

        using var examination = Examination.Run(known with { Presented = [Loaded(odd)], Recall = recall });

        Assert.That(recall.Verdict, Is.Not.Null);
        Assert.That((examination.Rejection?.Check, examination.Rejection?.Detail), Is.EqualTo(
            ("host name", "its extension 'subject alternative name' is malformed, so it is for nobody")));
        Assert.That(examination.PolicyErrors, Is.EqualTo(SslPolicyErrors.RemoteCertificateNameMismatch));
        Assert.That(examination.Rejection!.InnerException, Is.InstanceOf<System.Formats.Asn1.AsnContentException>());
    }

    [Test]
    public void A_staple_is_asked_of_a_server_in_a_full_handshake_alone(
        [Values] bool isServer, [Values] bool isResumed, [Values] StapleMode mode)
    {
        var asked = 0;
        using var examination = Examination.Run(Subject([Leaf(Middle), Middle], Trust() with { Staple = mode }) with
        {
            IsServer = isServer, IsResumed = isResumed, Staple = new byte[1],
            CheckStaple = (_, issuer) =>
            {
                asked++;
                Assert.That(issuer.Subject, Is.EqualTo("CN=middle"));
                return StapleStatus.Good;
            },
        });

        var isAsked = !isServer && !isResumed && mode != StapleMode.Off;
        Assert.That((asked, examination.Staple), Is.EqualTo(isAsked ? (1, StapleStatus.Good) : (0, StapleStatus.None)));
        Assert.That(examination.Rejection?.Message, Is.Null);
    }

    [Test]
    public void Nothing_is_stapled_to_a_certificate_that_is_refused_already()
    {
        using var examination = Examination.Run(Subject([Leaf(Root)], Trust() with { Staple = StapleMode.Require }, host: "other.example"));

        Assert.That(examination.Findings.Select(one => one.Check), Is.EqualTo((string[])["host name"]));
    }

    [Test]
    public void Policies_that_do_not_fit_are_a_fault_of_form_where_a_certificate_constrains_them([Values] bool fits)
    {
        var constraining = Authority("CN=constraining", Root, Constraining);
        var search = ChainSearch.Run(Subject([Leaf(constraining), constraining]) with { CheckPolicies = (_, _) => fits });

        Assert.That(search.Faults.Select(one => one.Check), Is.EqualTo(fits ? Array.Empty<string>() : ["form"]));
        Assert.That(
            search.Faults.Select(one => one.Detail), Has.All.EqualTo("the certificate policies along its chain do not fit together"));
    }

    [Test]
    public void Where_nobody_says_how_policies_fit_they_do_not_and_where_none_are_constrained_nobody_is_asked()
    {
        var constraining = Authority("CN=constraining", Root, Constraining);

        var subject = new ExaminationSubject
        {
            Presented = [Loaded(Leaf(constraining)), Loaded(constraining)], Verification = Trust(), Now = Now, Policy = TlsPolicy.Default,
        };

        Assert.That(ChainSearch.Run(subject).Faults, Is.Not.Empty);
        Assert.That(subject.CheckStaple(subject.Leaf, subject.Leaf), Is.EqualTo(StapleStatus.Invalid));
        Assert.That(ChainSearch.Run(Subject([Leaf(Middle), Middle])).Faults, Is.Empty);
    }

    [Test]
    public void Eight_paths_are_tried_and_no_more()
    {
        // Ten certificates of one authority: each leads to the root, and none has policies that fit.
        var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var many = Enumerable.Range(1, 10).Select(i => new SpeltCertificate
        {
            Subject = "CN=many", Issuer = Root, Key = key, Serial = [(byte)i], Extensions = [IsAuthority(), Constraining],
        }).ToArray();
        var judged = 0;

        var search = ChainSearch.Run(Subject([Leaf(many[0]), .. many]) with
        {
            CheckPolicies = (_, _) => judged++ < 0,
        });

        Assert.That((judged, search.Faults[0].Check), Is.EqualTo((ChainSearch.MaxBuilds, "form")));
    }

    [Test]
    public void What_is_wrong_further_up_says_more_than_that_one_of_several_issuers_is_not_the_right_one([Values] bool isWrongFirst)
    {
        var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var over = new SpeltCertificate
        {
            Subject = "CN=twin", Issuer = Root, Key = key, From = "280101000000Z", To = "290101000000Z", Extensions = [IsAuthority()],
        };
        var wrong = Authority("CN=twin", Root);
        var leaf = Leaf(over);

        var search = ChainSearch.Run(Subject(isWrongFirst ? [leaf, wrong, over] : [leaf, over, wrong]));

        Assert.That(search.Faults[0].Check, Is.EqualTo("dates"));
        Assert.That(search.Chain, Is.Not.Null);
    }

    [Test]
    public void Of_several_ways_that_are_wrong_further_up_the_first_is_told()
    {
        var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        SpeltCertificate Over(byte serial, string to) => new()
        {
            Subject = "CN=twin", Issuer = Root, Key = key, Serial = [serial], From = "270101000000Z", To = to, Extensions = [IsAuthority()],
        };
        var (earlier, later) = (Over(1, "280601000000Z"), Over(2, "290101000000Z"));

        var search = ChainSearch.Run(Subject([Leaf(later), earlier, later]));

        Assert.That(search.Faults[0].Check, Is.EqualTo("dates"));
        Assert.That(search.Faults[0].Certificate.NotAfter.ToUniversalTime().Year, Is.EqualTo(2029), "what is valid for longer comes first");
    }

    [Test]
    public void Where_no_way_leads_to_a_root_the_platform_says_how_far_it_came()
    {
        var search = ChainSearch.Run(Subject([Leaf(Middle)]));

        Assert.That(search.Faults[0].Detail, Does.Contain("its issuer 'CN=middle' was not presented"));
        Assert.That(search.Chain, Is.Not.Null);
    }

    [Test]
    public void A_short_key_is_told_behind_what_is_not_trusted_and_a_tiny_one_before_it()
    {
        static SpeltCertificate WithRsa(int bits)
        {
            using var rsa = RSA.Create(bits);
            return new SpeltCertificate { Issuer = Middle, Extensions = [Dns("localhost")], ShownKey = rsa.ExportSubjectPublicKeyInfo() };
        }

        Assert.That(ChainSearch.Run(Subject([WithRsa(1024)])).Faults[0].Check, Is.EqualTo("trust"));
        Assert.That(ChainSearch.Run(Subject([WithRsa(1016)])).Faults[0].Check, Is.EqualTo("key"));
        Assert.That(ChainSearch.Run(Subject([WithRsa(1024), Middle])).Faults[0].Check, Is.EqualTo("key"));
    }

    [Test]
    public void A_leaf_that_is_trusted_may_be_signed_as_weakly_as_its_owner_likes_and_issues_its_own_staple()
    {
        var weak = new SpeltCertificate { Issuer = Root, Algorithm = "1.2.840.10045.4.1", Extensions = [Dns("localhost")] };
        var trust = CertificateVerification.TrustedRoots([Loaded(weak)]) with { Staple = StapleMode.Require };

        using var examination = Examination.Run(Subject([weak], trust) with
        {
            Staple = new byte[1],
            CheckStaple = (leaf, issuer) => leaf.RawData.SequenceEqual(issuer.RawData) ? StapleStatus.Good : StapleStatus.Invalid,
        });

        Assert.That(examination.Rejection?.Message, Is.Null);
    }

    [Test]
    public void A_key_signs_where_its_usage_says_so_and_not_by_any_other_bit()
    {
        foreach (var usage in Enum.GetValues<X509KeyUsageFlags>().Where(one => one != X509KeyUsageFlags.None))
            Assert.That(
                CertificateForm.MaySign(Loaded(Leaf(Root, new X509KeyUsageExtension(usage, true)))),
                Is.EqualTo(usage == X509KeyUsageFlags.DigitalSignature), $"{usage}");
        Assert.That(CertificateForm.MaySign(Loaded(Leaf(Root))), Is.True);
    }

    [Test]
    public void An_extension_that_is_there_twice_is_named_and_a_long_name_is_cut()
    {
        static string? Fault(string oid) => CertificateForm.FaultOf(
            Loaded(Leaf(Root, new X509Extension(oid, [0x05, 0x00], false), new X509Extension(oid, [0x05, 0x00], false))));
        var (whole, longer) = ("1.2" + string.Concat(Enumerable.Repeat(".30", 20)) + ".", "");
        (whole, longer) = (whole + "4", whole + "42");
        Assert.That((whole.Length, longer.Length), Is.EqualTo((65, 66)));

        Assert.That(Fault("1.2.3.4"), Is.EqualTo("its extension 1.2.3.4 is there twice"));
        Assert.That(Fault(whole[..^2]), Does.Contain(whole[..^2] + " is"));
        Assert.That(Fault(whole), Does.Not.Contain(whole));
    }

    [Test]
    public void A_long_name_is_cut_where_it_is_shown()
    {
        var host = PeerName.Parse("localhost", "host");
        static CertificateNames Of(string name) => new([name], []);
        var (plain, odd) = (new string('a', 100), new string(' ', 99) + "a");

        Assert.That(Of(plain).Words(host), Is.EqualTo(plain));
        Assert.That(Of(plain + "b").Words(host), Does.Not.Contain("b"));
        Assert.That(Of(odd).Words(host), Is.EqualTo($"'{odd}'"));
        Assert.That(Of(odd + "b").Words(host), Does.Not.Contain("b"));
    }

    [Test]
    public void A_credential_is_judged_for_the_role_that_presents_it_each_time()
    {
        using var root = new MadeCertificate { Subject = "CN=own root", IsAuthority = true }.Make();
        using var leaf = new MadeCertificate { Issuer = root, Usage = "1.3.6.1.5.5.7.3.1" }.Make();
        var credential = new TlsCredential(leaf);

        for (var round = 0; round < 2; round++)
        {
            Assert.That(OwnCredentials.FaultOf(credential, TlsPolicy.Default, isServer: true), Is.Null);
            Assert.That(
                OwnCredentials.FaultOf(credential, TlsPolicy.Default, isServer: false),
                Does.EndWith("would be refused by a server: its extended key usage does not let it stand for a client"));
        }
    }

    [Test]
    public void A_policys_own_time_counts_and_else_the_clock_to_the_second()
    {
        var clock = new FakeTimeProvider(Now.AddMilliseconds(999));
        var policy = new X509ChainPolicy { VerificationTime = Now.AddDays(7).UtcDateTime };
        var ignored = new X509ChainPolicy { VerificationTime = Now.AddDays(7).UtcDateTime, VerificationTimeIgnored = true };

        Assert.That(ExaminationSubject.TimeOf(Trust(), clock), Is.EqualTo(Now));
        Assert.That(ExaminationSubject.TimeOf(CertificateVerification.ByPolicy(policy), clock), Is.EqualTo(Now.AddDays(7)));
        Assert.That(ExaminationSubject.TimeOf(CertificateVerification.ByPolicy(ignored), clock), Is.EqualTo(Now));
    }

    [Test]
    public void Ways_go_by_the_key_first_then_to_what_is_trusted_then_by_dates_the_longest_first()
    {
        X509Certificate2 Issuer(byte id, string from, string to) => Loaded(new SpeltCertificate
        {
            Subject = "CN=twin", Serial = [id], From = from, To = to,
            Extensions = [IsAuthority(), new X509SubjectKeyIdentifierExtension(id < 10 ? new byte[] { 1 } : [2], false)],
        });
        var (other, early, late, over, anchor) = (
            Issuer(10, "300101000000Z", "350101000000Z"), Issuer(1, "300101000000Z", "310101000000Z"),
            Issuer(2, "300101000000Z", "330101000000Z"), Issuer(3, "290101000000Z", "300601115959Z"),
            Issuer(4, "290101000000Z", "300101000000Z"));
        var leaf = Loaded(new SpeltCertificate
        {
            Issuer = new SpeltCertificate { Subject = "CN=twin" }, Extensions = [new("2.5.29.35", [0x30, 0x03, 0x80, 0x01, 0x01], false)],
        });
        var unborn = Issuer(5, "300601120001Z", "390101000000Z");

        var ways = new CandidatePaths([anchor], [over, other, unborn, early, late], Now).From(leaf).ToList();
        var open = new CandidatePaths([], [over, other, early, late], Now).From(leaf).Select(way => way[1]).ToList();
        var others = new CandidatePaths([], [over, unborn, early], Now).From(leaf).Select(way => way[1]).ToList();

        Assert.That(ways.Select(way => way[^1]), Has.All.SameAs(anchor));
        Assert.That(ways[0], Has.Count.EqualTo(2));
        Assert.That(open.Distinct(), Is.EqualTo(new[] { late, early, over, other }));
        Assert.That(others.Distinct(), Is.EqualTo(new[] { early, unborn, over }));
    }

    [Test]
    public void Who_issues_from_this_second_on_or_up_to_it_comes_before_who_will_be_valid_for_longer()
    {
        X509Certificate2 Issuer(byte id, string from, string to) => Loaded(new SpeltCertificate
        {
            Subject = "CN=twin", Serial = [id], From = from, To = to, Extensions = [IsAuthority()],
        });
        var (unborn, ending, beginning) = (
            Issuer(1, "300601120001Z", "390101000000Z"), Issuer(2, "290101000000Z", "300601120000Z"),
            Issuer(3, "300601120000Z", "310101000000Z"));
        var leaf = Loaded(Leaf(new SpeltCertificate { Subject = "CN=twin" }));

        var ways = new CandidatePaths([], [unborn, ending, beginning], Now).From(leaf).Select(way => way[1]).Distinct();

        Assert.That(ways, Is.EqualTo(new[] { beginning, ending, unborn }));
    }

    [Test]
    public void Two_hundred_and_fifty_six_certificates_are_looked_at_and_no_more()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var many = Enumerable.Range(0, 257).Select(i => Loaded(new SpeltCertificate
        {
            Subject = "CN=many", Issuer = Root, Key = key, Serial = [0x11, (byte)(i / 128), (byte)(i % 128)],
        })).ToList();
        var leaf = Loaded(Leaf(new SpeltCertificate { Subject = "CN=many" }));

        Assert.That(new CandidatePaths([], many, Now).From(leaf).Count(), Is.EqualTo(256));
    }

    [Test]
    public void A_way_that_goes_on_is_no_way_by_itself_where_nobody_knows_the_anchors()
    {
        var ways = new CandidatePaths([], [Loaded(Middle), Loaded(Root)], Now).From(Loaded(Leaf(Middle))).ToList();

        Assert.That(ways.Select(way => way.Count), Is.EqualTo((int[])[3]));
        Assert.That(new CandidatePaths([Loaded(Root)], [], Now).From(Loaded(Leaf(Middle))), Is.Empty);
        Assert.That(new CandidatePaths([], [], Now).From(Loaded(Leaf(Middle))).Single(), Has.Count.EqualTo(1));
    }

    [TestCase("300101000000Z", "310101000000Z", true)]
    [TestCase("20300101000000Z", "20310101000000Z", true)]
    [TestCase("20300101000000.5Z", "20310101000000Z", false)]
    [TestCase("300101000000Z", "203101010000Z", false)]
    [TestCase("300101000000Z", "310101000000+0100", false)]
    public void Dates_are_to_the_second_in_one_of_two_forms(string from, string to, bool isGood)
    {
        var fault = CertificateForm.FaultOf(Loaded(new SpeltCertificate { Issuer = Root, From = from, To = to }));

        Assert.That(fault, isGood ? Is.Null : Does.StartWith("its dates are malformed"));
    }

    [TestCase("30 06 A0 04 30 02 82 00", true, TestName = "Constraints_that_permit")]
    [TestCase("30 0C A0 04 30 02 82 00 A1 04 30 02 82 00", true, TestName = "Constraints_that_permit_and_exclude")]
    [TestCase("30 06 A2 04 30 02 82 00", false, TestName = "Constraints_of_a_third_kind")]
    [TestCase("30 02 A0 00", false, TestName = "Constraints_that_permit_nothing_by_name")]
    [TestCase("30 02 A1 00", false, TestName = "Constraints_that_exclude_nothing_by_name")]
    [TestCase("30 00", false, TestName = "Constraints_that_constrain_nothing")]
    [TestCase("30 04 A0 02 30 00", false, TestName = "Constraints_without_a_name")]
    public void Name_constraints_are_of_two_kinds_and_none_is_empty(string content, bool isGood)
    {
        var bytes = Convert.FromHexString(content.Replace(" ", "", StringComparison.Ordinal));
        var fault = CertificateForm.FaultOf(Loaded(Authority("CN=odd", Root, new X509Extension("2.5.29.30", bytes, true))));

        Assert.That(fault, Is.EqualTo(isGood ? null : "its extension 'name constraints' is malformed"));
    }

    [Test]
    public void What_is_no_name_is_malformed()
    {
        foreach (var odd in (byte[][])[[0x30, 0x02, 0x04, 0x00], [0x30, 0x02, 0x89, 0x00], [0x30, 0x03, 0x82, 0x01, 0x61, 0x00]])
            Assert.That(() => CertificateNames.Of(odd), Throws.InstanceOf<System.Formats.Asn1.AsnContentException>());
        Assert.That(() => CertificateNames.Of([0x30, 0x00]), Throws.InstanceOf<System.Formats.Asn1.AsnContentException>(), "nobody");
        Assert.That(CertificateNames.Of([0x30, 0x02, 0x88, 0x00]).IsEmpty, Is.True, "a registered number is a name, and none of ours");
    }

    [Test]
    public void What_stands_behind_an_extensions_content_makes_it_malformed([Values] bool isThere)
    {
        byte[] usage = [0x03, 0x02, 0x07, 0x80];

        var fault = CertificateForm.FaultOf(Loaded(Leaf(Root, new X509Extension("2.5.29.15", isThere ? [.. usage, 0] : usage, true))));

        Assert.That(fault, Is.EqualTo(isThere ? "its extension 'key usage' is malformed" : null));
    }

    [Test]
    public void A_chain_that_is_too_long_names_the_limit()
    {
        var limits = TlsLimits.Default with { MaxCertificateChainLength = 1 };

        var fault = Assert.Throws<TlsCertificateException>(() => CertificateVerifier.Load(
            [Leaf(Middle).Encoded, Middle.Encoded], limits, new Refusal(IsServer: false, "localhost")))!;

        Assert.That((fault.Check, fault.Limit), Is.EqualTo(("chain length", nameof(TlsLimits.MaxCertificateChainLength))));
    }

    [Test]
    public void A_bare_key_that_is_known_is_refused_where_certificates_alone_are_taken([Values] bool areKeysTaken)
    {
        byte[] key = [1, 2, 3];
        var trust = Trust() with
        {
            RawPublicKeys = [Convert.ToBase64String(SHA256.HashData(key))],
            CertificateTypes = areKeysTaken ? null : [TlsCertificateType.X509],
        };

        Assert.That(
            () => RawKeys.Check(key, trust, Refusal.OfClient),
            areKeysTaken ? Throws.Nothing : Throws.TypeOf<TlsCertificateException>().With.Property("Check").EqualTo("type of certificate"));
    }

    [Test]
    public void A_chain_of_which_one_cannot_be_read_says_which([Values(0, 1, 2)] int bad)
    {
        byte[][] chain = [Leaf(Middle).Encoded, Middle.Encoded, Root.Encoded];
        chain[bad] = [0x30, 0x03, 0x02, 0x01, 0x05];

        var fault = Assert.Throws<TlsCertificateException>(
            () => CertificateVerifier.Load(chain, TlsLimits.Default, new Refusal(IsServer: false, "localhost")))!;

        Assert.That(fault.Check, Is.EqualTo("encoding"));
        Assert.That(
            fault.Message,
            Does.StartWith(
                $"The server's certificate number {bad + 1} of 3{(bad > 0 ? " (the first is 'CN=leaf')" : "")} for 'localhost' fails"));
    }

    [Test]
    public void Where_there_is_no_time_what_may_take_some_is_refused_and_all_else_is_judged(
        [Values] bool isReviewed, [Values] bool isOnline)
    {
        var verification = Trust() with
        {
            Review = isReviewed ? (_, decision) => decision.Complete(null) : null,
            RevocationMode = isOnline ? X509RevocationMode.Online : X509RevocationMode.NoCheck,
        };
        void Check() => CertificateVerifier.CheckNow(Subject([Leaf(Middle), Middle], verification));

        if (isReviewed || isOnline)
            Assert.That(Check, Throws.TypeOf<TlsCertificateException>().With.Property("Check").EqualTo("time"));
        else
            Assert.That(Check, Throws.Nothing);
    }

    [Test]
    public void A_review_of_a_client_that_presented_nothing_is_told_so_and_has_the_last_word([Values] bool isRefused)
    {
        CertificateReview? seen = null;
        var verification = Trust() with
        {
            Review = (review, decision) =>
            {
                seen = review;
                decision.Complete(isRefused ? TlsAlert.AccessDenied : null);
            },
        };
        void Check() => CertificateVerifier.CheckMissing(verification, null, new HandshakeGate());

        if (isRefused)
            Assert.That(Check, Throws.InstanceOf<TlsException>().With.Message.Contains("client"));
        else
            Assert.That(Check, Throws.Nothing);
        Assert.That(
            (seen!.IsServer, seen.PolicyErrors, seen.Certificates.Count),
            Is.EqualTo((true, SslPolicyErrors.RemoteCertificateNotAvailable, 0)));
    }

    [Test]
    public void What_a_review_was_shown_is_let_go_when_it_has_answered([Values] bool isRefused)
    {
        X509Certificate2? shown = null;
        TlsDecision<TlsAlert?>? asked = null;
        var gate = new HandshakeGate();
        CertificateVerifier.Check(
            Subject([Leaf(Middle), Middle], Trust() with
            {
                Review = (review, decision) => (shown, asked) = (review.Chain!.ChainElements[0].Certificate, decision),
            }),
            gate);
        Assert.That(shown!.Handle, Is.Not.EqualTo(IntPtr.Zero));

        asked!.Complete(isRefused ? TlsAlert.AccessDenied : null);
        Assert.That(gate.Open, isRefused ? Throws.InstanceOf<TlsException>() : Throws.Nothing);

        Assert.That(shown.Handle, Is.EqualTo(IntPtr.Zero));
    }

    [Test]
    public void A_credential_is_chosen_by_how_all_that_is_sent_was_signed_but_roots_and_bare_keys()
    {
        using var root = new MadeCertificate { Subject = "CN=own root", IsAuthority = true }.Make();
        using var leaf = new MadeCertificate { Issuer = root }.Make();
        var credential = new TlsCredential(leaf, [root]);

        Assert.That(
            OwnCredentials.SchemesOf(credential), Is.EqualTo(new TlsSignatureScheme?[] { TlsSignatureScheme.EcdsaSecp256r1Sha256 }));
        Assert.That(OwnCredentials.SchemesOf(TlsCredential.FromKey(ECDsa.Create(ECCurve.NamedCurves.nistP256))), Is.Empty);
    }

    [Test]
    public void An_examination_that_fails_elsewhere_fails_the_decision()
    {
        var gate = new HandshakeGate();
        var policy = new X509ChainPolicy { RevocationMode = X509RevocationMode.NoCheck, DisableCertificateDownloads = false };
        var broken = Subject([Leaf(Root)], CertificateVerification.ByPolicy(policy) with { Background = work => work() }) with
        {
            Presented = null!,
        };

        Assert.That(() => CertificateVerifier.Check(broken, gate), Throws.InstanceOf<TlsException>());
    }

    private static CertificateVerification Trust() => CertificateVerification.TrustedRoots([Loaded(Root)]);

    private static Subjected Subject(
        SpeltCertificate[] presented, CertificateVerification? verification = null, string host = "localhost") => new()
    {
        Presented = [.. presented.Select(Loaded)], Verification = verification ?? Trust(), Host = host,
    };

    private static ChainRecall RecallOf(SpeltCertificate leaf) => new(
        [leaf.Encoded], Trust() with
        {
            Memory = new VerdictMemory(TimeSpan.FromHours(1), timeProvider: new FakeTimeProvider(Now)),
        },
        isServer: false, TlsPolicy.Default, Now);

    private static X509Certificate2 Loaded(SpeltCertificate certificate) => X509CertificateLoader.LoadCertificate(certificate.Encoded);

    /// <summary>What a subject is made of, to be changed by a test.</summary>
    private sealed record Subjected
    {
        public required IReadOnlyList<X509Certificate2> Presented { get; init; }

        public required CertificateVerification Verification { get; init; }

        public required string Host { get; init; }

        public bool IsServer { get; init; }

        public bool IsResumed { get; init; }

        public ReadOnlyMemory<byte> Staple { get; init; }

        public Func<X509Certificate2, X509Certificate2, StapleStatus> CheckStaple { get; init; } = (_, _) => StapleStatus.Invalid;

        public Func<IReadOnlyList<X509Certificate2>, DateTimeOffset, bool> CheckPolicies { get; init; } = (_, _) => false;

        public ChainRecall? Recall { get; init; }

        public static implicit operator ExaminationSubject(Subjected one) => new()
        {
            Presented = one.Presented, Verification = one.Verification, Now = SpeltCertificate.Now, Name = PeerName.Parse(one.Host, "host"),
            TargetHost = one.Host, IsServer = one.IsServer, IsResumed = one.IsResumed, Policy = TlsPolicy.Default, Staple = one.Staple,
            CheckStaple = one.CheckStaple, CheckPolicies = one.CheckPolicies, Recall = one.Recall,
        };
    }
}
