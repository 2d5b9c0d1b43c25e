using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using TlsFsm.Core.Certificates;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Core.Certificates;

/// <summary>Which paths are looked for, and what may end one.</summary>
public sealed class ChainSearchTests
{
    private static X509Certificate2 Root => Shared.Root;
    private static X509Certificate2 Middle => Shared.Middle;
    private static X509Certificate2 Leaf => Shared.Leaf;

    [Test]
    public void An_intermediate_that_is_trusted_ends_the_chain([Values] bool isClient, [Values] bool isSent)
    {
        var trust = CertificateVerification.TrustedRoots([Public(Middle)]);

        Assert.That(Fault(trust, isClient, isSent ? [Leaf, Middle] : [Leaf])?.Message, Is.Null);
    }

    [Test]
    public void A_leaf_that_is_trusted_needs_nobody([Values] bool isClient, [Values] bool isAlone) => Assert.That(
        Fault(CertificateVerification.TrustedRoots([Public(Leaf)]), isClient, isAlone ? [Leaf] : [Leaf, Middle])?.Message, Is.Null);

    [Test]
    public void Who_only_has_the_name_of_a_trusted_intermediate_has_signed_nothing()
    {
        using var impostor = Authority("CN=middle", Root);
        using var forged = Server(impostor, hasKeyIdentifier: false);

        var fault = Fault(CertificateVerification.TrustedRoots([Public(Middle)]), isClient: false, forged);

        Assert.That(fault?.Alert, Is.EqualTo(TlsAlert.BadCertificate).Or.EqualTo(TlsAlert.UnknownCa), fault?.Message);
    }

    [Test]
    public void A_trusted_leaf_vouches_for_no_other()
    {
        using var other = new MadeCertificate { Subject = "CN=other", Issuer = Leaf, Names = [TestCertificates.Host] }.Make();

        var fault = Fault(CertificateVerification.TrustedRoots([Public(Leaf)]), isClient: false, other, Leaf);

        Assert.That(fault?.Check, Is.EqualTo("form"), fault?.Message);
    }

    [Test]
    public void A_trusted_intermediate_is_good_within_its_dates_only()
    {
        using var old = Authority("CN=old middle", Root, to: DateTimeOffset.UtcNow.AddDays(-1));
        using var leaf = Server(old);

        var fault = Fault(CertificateVerification.TrustedRoots([Public(old)]), false, leaf);
        Assert.That((fault?.Check, fault?.Certificate?.Subject), Is.EqualTo(("dates", "CN=old middle")), fault?.Message);

        using var late = new MadeCertificate
        {
            Issuer = Middle, Names = [TestCertificates.Host], To = DateTimeOffset.UtcNow.AddDays(-1),
        }.Make();
        Assert.That(Fault(CertificateVerification.TrustedRoots([Public(late)]), false, late)?.Check, Is.EqualTo("dates"));
    }

    [Test]
    public void Of_two_roots_of_one_name_the_right_one_is_found([Values] bool isWrongFirst, [Values] bool isLinked)
    {
        using var wrong = Authority("CN=twin", null, hasKeyIdentifier: isLinked);
        using var right = Authority("CN=twin", null, hasKeyIdentifier: isLinked);
        using var leaf = Server(right, isLinked);
        X509Certificate2[] roots = isWrongFirst ? [wrong, right] : [right, wrong];

        Assert.That(Fault(CertificateVerification.TrustedRoots([.. roots.Select(Public)]), false, leaf)?.Message, Is.Null);
    }

    [Test]
    public void A_way_to_a_root_that_is_not_trusted_spoils_no_good_one([Values] bool isBadFirst)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var distrusted = Authority("CN=distrusted", null);
        using var good = Authority("CN=crossed", Root, key: key);
        using var bad = Authority("CN=crossed", distrusted, key: key);
        using var leaf = Server(good);
        X509Certificate2[] chain = isBadFirst ? [leaf, bad, distrusted, good] : [leaf, good, bad, distrusted];

        Assert.That(Fault(CertificateVerification.TrustedRoots([Public(Root)]), false, chain)?.Message, Is.Null);
        Assert.That(Fault(ByPolicy(Root), false, chain)?.Message, Is.Null);
    }

    [Test]
    public void An_expired_way_spoils_no_good_one([Values] bool isBadFirst)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var good = Authority("CN=renewed", Root, key: key);
        using var old = Authority("CN=renewed", Root, key: key, to: DateTimeOffset.UtcNow.AddDays(-1));
        using var leaf = Server(good);

        Assert.That(
            Fault(CertificateVerification.TrustedRoots([Public(Root)]), false, isBadFirst ? [leaf, old, good] : [leaf, good, old])?.Message,
            Is.Null);
    }

    [Test]
    public void A_weak_way_spoils_no_sound_one([Values] bool isBadFirst)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var good = Authority("CN=resigned", Root, key: key);
        using var weak = new MadeCertificate
        {
            Subject = "CN=resigned", Issuer = Root, IsAuthority = true, Key = key,
            Algorithm = [0x30, 0x09, 0x06, 0x07, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x04, 0x01],
        }.Make();
        using var leaf = Server(good);
        var trust = CertificateVerification.TrustedRoots([Public(Root)]);

        Assert.That(Fault(trust, false, isBadFirst ? [leaf, weak, good] : [leaf, good, weak])?.Message, Is.Null);
        var fault = Fault(trust, false, leaf, weak);
        Assert.That((fault?.Check, fault?.Certificate?.Subject), Is.EqualTo(("signature", "CN=resigned")), fault?.Message);
    }

    [Test]
    public void However_many_ways_there_are_only_some_are_tried()
    {
        var authorities = Enumerable.Range(0, 9).Select(_ => Authority("CN=one of many", Root, hasKeyIdentifier: false)).ToArray();
        using var stranger = Authority("CN=one of many", Root, hasKeyIdentifier: false);
        using var leaf = Server(stranger, hasKeyIdentifier: false);
        var roots = Enumerable.Range(0, 20).Select(_ => Authority("CN=root", null, hasKeyIdentifier: false)).ToArray();

        var watch = System.Diagnostics.Stopwatch.StartNew();
        var fault = Fault(CertificateVerification.TrustedRoots([.. roots]), false, [leaf, .. authorities]);

        Assert.That(fault, Is.Not.Null);
        Assert.That(ChainSearch.MaxBuilds, Is.EqualTo(8));
        Assert.That(watch.Elapsed, Is.LessThan(TimeSpan.FromSeconds(20)), "not 180 chains");
        foreach (var one in authorities.Concat(roots))
            one.Dispose();
    }

    [Test]
    public void A_wildcard_does_not_reach_into_what_its_authority_may_not_sign_for([Values] bool isExcluded)
    {
        byte[] name = [0x82, 16, .. "test.example.com"u8];
        byte[] tree = [0xA1, (byte)(name.Length + 2), 0x30, (byte)name.Length, .. name];
        using var constrained = new MadeCertificate
        {
            Subject = "CN=constrained", Issuer = Root, IsAuthority = true,
            Extensions = isExcluded ? [new X509Extension("2.5.29.30", [0x30, (byte)tree.Length, .. tree], critical: true)] : [],
        }.Make();
        using var leaf = new MadeCertificate { Issuer = constrained, Names = ["*.example.com"] }.Make();

        var fault = Presenting.To(
            SslProtocols.Tls13, false, CertificateVerification.TrustedRoots([Public(Root)]), TimeProvider.System, "test.example.com", leaf,
            constrained);

        Assert.That(fault?.Check, Is.EqualTo(isExcluded ? "form" : null), fault?.Message);
    }

    private static CertificateVerification ByPolicy(X509Certificate2 root)
    {
        var policy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck, DisableCertificateDownloads = true,
        };
        policy.CustomTrustStore.Add(root);
        return CertificateVerification.ByPolicy(policy);
    }

    private static TlsCertificateException? Fault(CertificateVerification trust, bool isClient, params X509Certificate2[] chain) =>
        Presenting.To(SslProtocols.Tls13, isClient, trust, chain);

    private static X509Certificate2 Authority(
        string subject, X509Certificate2? issuer, bool hasKeyIdentifier = true, DateTimeOffset? to = null, ECDsa? key = null) =>
        new MadeCertificate
        {
            Subject = subject, Issuer = issuer, IsAuthority = true, HasKeyIdentifier = hasKeyIdentifier, Key = key,
            To = to ?? DateTimeOffset.UtcNow.AddDays(80),
        }.Make();

    private static X509Certificate2 Server(X509Certificate2 issuer, bool hasKeyIdentifier = true) =>
        new MadeCertificate { Issuer = issuer, Names = [TestCertificates.Host], HasKeyIdentifier = hasKeyIdentifier }.Make();

    private static X509Certificate2 Public(X509Certificate2 certificate) => X509CertificateLoader.LoadCertificate(certificate.RawData);

    /// <summary>Made once, and shared by all tests: nobody disposes of them.</summary>
    private static class Shared
    {
        public static readonly X509Certificate2 Root = Authority("CN=root", null);
        public static readonly X509Certificate2 Middle = Authority("CN=middle", Root);
        public static readonly X509Certificate2 Leaf = Server(Middle);
    }
}
