using System.Formats.Asn1;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using TlsFsm.Tests.Support;
using static TlsFsm.Tests.Core.Certificates.SpeltCertificate;

namespace TlsFsm.Tests.Core.Certificates;

/// <summary>Who presents what, to whom, and which check refuses it.</summary>
/// <param name="Name">What is odd about it.</param>
/// <param name="Check">The check that refuses it; null where it is accepted.</param>
/// <param name="Chain">What is presented, leaf first.</param>
internal sealed record OddCase(string Name, string? Check, params byte[][] Chain)
{
    /// <summary>What is trusted.</summary>
    public byte[][] Trust { get; init; } = [OddCertificates.Root.Encoded];

    public string Host { get; init; } = TestCertificates.Host;

    /// <summary>Whether it is about names, which only a client looks at.</summary>
    public bool IsForClients { get; init; }

    /// <summary>Whether it has no name, with which no client would be content.</summary>
    public bool IsForServers { get; init; }

    public override string ToString() => Name;
}

/// <summary>Certificates as the field has them, and as nobody should: names, constraints, dates, keys, paths.</summary>
internal static class OddCertificates
{
    private const string ServerUsage = "1.3.6.1.5.5.7.3.1";
    private const string ClientUsage = "1.3.6.1.5.5.7.3.2";
    private const string AnyUsage = "2.5.29.37.0";

    public static readonly SpeltCertificate Root = Authority("CN=root", null);
    private static readonly SpeltCertificate Middle = Authority("CN=middle", Root);

    public static IEnumerable<OddCase> All => [.. OfNames, .. OfConstraints, .. OfForm, .. OfDates, .. OfUsage, .. OfStrength, .. OfPaths];

    private static IEnumerable<OddCase> OfNames =>
    [
        Named("a U-label for its A-label", null, "bücher.example", Dns("xn--bcher-kva.example")),
        Named("a U-label in capitals, with a dot at its end", null, "BÜCHER.example.", Dns("xn--bcher-kva.example")),
        Named("a U-label for another A-label", "host name", "bücher.example", Dns("xn--bcher-kvb.example")),
        Named("a U-label inside of the certificate", "form", "bücher.example", Dns("b\u00FCcher.example")),
        Named("a dot at the end of the host", null, "localhost.", Dns("localhost")),
        Named("a dot at the end of the certificate's name", "host name", "localhost", Dns("localhost.")),
        Named("capitals in the certificate", null, "localhost", Dns("LOCALHOST")),
        Named("an underscore", null, "_sip.example.com", Dns("_sip.example.com")),
        Named("an underscore under a wildcard", null, "_sip.example.com", Dns("*.example.com")),
        Named("a wildcard for two labels", "host name", "a.b.example.com", Dns("*.example.com")),
        Named("a wildcard for no label", "host name", "example.com", Dns("*.example.com")),
        Named("a wildcard in a part of a label", "host name", "foo.example.com", Dns("f*.example.com", "*o.example.com")),
        Named("a wildcard in the second label", "host name", "a.b.example.com", Dns("a.*.example.com")),
        Named("two wildcards", "host name", "a.b.example.com", Dns("*.*.example.com")),
        Named("a wildcard alone", "host name", "localhost", Dns("*", "*.")),
        Named("a wildcard for all of com", "host name", "example.com", Dns("*.com", "*.com.")),
        Named("a wildcard before an A-label", null, "www.bücher.example", Dns("*.xn--bcher-kva.example")),
        Named("a wildcard in an A-label", "host name", "bücher.example", Dns("xn--*.example", "*cher-kva.example")),
        Named("a wildcard for an A-label", null, "bücher.example.com", Dns("*.example.com")),
        Named("a common name alone", "host name", "leaf", Names(SpeltCertificate.Named(1, "a@leaf"u8.ToArray()))),
        Named("no name at all", "host name", "leaf"),
        Named("a zero in the name", "host name", "localhost", Dns("localhost\0.evil.example")),
        Named("a zero behind the name", "host name", "localhost", Dns("localhost\0")),
        Named("a blank behind the name", "host name", "localhost", Dns("localhost ")),
        Named("the name as a URI and as an e-mail address", "host name", "localhost",
            Names(SpeltCertificate.Named(6, "https://localhost/"u8.ToArray()), SpeltCertificate.Named(1, "localhost"u8.ToArray()))),
        Named("an empty list of names", "form", "localhost", new X509Extension("2.5.29.17", [0x30, 0x00], false)),
        Named("an empty name", "host name", "localhost", Dns("")),
        Named("an IPv6 address with a zone", null, "fe80::1%eth0", Address("fe80::1")),
        Named("an IPv6 address in brackets and capitals", null, "[2001:DB8::1]", Address("2001:db8::1")),
        Named("an IPv4 address in the form of IPv6 for IPv4", "host name", "::ffff:192.0.2.1", Address("192.0.2.1")),
        Named("an IPv4 address in the form of IPv6 for the same", null, "::ffff:192.0.2.1", Address("::ffff:192.0.2.1")),
        Named("an address as a DNS name", "host name", "192.0.2.1", Dns("192.0.2.1")),
        Named("an address under a wildcard", "host name", "192.0.2.1", Dns("*.0.2.1")),
        Named("an IPv6 address as a DNS name", "host name", "::1", Dns("::1", "[::1]")),
        Named("a network in place of an address", "form", "192.0.2.1",
            Names(SpeltCertificate.Named(7, new byte[] { 192, 0, 2, 0, 255, 255, 255, 0 }))),
    ];

    private static IEnumerable<OddCase> OfConstraints =>
    [
        Constrained("permitted by case", null, "www.example.com", [DnsName("EXAMPLE.com")], null, Dns("www.example.com")),
        Constrained("excluded by case", "form", "www.example.com", null, [DnsName("EXAMPLE.com")], Dns("www.example.com")),
        Constrained("excluded, capitals in the leaf", "form", "www.example.com", null, [DnsName("example.com")], Dns("WWW.Example.COM")),
        Constrained("excluded beside a name that is not", "form", "www.example.org", null, [DnsName("example.com")],
            Dns("www.example.org", "www.example.com")),
        Constrained("not permitted", "form", "localhost", [DnsName("example.com")], null, Dns("localhost")),
        Constrained("permitted by a part of a label", "form", "badexample.com", [DnsName("example.com")], null, Dns("badexample.com")),
        Constrained("a wildcard within the permitted", null, "a.example.com", [DnsName("example.com")], null, Dns("*.example.com")),
        Constrained("a wildcard around the permitted", "form", "a.example.com", [DnsName("a.example.com")], null, Dns("*.example.com")),
        Constrained("a wildcard around the excluded", "form", "b.example.com", null, [DnsName("a.example.com")], Dns("*.example.com")),
        Constrained(
            "an address within the permitted", null, "192.0.2.7", [Network("192.0.2.0", "255.255.255.0")], null, Address("192.0.2.7")),
        Constrained("an address outside of the permitted", "form", "198.51.100.7", [Network("192.0.2.0", "255.255.255.0")], null,
            Address("198.51.100.7")),
        Constrained("an address within the excluded", "form", "192.0.2.7", null, [Network("0.0.0.0", "0.0.0.0")], Address("192.0.2.7")),
        Constrained("an address where DNS names are constrained", null, "192.0.2.7", [DnsName("example.com")], null, Address("192.0.2.7")),
        Constrained("URIs constrained, and none there", null, "localhost", null, [SpeltCertificate.Named(6, "example.com"u8.ToArray())],
            Dns("localhost")),
        Constrained("all DNS names excluded", "form", "localhost", null, [DnsName("")], Dns("localhost")),
    ];

    private static IEnumerable<OddCase> OfForm =>
    [
        new("an unknown critical extension in the leaf", "form", Leaf(Middle, UnknownCritical()).Encoded, Middle.Encoded),
        Above("an unknown critical extension in an intermediate", "form", Authority("CN=odd", Root, UnknownCritical())),
        Above("a negative serial number", null, new SpeltCertificate
        {
            Subject = "CN=odd", Issuer = Root, Serial = [0x80, 0x01], Extensions = [IsAuthority()],
        }),
        new("a serial number of zero and one of 40 bytes", null,
            new SpeltCertificate { Issuer = Middle, Serial = [0], Extensions = [Dns("localhost")] }.Encoded,
            new SpeltCertificate
            {
                Subject = "CN=middle", Issuer = Root, Key = Middle.Key, Serial = [.. Enumerable.Repeat((byte)0x55, 40)],
                Extensions = [IsAuthority()],
            }.Encoded),
        new("a leaf of version 1", null, new SpeltCertificate { Issuer = Root, Version = null }.Encoded) { IsForServers = true },
        Above("an intermediate of version 1", "form", new SpeltCertificate { Subject = "CN=odd", Issuer = Root, Version = null }),
        new("an intermediate without basic constraints", "form", UnderOdd(NotAuthority), NotAuthority.Encoded),
        new("an intermediate that is no authority", "form", UnderOdd(Denying), Denying.Encoded),
        new("an intermediate that may sign no certificates", "form", UnderOdd(Unused), Unused.Encoded),
        new("two algorithms for one signature", "signature",
            new SpeltCertificate { Issuer = Root, OuterAlgorithm = "1.2.840.10045.4.3.3", Extensions = [Dns("localhost")] }.Encoded),
        new("bytes behind the certificate", "form",
            new SpeltCertificate { Issuer = Root, Tail = [0, 0], Extensions = [Dns("localhost")] }.Encoded),
        new("no certificate", "encoding", [0x30, 0x03, 0x02, 0x01, 0x05]),
        new("an intermediate that is no certificate", "encoding", Leaf(Root).Encoded, [0x30, 0x03, 0x02, 0x01, 0x05]),
        new("a certificate that is cut", "encoding", Leaf(Root).Encoded[..^10]),
    ];

    private static IEnumerable<OddCase> OfDates =>
    [
        new("put to use next year", "dates", Dated("310101000000Z", "320101000000Z")),
        new("over a year ago", "dates", Dated("280101000000Z", "290101000000Z")),
        new("over before it began", "dates", Dated("310101000000Z", "290101000000Z")),
        new("good for ever", null, Dated("300101000000Z", "99991231235959Z")),
        new("of the last century", null, Dated("500101000000Z", "310101000000Z")),
        new("a GeneralizedTime before 2050", null, Dated("20300101000000Z", "20310101000000Z")),
        new("a time with fractions of a second", "form", Dated("20300101000000.5Z", "20310101000000Z")),
        new("a time without seconds", "form", Dated("300101000000Z", "203101010000Z")),
        new("a time in another zone", "form", Dated("300101000000Z", "310101000000+0100")),
        new("an intermediate that is over", "dates", UnderOdd(Over), Over.Encoded),
        new("a root that is over", "dates", new SpeltCertificate { Issuer = OldRoot, Extensions = [Dns("localhost")] }.Encoded)
        { Trust = [OldRoot.Encoded] },
    ];

    private static IEnumerable<OddCase> OfUsage =>
    [
        new("any extended key usage", null, Leaf(Root, Usage(AnyUsage)).Encoded),
        new("no extended key usage", null, Leaf(Root).Encoded),
        new("both extended key usages", null, Leaf(Root, Usage(ClientUsage, ServerUsage)).Encoded),
        new("an extended key usage of something else", "usage", Leaf(Root, Usage("1.3.6.1.5.5.7.3.3")).Encoded),
        Above("an intermediate for something else", "usage", Authority("CN=odd", Root, Usage("1.3.6.1.5.5.7.3.4"))),
        Above("an intermediate for anything", null, Authority("CN=odd", Root, Usage(AnyUsage))),
        new("a key for agreement alone", "usage", Leaf(Root, new X509KeyUsageExtension(X509KeyUsageFlags.KeyAgreement, true)).Encoded),
        new("a key for certificates and signatures", null,
            Leaf(Root, new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.DigitalSignature, true)).Encoded),
    ];

    private static IEnumerable<OddCase> OfStrength =>
    [
        new("RSA of 16,384 bits", "key", WithKey(Rsa(2048, 65537))),
        new("RSA of 2,048 bits", null, WithKey(Rsa(256, 65537))),
        new("RSA with the exponent 3", null, WithKey(Rsa(256, 3))),
        new("RSA with the exponent 1", "key", WithKey(Rsa(256, 1))),
        new("P-224", "key", WithKey(Ec("1.3.132.0.33", 28))),
        new("brainpoolP256r1", "key", WithKey(Ec("1.3.36.3.3.2.8.1.1.7", 32))),
        new("secp256k1", "key", WithKey(Ec("1.3.132.0.10", 32))),
        new("a point that is not on its curve", "key", WithKey(Ec("1.2.840.10045.3.1.7", 32))),
        new("Ed448", "key", WithKey(Info("1.3.101.113", null, new byte[57]))),
        new("X25519, which signs nothing", "key", WithKey(Info("1.3.101.110", null, new byte[32]))),
        new("ECDSA and SHA-1 on the leaf", "signature", new SpeltCertificate
        {
            Issuer = Root, Algorithm = "1.2.840.10045.4.1", Extensions = [Dns("localhost")],
        }.Encoded),
        Above("ECDSA and SHA-1 on an intermediate", "signature", new SpeltCertificate
        {
            Subject = "CN=odd", Issuer = Root, Algorithm = "1.2.840.10045.4.1", Extensions = [IsAuthority()],
        }),
        Above("a signature of a kind that nobody knows on an intermediate", "signature", new SpeltCertificate
        {
            Subject = "CN=odd", Issuer = Root, Algorithm = "1.2.3.4", Extensions = [IsAuthority()],
        }),
        new("ECDSA and SHA-1 on the root", null, Leaf(Sha1Root).Encoded) { Trust = [Sha1Root.Encoded] },
    ];

    private static IEnumerable<OddCase> OfPaths
    {
        get
        {
            // Whose second authority is one too many, is itself again, or is just within the bound.
            var none = Linked(new SpeltCertificate { Subject = "CN=none below", Issuer = Root, Extensions = [IsAuthority(0)] });
            var below = Authority("CN=below", none);
            var again = Linked(new SpeltCertificate { Subject = "CN=none below", Issuer = none, Extensions = [IsAuthority()] });
            yield return new("an authority too many", "form", Leaf(below).Encoded, below.Encoded, none.Encoded);
            yield return new("an authority that signs for itself anew", null, Linked(Leaf(again)).Encoded, again.Encoded, none.Encoded);
            yield return new("no authority too many", null, Leaf(none).Encoded, none.Encoded);

            var left = Authority("CN=left", null);
            var (leftByRight, rightByLeft) = (Crossed("CN=left", "CN=right", left), Crossed("CN=right", "CN=left", left));
            yield return new("two that sign each other", "trust", Leaf(left).Encoded, leftByRight.Encoded, rightByLeft.Encoded);

            yield return new(
                "each certificate twice", null, Leaf(Middle).Encoded, Middle.Encoded, Middle.Encoded, Root.Encoded, Root.Encoded);
            yield return new("the wrong order", null, Leaf(Middle).Encoded, Root.Encoded, Middle.Encoded);
            yield return new("strangers in between", null,
                Leaf(Middle).Encoded, Authority("CN=x", null).Encoded, Middle.Encoded, Authority("CN=y", Root).Encoded);
            yield return new("no intermediate", "trust", Leaf(Middle).Encoded);
            yield return new("an intermediate of the same name, and another key", "form",
                Leaf(Middle).Encoded, Authority("CN=middle", Root).Encoded);
            yield return new("a leaf signed by a leaf", "form", LeafOfLeaf.Encoded, LeafAbove.Encoded);
            yield return new("its own root, which nobody trusts", "trust", SelfSigned.Encoded);
            yield return new("its own root, which is trusted", null, SelfSigned.Encoded) { Trust = [SelfSigned.Encoded] };
            yield return new("a hundred intermediates", "chain length", LongChain(100));
            yield return new("eight intermediates", null, LongChain(8));

            // It leads to the trusted root by a way that was crossed, and to another that nobody trusts.
            var stranger = Authority("CN=stranger", null);
            var byStranger = new SpeltCertificate
            {
                Subject = "CN=middle", Issuer = stranger, Key = Middle.Key, Extensions = [IsAuthority()],
            };
            yield return new("crossed, the stranger's way first", null,
                Leaf(Middle).Encoded, byStranger.Encoded, stranger.Encoded, Middle.Encoded);
            yield return new("crossed, the stranger's way alone", "trust", Leaf(Middle).Encoded, byStranger.Encoded, stranger.Encoded);
            yield return new("changed after it was signed", "form", new SpeltCertificate
            {
                Issuer = Root, Signer = Middle.Key, Extensions = [Dns("localhost")],
            }.Encoded);
        }
    }

    private static readonly SpeltCertificate NotAuthority = new() { Subject = "CN=odd", Issuer = Root, Extensions = [Dns("odd")] };
    private static readonly SpeltCertificate Denying = new()
    {
        Subject = "CN=odd", Issuer = Root, Extensions = [new X509BasicConstraintsExtension(false, false, 0, true)],
    };

    private static readonly SpeltCertificate Unused =
        Authority("CN=odd", Root, new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, true));

    private static readonly SpeltCertificate Over = new()
    {
        Subject = "CN=odd", Issuer = Root, From = "280101000000Z", To = "300501000000Z", Extensions = [IsAuthority()],
    };

    private static readonly SpeltCertificate OldRoot = new()
    {
        Subject = "CN=old root", From = "280101000000Z", To = "300501000000Z", Extensions = [IsAuthority()],
    };

    private static readonly SpeltCertificate Sha1Root = new()
    {
        Subject = "CN=old root", Algorithm = "1.2.840.10045.4.1", Extensions = [IsAuthority()],
    };

    private static readonly SpeltCertificate LeafAbove = Leaf(Root);
    private static readonly SpeltCertificate LeafOfLeaf = new()
    {
        Subject = "CN=below a leaf", Issuer = LeafAbove, Extensions = [Dns("localhost")],
    };

    private static readonly SpeltCertificate SelfSigned = new() { Subject = "CN=self", Extensions = [Dns("localhost")] };

    /// <summary>With the identifiers of its own key and its issuer's, by which one of several of a name is found.</summary>
    private static SpeltCertificate Linked(SpeltCertificate one)
    {
        var issuer = new X509SubjectKeyIdentifierExtension(new PublicKey(one.Issuer!.Key), false);
        return new SpeltCertificate
        {
            Subject = one.Subject, Issuer = one.Issuer, Key = one.Key, Extensions =
            [
                .. one.Extensions, new X509SubjectKeyIdentifierExtension(new PublicKey(one.Key), false),
                X509AuthorityKeyIdentifierExtension.CreateFromSubjectKeyIdentifier(issuer),
            ],
        };
    }

    private static OddCase Named(string name, string? check, string host, params X509Extension[] names) =>
        new(name, check, new SpeltCertificate { Issuer = Root, Extensions = names }.Encoded)
        {
            Host = host, IsForClients = check != "form",
        };

    private static OddCase Constrained(
        string name, string? check, string host, byte[][]? permitted, byte[][]? excluded, X509Extension names)
    {
        var authority = Authority("CN=constrained", Root, Constraints(permitted, excluded));
        return new OddCase(
            "constrained: " + name, check, new SpeltCertificate { Issuer = authority, Extensions = [names] }.Encoded, authority.Encoded)
        {
            Host = host,
        };
    }

    /// <summary>A leaf below an authority that is odd.</summary>
    private static OddCase Above(string name, string? check, SpeltCertificate odd) => new(name, check, UnderOdd(odd), odd.Encoded);

    private static byte[] UnderOdd(SpeltCertificate odd) => Leaf(odd).Encoded;

    private static byte[] Dated(string from, string to) =>
        new SpeltCertificate { Issuer = Root, From = from, To = to, Extensions = [Dns("localhost")] }.Encoded;

    private static byte[] WithKey(byte[] key) =>
        new SpeltCertificate { Issuer = Root, ShownKey = key, Extensions = [Dns("localhost")] }.Encoded;

    private static SpeltCertificate Crossed(string subject, string issuer, SpeltCertificate key) => new()
    {
        Subject = subject, Issuer = new SpeltCertificate { Subject = issuer, Key = key.Key }, Key = key.Key, Extensions = [IsAuthority()],
    };

    /// <summary>A leaf below so many authorities.</summary>
    public static byte[][] LongChain(int intermediates)
    {
        var chain = new List<byte[]>();
        var last = Root;
        for (var i = 0; i < intermediates; i++)
        {
            last = Authority($"CN=number {i}", last);
            chain.Insert(0, last.Encoded);
        }

        return [Leaf(last).Encoded, .. chain];
    }

    private static byte[] DnsName(string name) => SpeltCertificate.Named(2, name.Select(c => (byte)c));

    private static X509Extension Address(string address) => Names(SpeltCertificate.Named(7, IPAddress.Parse(address).GetAddressBytes()));

    private static byte[] Network(string address, string mask) => SpeltCertificate.Named(
        7, [.. IPAddress.Parse(address).GetAddressBytes(), .. IPAddress.Parse(mask).GetAddressBytes()]);

    private static byte[] Rsa(int bytes, int exponent)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            writer.WriteIntegerUnsigned([0xC1, .. Enumerable.Repeat((byte)0x5B, bytes - 1)]);
            writer.WriteInteger(exponent);
        }

        return Info("1.2.840.113549.1.1.1", [0x05, 0x00], writer.Encode());
    }

    private static byte[] Ec(string curve, int bytes)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        writer.WriteObjectIdentifier(curve);
        return Info("1.2.840.10045.2.1", writer.Encode(), [4, .. Enumerable.Repeat((byte)0x5B, 2 * bytes)]);
    }

    private static byte[] Info(string kind, byte[]? parameters, byte[] key)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            using (writer.PushSequence())
            {
                writer.WriteObjectIdentifier(kind);
                if (parameters is not null)
                    writer.WriteEncodedValue(parameters);
            }

            writer.WriteBitString(key);
        }

        return writer.Encode();
    }
}
