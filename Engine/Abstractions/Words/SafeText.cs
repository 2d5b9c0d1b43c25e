using System.Globalization;
using System.Text;

namespace TlsFsm.Abstractions.Words;

/// <summary>What others wrote, for texts of ours: cut, and nothing left in it that acts on a terminal or a log.</summary>
internal static class SafeText
{
    /// <summary>The text in letters that can be shown: what cannot is written as <c>\u1234</c>.</summary>
    /// <param name="text">Any.</param>
    /// <param name="max">Letters that are kept; behind more stands an ellipsis.</param>
    public static string Of(string text, int max)
    {
        if (text.Length <= max && !text.AsSpan().ContainsAnyExceptInRange(' ', '~'))
            return text;

        var shown = new StringBuilder();
        var count = 0;
        foreach (var rune in text.EnumerateRunes())
        {
            if (count++ == max)
                return shown.Append("...").ToString();
            if (IsShown(rune))
                shown.Append(rune);
            else
                shown.Append(CultureInfo.InvariantCulture, $"\\u{rune.Value:X4}");
        }

        return shown.ToString();
    }

    private static bool IsShown(Rune rune) => Rune.GetUnicodeCategory(rune) is not (UnicodeCategory.Control or UnicodeCategory.Format
        or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.PrivateUse or UnicodeCategory.Surrogate
        or UnicodeCategory.OtherNotAssigned) && rune.Value != 0xFFFD;
}
