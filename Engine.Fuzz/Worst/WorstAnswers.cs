using System.Formats.Asn1;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using TlsFsm.Fuzz.Handshakes;
using static TlsFsm.Fuzz.Worst.HelloBuilder;

namespace TlsFsm.Fuzz.Worst;

/// <summary>
/// What a server, or whoever answers in its place, can say before it has proved anything: each list as long as it can be. And a client that
/// is asked for its certificate.
/// </summary>
internal static class WorstAnswers
{
    private const SslProtocols Old = SslProtocols.Tls12;
    private const SslProtocols New = SslProtocols.Tls13;
    private const byte Handshake = 22;

    public static IEnumerable<WorstInput> All()
    {
        foreach (var version in new[] { Old, New })
        {
            yield return Extended($"ServerHello, unknown extensions, {version}", version, 2, Unknown);
            foreach (var (name, make) in Chains())
            {
                yield return Replaced($"Certificate, {name}, {version}", version, 11, size => Certificate(make(size), version));
                yield return FromClient($"Certificate of a client, {name}, {version}", version, 11, size => Certificate(make(size), version));
            }

            foreach (var (name, at) in Lies(version))
            {
                yield return Replaced($"Certificate, {name}, {version}", version, 11, size => Lying(Certificate([new byte[size]], version), at));
                yield return FromClient(
                    $"Certificate of a client, {name}, {version}", version, 11, size => Lying(Certificate([new byte[size]], version), at));
            }

            yield return FromClient($"CertificateVerify of a client, {version}", version, 15, size => Message(
                15, [8, 7, .. Vector16(new byte[size])]));
            yield return Flooded($"records of one byte, {version}", version, size => [(Handshake, [2, 0, 0xFF, 0])], [(Handshake, [0])]);
            yield return Flooded($"empty records, {version}", version, _ => [], [(Handshake, [])]);
            yield return Flooded($"warnings, {version}", version, _ => [], [(21, [1, 90])]);
            yield return Flooded($"HelloRequests, {version}", version, _ => [], [(Handshake, [0, 0, 0, 0])]);
        }

        yield return Replaced("HelloRetryRequest, cookie", New, 2, size => Retry(size));
        yield return Extended("EncryptedExtensions, unknown extensions", New, 8, Unknown);
        yield return Extended("EncryptedExtensions, protocol", New, 8, size => [(16, Vector16([1, 65, .. new byte[size]]))]);
        yield return Extended("EncryptedExtensions, groups", New, 8, size => [(10, Vector16(Numbers(size / 2, 0x4000)))]);
        yield return Before("CertificateRequest, authorities, Tls13", New, 11, size => Message(13, [0, .. Vector16(
            [0, 13, .. Vector16(Vector16([8, 7, 4, 3])), 0, 47, .. Vector16(Vector16(Authorities(size)))])]));
        yield return Before("CertificateRequest, signature algorithms, Tls13", New, 11, size => Message(13, [0, .. Vector16(
            [0, 13, .. Vector16(Vector16(Numbers(size / 2, 0x4000)))])]));
        yield return Before("CertificateRequest, unknown extensions", New, 11, size => Message(13, [0, .. Vector16(
            [0, 13, .. Vector16(Vector16([8, 7])),
                .. Enumerable.Range(0x4000, size / 4).SelectMany(type => (byte[])[.. UInt16(type), 0, 0])])]));
        yield return Before("CertificateRequest, authorities, Tls12", Old, 14, size => Message(
            13, [1, 64, .. Vector16([8, 7, 4, 3]), .. Vector16(Authorities(size))]));
        yield return Before("CertificateRequest, signature algorithms, Tls12", Old, 14, size => Message(
            13, [1, 64, .. Vector16(Numbers(size / 2, 0x4000)), 0, 0]));
        yield return Replaced("CertificateStatus", Old, 22, size => Message(22, [1, .. Vector24(Staple(size))]));
        yield return Replaced("CertificateStatus, nested", Old, 22, size => Message(22, [1, .. Vector24(Nested(size))]));
        yield return Replaced("CertificateStatus that is said to be longer", Old, 22, size => Lying(
            Message(22, [1, .. Vector24(new byte[size])]), 5));
        yield return FromClient("ClientKeyExchange, point", Old, 16, size => Message(16, [255, .. new byte[size]]));
        yield return Replaced("ServerKeyExchange, signature", Old, 12, size => Message(
            12, [3, 0, 29, 32, .. Enumerable.Repeat((byte)9, 32), 8, 7, .. Vector16(new byte[size])]));
        yield return Replaced("CertificateVerify", New, 15, size => Message(15, [8, 7, .. Vector16(new byte[size])]));
        yield return WorstInput.ToClient("NewSessionTicket, Tls12", Old, (size, record, content) => record == 20
            ? [.. In(Message(4, [0, 0, 1, 0, .. Vector16(new byte[size])])), (record, content)] : [(record, content)], kept: true);
        yield return Behind("NewSessionTicket, Tls13", New, 20, size => Message(
            4, [0, 0, 1, 0, 0, 0, 0, 0, 1, 1, .. Vector16(new byte[size]), 0, 0]));
    }

    private static (int Type, byte[] Body)[] Unknown(int size) =>
        [.. Enumerable.Range(0x4000, size / 4).Select(type => (type, Array.Empty<byte>()))];

    private static WorstInput Replaced(string name, SslProtocols version, byte type, Func<int, byte[]> make, bool kept = false) =>
        WorstInput.ToClient(name, version, (size, record, content) => Is(record, content, type) ? In(make(size)) : [(record, content)],
            kept);

    private static WorstInput FromClient(string name, SslProtocols version, byte type, Func<int, byte[]> make) => WorstInput.ToServer(
        name, version, (size, record, content) => Is(record, content, type) ? In(make(size)) : [(record, content)]);

    private static WorstInput Before(string name, SslProtocols version, byte type, Func<int, byte[]> make) => WorstInput.ToClient(
        name, version, (size, record, content) => Is(record, content, type) ? [.. In(make(size)), (record, content)] : [(record, content)]);

    private static WorstInput Behind(string name, SslProtocols version, byte type, Func<int, byte[]> make) => WorstInput.ToClient(
        name, version, (size, record, content) => Is(record, content, type) ? [(record, content), .. In(make(size))] : [(record, content)],
        kept: true);

    private static WorstInput Extended(string name, SslProtocols version, byte type, Func<int, (int, byte[])[]> more) =>
        WorstInput.ToClient(
        name, version, (size, record, content) =>
        {
            if (!Is(record, content, type) || Extensions.Of(content, isTls13: true) is not { } extensions)
                return [(record, content)];
            extensions.All.AddRange(more(size));
            return In(extensions.Write());
        });

    private static WorstInput Flooded(
        string name, SslProtocols version, Func<int, (byte, byte[])[]> first, (byte Type, byte[] Content)[] again) => WorstInput.ToClient(
            name, version, (size, record, content) => Is(record, content, 2)
                ? [.. first(size), .. Enumerable.Repeat(again, size / 6).SelectMany(one => one)] : [(record, content)]);

    private static bool Is(byte record, byte[] content, byte type) => record == Handshake && content.Length > 0 && content[0] == type;

    private static IReadOnlyList<(byte Type, byte[] Content)> In(byte[] message) =>
        [.. message.Chunk(1 << 14).Select(part => (Handshake, part))];

    private static byte[] Authorities(int size) => [.. Enumerable.Range(0, size / 19).SelectMany(i =>
        Vector16([0x30, 15, 0x31, 13, 0x30, 11, 6, 3, 85, 4, 3, 12, 4, (byte)('A' + i % 26), (byte)('A' + i / 26 % 26),
            (byte)('A' + i / 676 % 26), 65]))];

    private static byte[] Retry(int size) => Message(2,
    [
        3, 3, 0xCF, 0x21, 0xAD, 0x74, 0xE5, 0x9A, 0x61, 0x11, 0xBE, 0x1D, 0x8C, 0x02, 0x1E, 0x65, 0xB8, 0x91, 0xC2, 0xA2, 0x11, 0x16,
            0x7A, 0xBB,
        0x8C, 0x5E, 0x07, 0x9E, 0x09, 0xE2, 0xC8, 0xA8, 0x33, 0x9C, 0, 0x13, 0x01, 0,
        .. Vector16([0, 43, 0, 2, 3, 4, 0, 44, .. Vector16(Vector16(new byte[size]))]),
    ]);

    private static byte[] Certificate(IReadOnlyList<byte[]> chain, SslProtocols version) => version == New
        ? Message(11, [0, .. Vector24([.. chain.SelectMany(one => (byte[])[.. Vector24(one), 0, 0])])])
        : Message(11, Vector24([.. chain.SelectMany(Vector24)]));

    /// <summary>Where a Certificate says how long something of it is: in three bytes, the first of which may be anything.</summary>
    private static IEnumerable<(string Name, int At)> Lies(SslProtocols version)
    {
        var list = version == New ? 5 : 4;
        return [("list said to be longer", list), ("entry said to be longer", list + 3)];
    }

    private static byte[] Lying(byte[] message, int at) => [.. message[..at], 0xFF, 0xFF, 0xFF, .. message[(at + 3)..]];

    private static IEnumerable<(string Name, Func<int, IReadOnlyList<byte[]>> Make)> Chains() =>
    [
        ("names", size => [LeafWith("2.5.29.17",
            Sequence(size / 10, i => [0x82, 8, (byte)'*', (byte)'.', .. Word(i), (byte)'.', (byte)'a'])), Middle]),
        ("usages", size => [LeafWith("2.5.29.37", Sequence(size / 8, i => [6, 6, 0x2A, 3, .. Arc(i), 1])), Middle]),
        ("policies", size => [LeafWith("2.5.29.32", Sequence(size / 10, i => [0x30, 8, 6, 6, 0x2A, 3, .. Arc(i), 1])), Middle]),
        ("features", size => [LeafWith("1.3.6.1.5.5.7.1.24", Sequence(size / 4, i => [2, 2, 0x40, (byte)i])), Middle]),
        ("an unknown extension", size => [LeafWith("1.2.3.4", new byte[size]), Middle]),
        ("a short serial and much behind", size => [[.. LeafWith("1.2.3.4", [5, 0]), .. new byte[size]], Middle]),
        ("nested DER", size => [Nested(size), Middle]),
        ("many of them", size => [.. Enumerable.Repeat(Middle, size / Middle.Length)]),
        ("ten that are large", size => [LeafWith("1.2.3.4", [5, 0]), .. Enumerable.Range(0, 8).Select(i => Other(i, size / 8)), Middle]),
        ("constraints of names", ConstrainedNames),
        ("constraints of policies", ConstrainedPolicies),
        ("policies that multiply", MultiplyingPolicies),
    ];

    private static byte[] Middle => Identities.Intermediate.RawData;

    private static byte[] LeafWith(
        string name, byte[] value, (X509Certificate2, Org.BouncyCastle.Crypto.Parameters.ECPrivateKeyParameters)? issuer = null)
    {
        var key = Identities.PublicKeyOf(Identities.EcKey("worst"));
        using var leaf = Identities.Leaf("worst", key, request =>
        {
            if (name != "2.5.29.17")
                request.CertificateExtensions.Add(new X509Extension("2.5.29.17", [0x30, 11, 0x82, 9, .. "localhost"u8], critical: false));
            request.CertificateExtensions.Add(new X509Extension(name, value, critical: false));
        }, issuer);
        return leaf.RawData;
    }

    private static byte[] Other(int i, int size)
    {
        using var one = Identities.Authority($"other {i}", Identities.EcKey($"other {i}"), Identities.Root, request =>
            request.CertificateExtensions.Add(new X509Extension("1.2.3.4", new byte[size], critical: false)));
        return one.RawData;
    }

    /// <summary>A leaf with wildcards for an authority that excludes as many names.</summary>
    private static IReadOnlyList<byte[]> ConstrainedNames(int size)
    {
        var key = Identities.EcKey("constrained");
        var value = Tagged(0x30, Tagged(0xA1, Many(size / 40, i => [0x30, 10, 0x82, 8, .. Word(i), (byte)'.', .. "bcd"u8])));
        using var authority = Identities.Authority("constrained", key, Identities.Root, request =>
            request.CertificateExtensions.Add(new X509Extension("2.5.29.30", value, critical: true)));
        var names = Sequence(size / 20, i => [0x82, 8, (byte)'*', (byte)'.', .. Word(i), (byte)'.', (byte)'a']);
        return [LeafWith("2.5.29.17", names, (authority, key)), authority.RawData];
    }

    /// <summary>Policies on each level, mapped, and a constraint that makes them count.</summary>
    private static IReadOnlyList<byte[]> ConstrainedPolicies(int size)
    {
        var key = Identities.EcKey("policies");
        var policies = Sequence(size / 40, i => [0x30, 8, 6, 6, 0x2A, 3, .. Arc(i), 1]);
        var mappings = Sequence(size / 40, i => [0x30, 16, 6, 6, 0x2A, 3, .. Arc(i), 1, 6, 6, 0x2A, 3, .. Arc(i), 1]);
        using var authority = Identities.Authority("policies", key, Identities.Root, request =>
        {
            request.CertificateExtensions.Add(new X509Extension("2.5.29.32", policies, critical: false));
            request.CertificateExtensions.Add(new X509Extension("2.5.29.33", mappings, critical: false));
            request.CertificateExtensions.Add(new X509Extension("2.5.29.36", [0x30, 3, 0x80, 1, 0], critical: true));
        });
        return [LeafWith("2.5.29.32", policies, (authority, key)), authority.RawData];
    }

    /// <summary>
    /// Six authorities, each of which maps all of its policies to all of those below it: a tree that grows with their power.
    /// </summary>
    private static IReadOnlyList<byte[]> MultiplyingPolicies(int size)
    {
        var (issuer, above) = ((X509Certificate2?)null, Identities.RootSecret);
        var count = Math.Clamp(size / 4000, 2, 20);
        var policies = Sequence(count, i => [0x30, 8, 6, 6, 0x2A, 3, .. Arc(i), 1]);
        var mappings = Sequence(count * count, i => [0x30, 16, 6, 6, 0x2A, 3, .. Arc(i / count), 1, 6, 6, 0x2A, 3, .. Arc(i % count), 1]);
        var chain = new List<byte[]>();
        for (var level = 0; level < 6; level++)
        {
            var key = Identities.EcKey($"multiplying {level}");
            issuer = Identities.Authority($"multiplying {level}", key, issuer ?? Identities.Root, request =>
            {
                request.CertificateExtensions.Add(new X509Extension("2.5.29.32", policies, critical: false));
                request.CertificateExtensions.Add(new X509Extension("2.5.29.33", mappings, critical: false));
                request.CertificateExtensions.Add(new X509Extension("2.5.29.36", [0x30, 3, 0x80, 1, 0], critical: true));
            }, above);
            above = key;
            chain.Insert(0, issuer.RawData);
        }

        return [LeafWith("2.5.29.32", policies, (issuer!, above)), .. chain];
    }

    /// <summary>An OCSP response with statements about so many certificates.</summary>
    private static byte[] Staple(int size)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            writer.WriteEnumeratedValue(StapleStatusCode.Successful);
            using (writer.PushSequence(new Asn1Tag(TagClass.ContextSpecific, 0)))
            using (writer.PushSequence())
            {
                writer.WriteObjectIdentifier("1.3.6.1.5.5.7.48.1.1");
                writer.WriteOctetString(Tagged(0x30, [
                    .. Tagged(0x30, [
                        .. Tagged(0xA2, Tagged(4, new byte[20])), 0x18, 15, .. "20260601000000Z"u8,
                        .. Sequence(size / 80, i => Tagged(0x30, [
                            .. Tagged(0x30, [0x30, 7, 6, 5, 0x2B, 14, 3, 2, 26, 4, 20, .. new byte[20], 4, 20, .. new byte[20], 2, 3, 1,
                                .. UInt16(i)]),
                            0x80, 0, 0x18, 15, .. "20260601000000Z"u8])),
                    ]),
                    0x30, 10, 6, 8, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 4, 3, 2, 3, 9, 0, 0x30, 6, 2, 1, 1, 2, 1, 1,
                ]));
            }
        }

        return writer.Encode();
    }

    private enum StapleStatusCode
    {
        Successful,
    }

    /// <summary>Sequences in sequences: the innermost is empty.</summary>
    private static byte[] Nested(int size)
    {
        var bytes = new List<byte>();
        for (var inner = 0; bytes.Count < size;)
        {
            // Written from the inside out, each with a length of three bytes.
            bytes.AddRange([(byte)inner, (byte)(inner >> 8), 0x82, 0x30]);
            inner += 4;
        }

        bytes.Reverse();
        return [.. bytes];
    }

    private static byte[] Sequence(int count, Func<int, byte[]> item) => Tagged(0x30, Many(count, item));

    private static byte[] Many(int count, Func<int, byte[]> item) => [.. Enumerable.Range(0, count).SelectMany(item)];

    private static byte[] Tagged(byte tag, byte[] content) => content.Length switch
    {
        < 0x80 => [tag, (byte)content.Length, .. content],
        < 0x100 => [tag, 0x81, (byte)content.Length, .. content],
        < 0x10000 => [tag, 0x82, .. UInt16(content.Length), .. content],
        _ => [tag, 0x83, (byte)(content.Length >> 16), .. UInt16(content.Length & 0xFFFF), .. content],
    };

    private static byte[] Word(int i) =>
        [(byte)('a' + i % 26), (byte)('a' + i / 26 % 26), (byte)('a' + i / 676 % 26), (byte)('a' + i / 17576 % 26)];

    /// <summary>Three bytes of an object identifier, of which each arc but the last has its high bit.</summary>
    private static byte[] Arc(int i) => [(byte)(0x81 + i % 100), (byte)(0x80 + i / 100 % 100), (byte)(i / 10000 % 100)];
}
