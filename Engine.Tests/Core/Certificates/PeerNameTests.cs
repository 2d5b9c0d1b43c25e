using System.Globalization;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using TlsFsm.Abstractions.Words;
using TlsFsm.Core.Sessions;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Core.Certificates;

/// <summary>
/// One reading of a name. These run in either globalization mode with the same results: in invariant mode with all other tests, and with
/// ICU in a step of their own (CONTRIBUTING).
/// </summary>
[Category("Names")]
public sealed class PeerNameTests
{
    [TestCase("example.com", "example.com")]
    [TestCase("EXAMPLE.com", "example.com")]
    [TestCase("example.com.", "example.com")]
    [TestCase("localhost", "localhost")]
    [TestCase("_foo.example.com", "_foo.example.com")]
    [TestCase("a_b.example.com", "a_b.example.com")]
    [TestCase("-a.example.com", "-a.example.com")]
    [TestCase("a--b.example.com", "a--b.example.com")]
    [TestCase("3com.example", "3com.example")]
    [TestCase("1.2.3.4.example", "1.2.3.4.example")]
    [TestCase("bücher.example", "xn--bcher-kva.example")]
    [TestCase("BÜCHER.example", "xn--bcher-kva.example")]
    [TestCase("bücher。example", "xn--bcher-kva.example")]
    [TestCase("xn--bcher-kva.example", "xn--bcher-kva.example")]
    [TestCase("XN--BCHER-KVA.example", "xn--bcher-kva.example")]
    [TestCase("straße.example", "xn--strae-oqa.example")]
    [TestCase("日本語.example", "xn--wgv71a119e.example")]
    [TestCase("ПРИВЕТ.example", "xn--b1agh1afp.example")]
    [TestCase("उदाहरण.example", "xn--p1b6ci4b4b3a.example")]
    public void A_name_is_read_one_way(string text, string host)
    {
        var name = PeerName.Parse(text, "host");

        Assert.That((name.Host, name.IsAddress, name.ServerNameIndication), Is.EqualTo((host, false, host)));
    }

    [TestCase("192.0.2.1", "192.0.2.1")]
    [TestCase("192.0.2.1.", "192.0.2.1")]
    [TestCase("::1", "::1")]
    [TestCase("[2001:DB8::1]", "2001:db8::1")]
    [TestCase("2001:db8:0:0::1", "2001:db8::1")]
    [TestCase("fe80::1%eth0", "fe80::1")]
    [TestCase("::ffff:192.0.2.1", "::ffff:192.0.2.1")]
    public void An_address_is_read_as_one_and_names_nobody(string text, string host)
    {
        var name = PeerName.Parse(text, "host");

        Assert.That((name.Host, name.IsAddress, name.ServerNameIndication), Is.EqualTo((host, true, (string?)null)));
    }

    [TestCase("", "is empty")]
    [TestCase(".", "is empty")]
    [TestCase("..", "empty label")]
    [TestCase("www.example.com..", "empty label")]
    [TestCase(".example.com", "empty label")]
    [TestCase("1", "no host name, nor an address")]
    [TestCase("127.1", "no host name, nor an address")]
    [TestCase("0x7f000001", "no host name, nor an address")]
    [TestCase("127.0.0.0x1", "no host name, nor an address")]
    [TestCase("0177.0.0.1", "no host name, nor an address")]
    [TestCase("1.2.3.256", "no host name, nor an address")]
    [TestCase("1.2.3.4.5", "no host name, nor an address")]
    [TestCase("example.123", "no host name, nor an address")]
    [TestCase("*.example.com", "the character '*'")]
    [TestCase("exa mple.com", "the character ' '")]
    [TestCase("example.com:443", "the character ':'")]
    [TestCase("https://example.com", "the character ':'")]
    [TestCase("a\u0000b.example", "the character '\\u0000'")]
    [TestCase("bu\u0308cher.example", "write it composed")]
    [TestCase("ｅxample.com", "which no name has in this form")]
    [TestCase("ﬁsch.example", "which no name has in this form")]
    [TestCase("a\u200Db.example", "which no name has in this form")]
    [TestCase("a\u202Eb.example", "which no name has in this form")]
    [TestCase("☃.example", "which no name has in this form")]
    [TestCase("[example.com]", "the character '['")]
    [TestCase("[192.0.2.1]", "the character '['")]
    public void What_is_no_name_is_the_callers_mistake_and_the_text_says_why(string text, string words)
    {
        var fault = Assert.Throws<ArgumentException>(
            () => BouncyCastleCore.CreateClient(new TlsClientOptions { TargetHost = text }).Dispose());

        Assert.That(fault!.Message, Does.Contain(words));
        Assert.That(fault.Message, Has.No.Member('\u202E').And.No.Member('\0'));
    }

    [Test]
    public void Lengths_are_those_of_DNS()
    {
        var label = new string('a', 63);
        var longest = string.Join('.', label, label, label, new string('b', 61));

        Assert.That(PeerName.Parse(longest, "host").Host, Has.Length.EqualTo(253));
        Assert.That(() => PeerName.Parse(longest + "b", "host"), Throws.ArgumentException.With.Message.Contains("254 bytes"));
        Assert.That(() => PeerName.Parse(label + "a.example", "host"), Throws.ArgumentException.With.Message.Contains("64 bytes"));
        Assert.That(() => PeerName.Parse(new string('ü', 60) + ".example", "host"), Throws.ArgumentException);
        Assert.That(() => PeerName.Parse(new string('ü', 100_000), "host"), Throws.ArgumentException);
    }

    [TestCase("_foo.example.com", "_foo.example.com", true)]
    [TestCase("_foo.example.com", "*.example.com", true)]
    [TestCase("-a.example.com", "*.example.com", true)]
    [TestCase("www.example.com.", "WWW.example.COM", true)]
    [TestCase("xn--bcher-kva.example.com", "*.example.com", true)]
    [TestCase("example.com", "*.com", false)]
    [TestCase("a.example.com", "*", false)]
    [TestCase("a.example.com", "*.*.com", false)]
    [TestCase("a.example.com", "a*.example.com", false)]
    [TestCase("ab.example.com", "*b.example.com", false)]
    [TestCase("a.b.example.com", "*.example.com", false)]
    [TestCase("a.b.example.com", "a.*.example.com", false)]
    [TestCase("example.com", "*.example.com", false)]
    [TestCase("www.example.com", "www.example.com.", false)]
    [TestCase("www.example.com", "www.example.com\0.evil.example", false)]
    [TestCase("192.0.2.1", "192.0.2.1", true)]
    public void A_name_fits_by_RFC_9525(string host, string name, bool fits)
    {
        using var root = new MadeCertificate { Subject = "CN=root", IsAuthority = true }.Make();
        using var leaf = new MadeCertificate { Issuer = root, Names = System.Net.IPAddress.TryParse(name, out _) ? [name] : [], Extensions =
            System.Net.IPAddress.TryParse(name, out _) ? [] : [Alternative(0x82, System.Text.Encoding.ASCII.GetBytes(name))] }.Make();

        var fault = Presenting.To(
            SslProtocols.Tls13, false, CertificateVerification.TrustedRoots([root]), TimeProvider.System, host, leaf);

        Assert.That(fault?.Check, Is.EqualTo(fits ? null : "host name"), fault?.Message);
    }

    [Test]
    public void A_DNS_name_that_looks_like_the_address_is_none_and_the_text_says_so()
    {
        using var root = new MadeCertificate { Subject = "CN=root", IsAuthority = true }.Make();
        using var leaf = new MadeCertificate { Issuer = root, Extensions = [Alternative(0x82, "8.8.8.8"u8.ToArray())] }.Make();

        var fault = Presenting.To(
            SslProtocols.Tls13, false, CertificateVerification.TrustedRoots([root]), TimeProvider.System, "8.8.8.8", leaf);

        Assert.That(fault?.Message, Does.Contain("is not for the address '8.8.8.8' but for the DNS name 8.8.8.8."));
    }

    [Test]
    public void A_name_in_another_form_is_the_same_session_and_the_same_server()
    {
        var forms = new[] { "bücher.example", "BÜCHER.example.", "xn--bcher-kva.example" };
        var keys = forms.Select(form => SessionBinding.Of(new TlsClientOptions { TargetHost = form })).Distinct();
        var names = new TlsServerNames { RefuseUnknown = true };
        names.Set("BÜCHER.example", new TlsServerOptions { Credential = TestCertificates.Server });

        Assert.That(keys.Count(), Is.EqualTo(1));
        Assert.That(names.Names, Is.EqualTo(new[] { "xn--bcher-kva.example" }));
        foreach (var bad in new[] { "127.1", "a..b", "*.*.example", "192.0.2.1" })
            Assert.That(() => names.Set(bad, new TlsServerOptions { Credential = null }), Throws.ArgumentException, bad);
    }

    [Test]
    public void The_globalization_is_the_one_that_was_asked_for()
    {
        var isAsked = Environment.GetEnvironmentVariable("TLSFSM_TESTS_WITH_ICU") == "1";

        // Without ICU nothing is composed, and no order is but that of the numbers.
        Assert.That(string.Compare("a", "B", CultureInfo.InvariantCulture, CompareOptions.None) < 0, Is.EqualTo(isAsked));
    }

    private static X509Extension Alternative(byte tag, byte[] name) =>
        new("2.5.29.17", [0x30, (byte)(name.Length + 2), tag, (byte)name.Length, .. name], critical: false);
}
