using System.Net;
using System.Security.Cryptography.X509Certificates;
using TlsFsm.Abstractions.Words;
using TlsFsm.Core.Certificates;
using static TlsFsm.Tests.Core.Certificates.SpeltCertificate;

namespace TlsFsm.Tests.Core.Certificates;

/// <summary>What single questions about a certificate are answered, at the edges of each.</summary>
public sealed class CertificatePartsTests
{
    private const string TlsFeature = "1.3.6.1.5.5.7.1.24";
    private const string ServerUsage = "1.3.6.1.5.5.7.3.1";
    private const string ClientUsage = "1.3.6.1.5.5.7.3.2";

    private static readonly SpeltCertificate Root = Authority("CN=root", null);

    [TestCase(new byte[] { 0x30, 0x03, 0x02, 0x01, 0x05 }, true, TestName = "Of_features_status_request_demands_a_staple")]
    [TestCase(new byte[] { 0x30, 0x06, 0x02, 0x01, 0x11, 0x02, 0x01, 0x05 }, true, TestName = "Also_behind_another_feature")]
    [TestCase(new byte[] { 0x30, 0x03, 0x02, 0x01, 0x11 }, false, TestName = "Another_feature_demands_none")]
    [TestCase(new byte[] { 0x30, 0x03, 0x02, 0x01, 0x04 }, false, TestName = "Nor_does_a_number_below")]
    [TestCase(new byte[] { 0x30, 0x03, 0x02, 0x01, 0x06 }, false, TestName = "Nor_does_a_number_above")]
    [TestCase(new byte[] { 0x30, 0x00 }, false, TestName = "No_features_demand_none")]
    [TestCase(new byte[] { 0x05, 0x00 }, true, TestName = "What_cannot_be_read_is_no_excuse")]
    public void A_staple_is_demanded_by_the_extension_alone(byte[] content, bool isDemanded)
    {
        Assert.That(MustStaple.IsDemandedBy(Loaded(Leaf(Root, new X509Extension(TlsFeature, content, false)))), Is.EqualTo(isDemanded));
        Assert.That(MustStaple.IsDemandedBy(Loaded(Leaf(Root))), Is.False);
    }

    [Test]
    public void A_usage_is_permitted_by_name_by_any_or_by_silence()
    {
        Assert.That(Usages.Of(isPeerServer: true), Is.EqualTo(ServerUsage));
        Assert.That(Usages.Of(isPeerServer: false), Is.EqualTo(ClientUsage));
        Assert.That(Usages.Permit(Loaded(Leaf(Root)), ServerUsage), Is.True);
        Assert.That(Usages.Permit(Loaded(Leaf(Root, Usage(ClientUsage, ServerUsage))), ServerUsage), Is.True);
        Assert.That(Usages.Permit(Loaded(Leaf(Root, Usage("2.5.29.37.0"))), ServerUsage), Is.True);
        Assert.That(Usages.Permit(Loaded(Leaf(Root, Usage(ClientUsage))), ServerUsage), Is.False);
        Assert.That(Usages.Permit(Loaded(Leaf(Root, Usage(ClientUsage, "1.2.3"))), ServerUsage), Is.False);
    }

    [Test]
    public void A_refusal_says_whose_certificate_it_is()
    {
        Assert.That((Refusal.OfClient.IsServer, Refusal.OfClient.Owner, Refusal.OfClient.Host), Is.EqualTo((true, "client", (string?)null)));
        Assert.That(new Refusal(IsServer: false, "a.example").Owner, Is.EqualTo("server"));
    }

    [Test]
    public void A_credential_is_current_from_its_first_second_to_its_last_and_so_is_all_that_is_sent_along()
    {
        var leaf = Loaded(Leaf(Root));
        var early = Loaded(new SpeltCertificate { Subject = "CN=middle", Issuer = Root, From = "291201000000Z", To = "300301000000Z" });
        var (from, to) = (new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero), new DateTimeOffset(2031, 1, 1, 0, 0, 0, TimeSpan.Zero));
        TlsCredential Credential(params X509Certificate2[] along) =>
            new(leaf, new NoSigner(), [.. along]) { DangerousPresentUnfit = true };

        Assert.That(OwnCredentials.IsCurrent(Credential(), from), Is.True);
        Assert.That(OwnCredentials.IsCurrent(Credential(), from.AddSeconds(-1)), Is.False);
        Assert.That(OwnCredentials.IsCurrent(Credential(), to), Is.True);
        Assert.That(OwnCredentials.IsCurrent(Credential(), to.AddSeconds(1)), Is.False);
        Assert.That(OwnCredentials.IsCurrent(Credential(early), new DateTimeOffset(2030, 3, 1, 0, 0, 0, TimeSpan.Zero)), Is.True);
        Assert.That(OwnCredentials.IsCurrent(Credential(early), new DateTimeOffset(2030, 3, 1, 0, 0, 1, TimeSpan.Zero)), Is.False);
    }

    [Test]
    public void Names_are_shown_as_they_are_unless_they_could_be_taken_for_something_else()
    {
        var (host, address) = (PeerName.Parse("localhost", "host"), PeerName.Parse("192.0.2.1", "host"));
        var mixed = new CertificateNames(["a.example", "192.0.2.7"], [IPAddress.Parse("192.0.2.9")]);

        Assert.That(mixed.Words(host), Is.EqualTo("a.example, 192.0.2.7, the address 192.0.2.9"));
        Assert.That(mixed.Words(address), Is.EqualTo("a.example, the DNS name 192.0.2.7, 192.0.2.9"));
        Assert.That(new CertificateNames([], []).Words(host), Is.EqualTo("no name at all"));
        foreach (var plain in (string[])["a-b", "_sip.x", "*.x", "A1"])
            Assert.That(new CertificateNames([plain], []).Words(host), Is.EqualTo(plain));
        foreach (var odd in (string[])["", "x.", "a b", "a,b", "b\u00FCcher"])
            Assert.That(new CertificateNames([odd], []).Words(host), Does.StartWith("'").And.EndsWith("'"));
    }

    [Test]
    public void Ten_names_are_shown_and_of_more_that_there_are_more()
    {
        var host = PeerName.Parse("localhost", "host");
        CertificateNames Of(int dns, int addresses) => new(
            [.. Enumerable.Range(0, dns).Select(i => $"n{i}")], [.. Enumerable.Range(0, addresses).Select(i => new IPAddress(i))]);

        Assert.That(Of(10, 0).Words(host), Does.EndWith(", n9"));
        Assert.That(Of(11, 0).Words(host), Does.EndWith(", n9, ...").And.Not.Contains("n10"));
        Assert.That(Of(9, 1).Words(host), Does.EndWith(", the address 0.0.0.0"));
        Assert.That(Of(9, 2).Words(host), Does.EndWith(", the address 0.0.0.0, ..."));
    }

    [Test]
    public void A_certificate_for_nobody_has_neither_names_nor_addresses()
    {
        Assert.That(new CertificateNames([], []).IsEmpty, Is.True);
        Assert.That(new CertificateNames(["a"], []).IsEmpty, Is.False);
        Assert.That(new CertificateNames([], [IPAddress.Loopback]).IsEmpty, Is.False);
        Assert.That(CertificateNames.Of(Loaded(Authority("CN=nameless", Root))).IsEmpty, Is.True);
    }

    [Test]
    public void What_is_kept_of_contents_is_found_by_equal_ones_and_the_oldest_goes_first()
    {
        var memory = new ContentMemory<string>(capacity: 2, maxSize: 3);

        memory.Keep([1], () => "one");
        memory.Keep([1], () => throw new AssertionException("It is there."));
        memory.Keep([1, 2, 3], () => "three");
        memory.Keep([1, 2, 3, 4], () => throw new AssertionException("It is too large."));
        Assert.That((memory.Find([1]), memory.Find([1, 2, 3]), memory.Count), Is.EqualTo(("one", "three", 2)));
        Assert.That(memory.Find([1, 2, 3, 4]), Is.Null);
        memory.Keep([2], () => "two");

        Assert.That((memory.Find([1, 2, 3]), memory.Find([2]), memory.Count), Is.EqualTo(("three", "two", 2)));
        Assert.That(memory.Find([1]), Is.Null);
    }

    [Test]
    public void A_wildcard_reaches_into_what_is_excluded_below_it_and_into_nothing_else()
    {
        string? Reached(string excluded, params string[] names) => WildcardConstraints.FindIn(
            new CertificateNames(names, []), [Loaded(Authority("CN=plain", Root)), Excluding(excluded)]);

        Assert.That(Reached("test.example.com", "*.example.com"), Is.EqualTo("*.example.com"));
        Assert.That(Reached("a.test.example.com", "*.other.example", "*.EXAMPLE.com"), Is.EqualTo("*.EXAMPLE.com"));
        Assert.That(Reached(".example.com", "*.example.com"), Is.EqualTo("*.example.com"));
        Assert.That(Reached("test.example.com", "test.example.com"), Is.Null);
        Assert.That(Reached("testexample.com", "*.example.com"), Is.Null);
        Assert.That(Reached("test.example.org", "*.example.com"), Is.Null);
        Assert.That(Reached("", "*.example.com"), Is.Null);
    }

    [Test]
    public void What_an_authority_permits_excludes_nothing()
    {
        var permitting = Loaded(Authority("CN=permitting", Root, Constraints([DnsName("test.example.com")], null)));
        var both = Loaded(Authority(
            "CN=both", Root, Constraints([DnsName("example.com")], [SpeltCertificate.Named(7, new byte[8]), DnsName("test.example.com")])));
        var names = new CertificateNames(["*.example.com"], []);

        Assert.That(WildcardConstraints.FindIn(names, [permitting]), Is.Null);
        Assert.That(WildcardConstraints.FindIn(names, [permitting, both]), Is.EqualTo("*.example.com"));
    }

    [Test]
    public void What_is_longer_than_a_host_name_stands_for_none_and_what_stands_at_its_end_is_looked_at()
    {
        var suffix = string.Concat(Enumerable.Repeat(".abcdefghi", 25)) + ".xy";
        string? Reached(string name) => WildcardConstraints.FindIn(
            new CertificateNames([name], []), [Excluding(new string('a', 300) + name[1..])]);

        Assert.That(Reached("*" + suffix), Is.EqualTo("*" + suffix), "254 letters");
        Assert.That(Reached("*" + suffix + "z"), Is.Null, "255 letters");
    }

    private static X509Certificate2 Excluding(string name) =>
        Loaded(Authority("CN=excluding", Root, Constraints(null, [DnsName(name)])));

    private static byte[] DnsName(string name) => SpeltCertificate.Named(2, name.Select(c => (byte)c));

    private static X509Certificate2 Loaded(SpeltCertificate certificate) => X509CertificateLoader.LoadCertificate(certificate.Encoded);

    private sealed class NoSigner : ITlsSigner
    {
        public void Sign(TlsSignatureScheme scheme, ReadOnlyMemory<byte> hash, TlsDecision<ReadOnlyMemory<byte>> decision) =>
            throw new AssertionException("Nothing is signed here.");
    }
}
