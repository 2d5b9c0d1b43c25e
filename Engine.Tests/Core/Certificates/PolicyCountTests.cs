using System.Security.Cryptography.X509Certificates;
using TlsFsm.Core.BouncyCastle.Identity;
using TlsFsm.Fuzz.Handshakes;

namespace TlsFsm.Tests.Core.Certificates;

public sealed class PolicyCountTests
{
    [Test]
    public void A_tree_that_multiplies_is_counted_and_not_made([Values(3, 4)] int each)
    {
        // 3^6 = 729 nodes are made, 4^6 = 4,096 are not.
        var path = Path(levels: 6, each, mapsAll: true);

        Assert.That(PolicyCount.IsBounded(path), Is.EqualTo(each == 3));
    }

    [Test]
    public void Policies_that_are_not_mapped_do_not_multiply() =>
        Assert.That(PolicyCount.IsBounded(Path(levels: 6, each: 60, mapsAll: false)), Is.True);

    [Test]
    public void A_certificate_has_as_many_policies_as_anybody_needs([Values] bool isBeyond)
    {
        var path = Path(levels: 1, PolicyCount.MaxEntries + (isBeyond ? 1 : 0), mapsAll: false);

        Assert.That(PolicyCount.IsBounded(path), Is.EqualTo(!isBeyond));
        Assert.That(PolicyTree.IsValid(path, Identities.Now), Is.EqualTo(!isBeyond));
    }

    /// <summary>From the lowest authority to the root.</summary>
    private static List<X509Certificate2> Path(int levels, int each, bool mapsAll)
    {
        var (issuer, key) = (Identities.Root, Identities.RootSecret);
        List<X509Certificate2> path = [issuer];
        for (var level = 0; level < levels; level++)
        {
            var own = Identities.EcKey($"level {level}");
            issuer = Identities.Authority($"level {level}", own, issuer, request =>
            {
                request.CertificateExtensions.Add(new X509Extension(
                    "2.5.29.32", Sequence(Enumerable.Range(0, each).Select(i => Sequence([Policy(i)]))), critical: false));
                if (mapsAll)
                    request.CertificateExtensions.Add(new X509Extension(
                        "2.5.29.33",
                        Sequence(Enumerable.Range(0, each * each).Select(i => Sequence([Policy(i / each), Policy(i % each)]))),
                            critical: false));
            }, key);
            key = own;
            path.Insert(0, issuer);
        }

        return path;
    }

    private static byte[] Policy(int i) => [6, 4, 0x2A, 3, (byte)(0x81 + i / 100), (byte)(i % 100)];

    private static byte[] Sequence(IEnumerable<byte[]> items)
    {
        byte[] content = [.. items.SelectMany(item => item)];
        return content.Length switch
        {
            < 0x80 => [0x30, (byte)content.Length, .. content],
            < 0x100 => [0x30, 0x81, (byte)content.Length, .. content],
            _ => [0x30, 0x82, (byte)(content.Length >> 8), (byte)content.Length, .. content],
        };
    }
}
