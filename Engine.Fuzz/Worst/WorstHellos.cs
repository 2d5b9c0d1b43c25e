using System.Security.Authentication;
using static TlsFsm.Fuzz.Worst.HelloBuilder;

namespace TlsFsm.Fuzz.Worst;

/// <summary>ClientHellos with each of their lists as long as it can be, and records around them that are as many as they can be.</summary>
internal static class WorstHellos
{
    // Numbers that are nobody's: a list of known ones would end at once.
    private const int Unknown = 0x4000;

    public static IEnumerable<WorstInput> All()
    {
        foreach (var (name, make) in Lists())
        {
            yield return WorstInput.Hello(name, make);
            yield return WorstInput.Hello(name, make, chooses: true);
        }

        yield return WorstInput.Hello("suites on TLS 1.2", Suites, version: SslProtocols.Tls12);
        yield return WorstInput.Hello("ticket on TLS 1.2", size => Usual(2).Set(35, new byte[size]).Write(), version: SslProtocols.Tls12);
        yield return WorstInput.Hello("records of one byte", Padded, recordSize: 1);
        yield return WorstInput.Hello("records of one byte", Padded, chooses: true, recordSize: 1);
        yield return WorstInput.Bytes("records of one byte that never end", size =>
            Hellos.Records([1, 0, 0xFF, 0, .. new byte[size / 6]], 1));
        yield return WorstInput.Bytes("empty records", size =>
            [.. Enumerable.Repeat<byte[]>([22, 3, 3, 0, 0], size / 5).SelectMany(one => one)]);
        yield return WorstInput.Bytes("warnings", size =>
            [.. Enumerable.Repeat<byte[]>([21, 3, 3, 0, 2, 1, 90], size / 7).SelectMany(one => one)]);
        yield return WorstInput.Bytes(
            "change_cipher_spec", size => [.. Enumerable.Repeat<byte[]>([20, 3, 3, 0, 1, 1], size / 6).SelectMany(one => one)]);
        yield return WorstInput.Bytes("change_cipher_spec behind a hello", size =>
        [
            .. Hellos.Records(Usual(1).Write()), .. Enumerable.Repeat<byte[]>([20, 3, 3, 0, 1, 1], size / 6).SelectMany(one => one),
        ]);
        yield return WorstInput.Bytes("early data behind a hello", size =>
        [
            .. Hellos.Records(Usual(1).Set(42).Write()), .. Enumerable.Repeat<byte[]>([23, 3, 3, 0, 1, 1], size / 6).SelectMany(one => one),
        ]);
    }

    private static IEnumerable<(string Name, Func<int, byte[]> Make)> Lists() =>
    [
        ("suites", Suites),
        ("groups", size => Usual(1).Set(10, Vector16([.. Numbers(size / 2, Unknown), 0, 29])).Write()),
        ("key shares", size => Shares(size).Write()),
        ("signature algorithms", size => Usual(1).Set(13, Vector16([.. Numbers(size / 2, Unknown), 8, 7])).Write()),
        ("signature algorithms of certificates", size => Usual(1).Set(50, Vector16([.. Numbers(size / 2, Unknown), 8, 7])).Write()),
        ("pre-shared keys", size => Keys(size).Write()),
        ("protocols", size => Usual(1).Set(16, Vector16(
            [.. Enumerable.Range(0, size / 4).SelectMany(i => (byte[])[3, (byte)'x', .. UInt16(i)])])).Write()),
        ("one long server name", size => Usual(1).Set(0, Vector16([0, .. Vector16([.. Enumerable.Repeat((byte)'a', size)])])).Write()),
        ("server names", size => Usual(1).Set(0, Vector16(
            [.. Enumerable.Range(1, size / 4).SelectMany(i => (byte[])[(byte)(i % 255 + 1), 0, 1, 65])])).Write()),
        ("cookie", size => Usual(1).Set(44, Vector16(new byte[size])).Write()),
        ("certificate types", size => Usual(1).Set(20, [255, .. new byte[255]]).Set(19, [255, .. new byte[255]]).Set(21,
            new byte[size]).Write()),
        ("authorities", size => Usual(1).Set(47, Vector16(
            [.. Enumerable.Range(0, size / 16).SelectMany(i =>
                Vector16([0x30, 12, 0x31, 10, 0x30, 8, 6, 3, 85, 4, 3, 12, 1, (byte)i]))])).Write()),
        ("unknown extensions", size => Unknowns(size).Write()),
        ("one unknown extension", Padded),
    ];

    private static byte[] Padded(int size) => Usual(1).Set(0xFACE, new byte[size]).Write();

    private static byte[] Suites(int size)
    {
        var hello = Usual(1);
        hello.Suites = [.. Numbers(size / 2, Unknown), 0x13, 0x01, 0xC0, 0x2B];
        return hello.Write();
    }

    /// <summary>Each for a group that is in the list of groups, which has none that we know but the last.</summary>
    private static HelloBuilder Shares(int size)
    {
        var count = size / 7;
        byte[] groups = [.. Numbers(count, Unknown), 0, 29];
        byte[] shares = [.. Enumerable.Range(Unknown, count).SelectMany(group => (byte[])[.. UInt16(group), 0, 1, 7])];
        return Usual(1).Set(10, Vector16(groups)).Set(51, Vector16(shares));
    }

    private static HelloBuilder Keys(int size)
    {
        var count = Math.Max(1, size / 40);
        byte[] identities = [.. Enumerable.Range(0, count).SelectMany(i => (byte[])[0, 2, .. UInt16(i), 0, 0, 0, 0])];
        byte[] binders = [.. Enumerable.Range(0, count).SelectMany(_ => (byte[])[32, .. new byte[32]])];
        var hello = Usual(1).Set(45, 1, 1);
        hello.All.Add((41, [.. Vector16(identities), .. Vector16(binders)]));
        return hello;
    }

    private static HelloBuilder Unknowns(int size)
    {
        var hello = Usual(1);
        for (var i = 0; i < size / 4; i++)
            hello.Set(Unknown + i);
        return hello;
    }

    private static HelloBuilder Usual(int which) => new(Hellos.Usual[which]);
}
