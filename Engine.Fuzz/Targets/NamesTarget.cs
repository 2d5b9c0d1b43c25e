using System.Formats.Asn1;
using System.Text;
using TlsFsm.Abstractions.Words;
using TlsFsm.Core.Certificates;
using TlsFsm.Fuzz.Running;

namespace TlsFsm.Fuzz.Targets;

/// <summary>Host names as callers write them, and names as certificates have them.</summary>
internal sealed class NamesTarget : ITarget
{
    private static readonly string[] Names =
    [
        "example.com", "EXAMPLE.com.", "xn--bcher-kva.example", "bücher.example", "127.0.0.1", "[::1]", "::ffff:1.2.3.4", "1.2.3", "0x7f.1",
        "a.b\u3002c", "*.example.com", "-a.com", "straße.de", "fe80::1%eth0", "\u202Eabc.com", "x..y", "ａｂｃ.com", "1.2.3.4.5", "日本語.jp",
    ];

    private static readonly byte[][] Extensions =
    [
        [0x30, 0x0D, 0x82, 0x0B, .. "example.com"u8], [0x30, 0x06, 0x87, 0x04, 127, 0, 0, 1], [0x30, 0x00],
        [0x30, 0x11, 0x82, 0x0F, .. "*.a.example.com"u8], [0x30, 0x12, 0x87, 0x10, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1],
        [0x30, 0x0A, 0x81, 0x03, .. "a@b"u8, 0x86, 0x03, .. "a:b"u8],
    ];

    public string Name => "names";

    public string Oracle =>
        "A name is read or refused by an ArgumentException that shows no control character; what was read reads again as itself; a "
        + "certificate's names are read or refused by an AsnContentException, and fit nothing that they do not say.";

    public byte[] Make(Dice dice)
    {
        var isName = dice.OneIn(2);
        var start = isName ? Encoding.UTF8.GetBytes(dice.Of(Names)) : dice.Of(Extensions);
        var other = isName ? Encoding.UTF8.GetBytes(dice.Of(Names)) : dice.Of(Extensions);
        return [(byte)(isName ? 0 : 1), .. Mutator.Change(start, other, dice)];
    }

    public Outcome Run(ReadOnlySpan<byte> input)
    {
        var bytes = input.IsEmpty ? [] : input[1..].ToArray();
        var isName = input.IsEmpty || (input[0] & 1) == 0;
        return new Outcome(isName
            ? Running.Oracle.Guard(bytes.Length, (256 << 10, 200), () => ReadName(Encoding.UTF8.GetString(bytes)), IsRefusal)
            : Running.Oracle.Guard(bytes.Length, (256 << 10, 200), () => ReadExtension(bytes), static e => e is AsnContentException));
    }

    private static bool IsRefusal(Exception e) => e is ArgumentException
        && !e.Message.Any(letter => char.IsControl(letter) && letter != '\n');

    private static string ReadName(string text)
    {
        var name = PeerName.Parse(text, "host");
        var again = PeerName.Parse(name.Host, "host");
        if (again.Host != name.Host || !Equals(again.Address, name.Address))
            throw new FindException($"'{name.Host}' reads again as '{again.Host}'.");
        if (name.Host.Any(letter => letter is <= ' ' or > '~'))
            throw new FindException("A name has letters that are not of ASCII.");
        return name.IsAddress ? "an address" : "a name";
    }

    private static string ReadExtension(byte[] bytes)
    {
        var names = CertificateNames.Of(bytes);
        var stranger = PeerName.Parse("stranger.invalid", "host");
        if (names.Fits(stranger) && !names.Dns.Any(one => one.Contains("stranger", StringComparison.OrdinalIgnoreCase)
            || one.Contains('*')))
            throw new FindException("A certificate is for a name that it does not have.");
        var words = names.Words(stranger);
        return words.Any(char.IsControl)
            ? throw new FindException("A name is told with a control character in it.") : $"{names.Dns.Count}, {names.Addresses.Count}";
    }
}
