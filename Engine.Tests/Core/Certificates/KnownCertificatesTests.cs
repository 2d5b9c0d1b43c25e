using System.Security.Cryptography.X509Certificates;
using TlsFsm.Abstractions.Words;
using TlsFsm.Core.Certificates;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Core.Certificates;

/// <summary>What was read of certificates is kept, and no verdict on them.</summary>
public sealed class KnownCertificatesTests
{
    [Test]
    public void Only_what_was_on_a_good_chain_is_known()
    {
        using var root = Root();
        using var leaf = Leaf(root);

        Assert.That(Judge(leaf, trusted: TestCertificates.Root), Is.Not.Null);
        Assert.That(KnownCertificates.Has(leaf.RawData), Is.False);

        Assert.That(Judge(leaf, trusted: root)?.Message, Is.Null);
        Assert.That(KnownCertificates.Has(leaf.RawData), Is.True);
    }

    [Test]
    public void A_known_certificate_is_judged_anew_each_time()
    {
        using var root = Root();
        using var leaf = Leaf(root);
        Assert.That(Judge(leaf, trusted: root)?.Message, Is.Null);

        Assert.That(Judge(leaf, trusted: TestCertificates.Root)?.Check, Is.EqualTo("trust"));
        Assert.That(Judge(leaf, trusted: root, now: leaf.NotAfter.AddDays(1))?.Check, Is.EqualTo("dates"));
        Assert.That(Judge(leaf, trusted: root, host: "other.example")?.Check, Is.EqualTo("host name"));
    }

    [Test]
    public void Who_disposes_of_a_known_certificate_has_disposed_of_a_copy()
    {
        using var root = Root();
        using var leaf = X509CertificateLoader.LoadCertificate(Leaf(root).RawData);
        KnownCertificates.Keep([leaf]);

        for (var i = 0; i < 3; i++)
        {
            using var copy = KnownCertificates.Read(leaf.RawData);
            Assert.That(copy.Subject, Is.EqualTo(leaf.Subject));
        }
    }

    [Test]
    public void The_oldest_go_and_what_is_large_is_not_kept()
    {
        var memory = new ContentMemory<string>(capacity: 3, maxSize: 2);
        for (byte i = 0; i < 5; i++)
            memory.Keep([i], () => "kept");
        memory.Keep([1, 2, 3], () => "large");

        Assert.That(memory.Count, Is.EqualTo(3));
        Assert.That(Enumerable.Range(0, 5).Where(i => memory.Find([(byte)i]) is not null), Is.EqualTo([2, 3, 4]));
        Assert.That(memory.Find([1, 2, 3]), Is.Null);
    }

    private static TlsCertificateException? Judge(
        X509Certificate2 leaf, X509Certificate2 trusted, DateTimeOffset? now = null, string host = TestCertificates.Host)
    {
        var verification = CertificateVerification.TrustedRoots([trusted]) with { Memory = null };
        var time = now ?? DateTimeOffset.UtcNow;
        var recall = new ChainRecall([leaf.RawData], verification, isServer: false, TlsPolicy.Default, time);
        using var examination = Examination.Run(new ExaminationSubject
        {
            Presented = recall.Load(new TlsLimits(), new Refusal(IsServer: false, host)), Verification = verification,
            Name = PeerName.Parse(host, "host"), Policy = TlsPolicy.Default, Now = time, Recall = recall,
        });
        return examination.Rejection;
    }

    private static X509Certificate2 Root() => new MadeCertificate { Subject = $"CN=root {Guid.NewGuid()}", IsAuthority = true }.Make();

    private static X509Certificate2 Leaf(X509Certificate2 root) =>
        new MadeCertificate { Issuer = root, Names = [TestCertificates.Host] }.Make();
}
