using System.Globalization;
using System.Text;

namespace TlsFsm.Abstractions.Words;

/// <summary>
/// Letters beyond ASCII in those of host names (RFC 3492). The platform's own way there maps letters with ICU and does not without, so that
/// one name would be two.
/// </summary>
internal static class Punycode
{
    private const int Base = 36;
    private const int LeastThreshold = 1;
    private const int MostThreshold = 26;
    private const int Skew = 38;
    private const int Damp = 700;
    private const int FirstBias = 72;
    private const int FirstCode = 128;

    // A label has at most 63 bytes; a longer text is none, and need not be gone through letter by letter.
    private const int MaxRunes = 63;

    /// <summary>What stands behind <c>xn--</c> (RFC 3492 section 6.3).</summary>
    /// <exception cref="FormatException">More letters than a label has, or half of a surrogate pair.</exception>
    public static string Encode(string label)
    {
        var runes = label.EnumerateRunes().Select(rune => rune.Value).ToList();
        if (runes.Count > MaxRunes)
            throw new FormatException(
                string.Create(CultureInfo.InvariantCulture, $"is no host name: it has a label of {runes.Count} letters, more than 63."));

        var text = new StringBuilder();
        foreach (var rune in runes.Where(rune => rune < FirstCode))
            text.Append((char)rune);

        var basic = text.Length;
        if (basic > 0)
            text.Append('-');

        var (code, delta, bias, done) = (FirstCode, 0, FirstBias, basic);
        while (done < runes.Count)
        {
            var next = runes.Where(rune => rune >= code).Min();
            delta += (next - code) * (done + 1);
            code = next;
            foreach (var rune in runes)
            {
                if (rune < code)
                    delta++;
                if (rune != code)
                    continue;

                AppendDelta(text, delta, bias);
                bias = Adapt(delta, done + 1, isFirst: done == basic);
                delta = 0;
                done++;
            }

            delta++;
            code++;
        }

        return text.ToString();
    }

    private static void AppendDelta(StringBuilder text, int delta, int bias)
    {
        var rest = delta;
        for (var k = Base; ; k += Base)
        {
            var threshold = Math.Clamp(k - bias, LeastThreshold, MostThreshold);
            if (rest < threshold)
                break;

            text.Append(Digit(threshold + ((rest - threshold) % (Base - threshold))));
            rest = (rest - threshold) / (Base - threshold);
        }

        text.Append(Digit(rest));
    }

    private static int Adapt(int delta, int count, bool isFirst)
    {
        var rest = isFirst ? delta / Damp : delta / 2;
        rest += rest / count;
        var k = 0;
        for (; rest > (Base - LeastThreshold) * MostThreshold / 2; k += Base)
            rest /= Base - LeastThreshold;

        return k + ((Base - LeastThreshold + 1) * rest / (rest + Skew));
    }

    private static char Digit(int value) => (char)(value < 26 ? 'a' + value : '0' + value - 26);
}
