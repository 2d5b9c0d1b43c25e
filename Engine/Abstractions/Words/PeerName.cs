using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace TlsFsm.Abstractions.Words;

/// <summary>
/// A host as everything here reads it: an address, or a name in the form of certificates and SNI (A-labels, lower case, no dot at the
/// end). Made once, and used for SNI, matching, sessions, servers' names and texts alike.
/// </summary>
/// <remarks>
/// Reads the same whether the application has ICU or runs in invariant mode: nothing here asks for the globalization of the process.
/// </remarks>
/// <param name="Host">The host name or address.</param>
/// <param name="Address">The address; null for a name.</param>
internal sealed record PeerName(string Host, IPAddress? Address)
{
    private const int MaxHostLength = 253;
    private const int MaxLabelLength = 63;

    /// <summary>Whether it is an IP address.</summary>
    public bool IsAddress => Address is not null;

    /// <summary>What goes into the server_name extension: never an address (RFC 6066 section 3).</summary>
    public string? ServerNameIndication => IsAddress ? null : Host;

    /// <summary>Reads what a caller wrote: a host name (also internationalised), an IPv4 or an IPv6 address (also in brackets).</summary>
    /// <exception cref="ArgumentException">Neither; the message says why.</exception>
    public static PeerName Parse(string text, string parameter)
    {
        try
        {
            return Read(text);
        }
        catch (FormatException e)
        {
            throw new ArgumentException($"The target host '{Shown(text)}' {e.Message}", parameter, e);
        }
    }

    /// <summary>Reads a host name that is no address.</summary>
    /// <exception cref="FormatException">It is none; the message, read behind the name, says why.</exception>
    public static string ReadName(string text)
    {
        var name = Read(text);
        return name.IsAddress ? throw new FormatException("is an address, and no host name.") : name.Host;
    }

    /// <summary>What a caller or a peer wrote, as it may stand in a message: cut, and nothing in it that acts on a terminal.</summary>
    public static string Shown(string text) => SafeText.Of(text, 80);

    private static PeerName Read(string text)
    {
        if (ReadAddress6(text) is { } address6)
            return new PeerName(address6.ToString(), address6);

        // UTS 46 section 2.3: three characters beside the dot stand between labels.
        var bare = text.Replace('\u3002', '.').Replace('\uFF0E', '.').Replace('\uFF61', '.');
        if (bare.EndsWith('.'))
            bare = bare[..^1];
        if (bare.Length == 0)
            throw new FormatException("is empty.");

        var labels = bare.Split('.');
        for (var i = 0; i < labels.Length; i++)
            labels[i] = ReadLabel(labels[i]);

        var host = string.Join('.', labels);
        if (host.Length > MaxHostLength)
            throw new FormatException($"has {host.Length} bytes; a host name has at most {MaxHostLength}.");

        // Resolvers read a name whose last label is a number as an address ("127.1", "0x7f000001"); so no host is called that.
        if (!IsNumber(labels[^1]))
            return new PeerName(host, null);

        var address4 = ReadAddress4(labels) ?? throw new FormatException(
            "ends in a number and so is no host name, nor an address in the usual form: four decimal numbers up to 255, as 192.0.2.1.");
        return new PeerName(address4.ToString(), address4);
    }

    private static string ReadLabel(string label)
    {
        if (label.Length == 0)
            throw new FormatException("is no host name: it has an empty label, two dots in a row or one at its beginning.");

        var lower = label.ToLowerInvariant();
        var ascii = Ascii.IsValid(lower) ? lower : "xn--" + Punycode.Encode(lower);
        foreach (var rune in lower.EnumerateRunes())
        {
            if (!IsOfNames(rune))
                throw new FormatException(
                    $"is no host name: it has the character '{SafeText.Of(rune.ToString(), 8)}' (U+{rune.Value:X4})"
                    + (rune.IsAscii
                        ? "." : ", which no name has in this form; write it composed, or give the name in A-labels (xn--...)."));
        }

        return ascii.Length <= MaxLabelLength
            ? ascii
            : throw new FormatException(
                $"is no host name: its label '{Shown(label)}' takes {ascii.Length} bytes, more than {MaxLabelLength}.");
    }

    /// <summary>
    /// Letters, digits, hyphen and underscore, and beyond ASCII letters, marks and digits in the one form that IDNA has for them. What
    /// would have to be mapped or composed first needs tables that a process without ICU does not have.
    /// </summary>
    private static bool IsOfNames(Rune rune)
    {
        if (rune.IsAscii)
            return Rune.IsLetterOrDigit(rune) || rune.Value is '-' or '_';
        foreach (var (first, last) in NotInNames)
        {
            if (rune.Value >= first && rune.Value <= last)
                return false;
        }

        return Rune.GetUnicodeCategory(rune) is UnicodeCategory.LowercaseLetter or UnicodeCategory.OtherLetter
            or UnicodeCategory.ModifierLetter or UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark
            or UnicodeCategory.DecimalDigitNumber;
    }

    private static bool IsNumber(string label) => label.All(char.IsAsciiDigit)
        || (label.StartsWith("0x", StringComparison.Ordinal) && label.Skip(2).All(char.IsAsciiHexDigit));

    private static IPAddress? ReadAddress4(string[] labels)
    {
        if (labels.Length != 4)
            return null;

        var bytes = new byte[4];
        for (var i = 0; i < bytes.Length; i++)
        {
            // "010" is eight to some and ten to others.
            if ((labels[i].Length > 1 && labels[i][0] == '0')
                || !byte.TryParse(labels[i], NumberStyles.None, CultureInfo.InvariantCulture, out bytes[i]))
                return null;
        }

        return new IPAddress(bytes);
    }

    private static IPAddress? ReadAddress6(string text)
    {
        var isInBrackets = text.StartsWith('[') && text.EndsWith(']');
        var bare = isInBrackets ? text[1..^1] : text;

        // A zone (fe80::1%eth0) is of this machine alone: no certificate has one.
        return bare.Contains(':', StringComparison.Ordinal) && IPAddress.TryParse(bare, out var address)
            && address.AddressFamily == AddressFamily.InterNetworkV6
            ? new IPAddress(address.GetAddressBytes()) : null;
    }

    // Marks that compose with what is before them, letters in a form of compatibility, and those that change when they are lowered.
    private static readonly (int First, int Last)[] NotInNames =
    [
        (0x00AA, 0x00AA), (0x00BA, 0x00BA), (0x0130, 0x0130), (0x0132, 0x0133), (0x013F, 0x0140), (0x0149, 0x0149), (0x017F, 0x017F),
        (0x01C4, 0x01CC), (0x01F1, 0x01F3), (0x02B0, 0x02B8), (0x02E0, 0x02E4), (0x0300, 0x036F), (0x037A, 0x037A), (0x03D0, 0x03D6),
        (0x03F0, 0x03F9), (0x0587, 0x0587), (0x0675, 0x0678), (0x0E33, 0x0E33), (0x0EB3, 0x0EB3), (0x0EDC, 0x0EDD), (0x0F77, 0x0F79),
        (0x1100, 0x11FF), (0x1D2C, 0x1DBF), (0x1E9A, 0x1E9B), (0x2071, 0x209C), (0x2100, 0x214F), (0x2C7C, 0x2C7D), (0x3099, 0x309F),
        (0x30FF, 0x30FF), (0x3131, 0x318E), (0xA960, 0xA97C), (0xD7B0, 0xD7FB), (0xF900, 0xFAFF), (0xFB00, 0xFDFF), (0xFE00, 0xFFEF),
        (0x1D400, 0x1D7FF), (0x1EE00, 0x1EEFF), (0x2F800, 0x2FA1F),
    ];
}
