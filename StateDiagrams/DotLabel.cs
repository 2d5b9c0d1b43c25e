using System.Security;
using System.Text;

namespace TlsFsm.StateDiagrams;

/// <summary>Text in Graphviz's language, as a table whose columns are as wide as their text needs in any usual font.</summary>
/// <remarks>
/// Graphviz measures with a font of its own machine, the picture is read with one of the reader's. So each column is given the width
/// that its longest line takes in a wide font, and a reserve.
/// </remarks>
internal sealed class DotLabel
{
    private const double Reserve = 1.2;

    private readonly List<Line> _lines = [];

    /// <summary>A line, broken where it is longer than <paramref name="limit"/> characters.</summary>
    public DotLabel Add(string text, int size, string color, bool isBold = false, int limit = 48)
    {
        foreach (var part in Wrap(text, limit))
            _lines.Add(new Line(part, "", size, color, isBold));
        return this;
    }

    /// <summary>A trigger, and the reasons beside it.</summary>
    public DotLabel AddPair(string text, string beside, int size, string color)
    {
        _lines.Add(new Line(text, beside, size, color, IsBold: false));
        return this;
    }

    /// <summary>The label with its brackets.</summary>
    /// <param name="align">Of all lines: <c>left</c> or <c>center</c>.</param>
    public string Write(string align)
    {
        var pairs = _lines.Where(line => line.Beside.Length > 0).ToList();
        var second = pairs.Count == 0 ? 0 : pairs.Max(line => Width(line.Beside, line));
        var first = _lines.Where(line => pairs.Count > 0 && IsShort(line)).Select(line => Width(line.Text, line)).DefaultIfEmpty(0).Max();
        var all = Math.Max(_lines.Max(line => IsShort(line) && pairs.Count > 0 ? 0 : Width(line.Text, line)), first + second);
        var text = new StringBuilder("<<table border=\"0\" cellborder=\"0\" cellspacing=\"0\" cellpadding=\"1\">");
        foreach (var line in _lines)
        {
            text.Append(align == "left" ? "<tr><td width=\"6\"></td>" : "<tr>");
            if (pairs.Count == 0)
                text.Append(Cell(line.Text, all, ""));
            else if (line.Beside.Length > 0)
                text.Append(Cell(line.Text, first, "")).Append(Cell(line.Beside, all - first, "", isItalic: true));
            else
                text.Append(Cell(line.Text, all, " colspan=\"2\""));
            text.Append("</tr>");

            string Cell(string content, int width, string span, bool isItalic = false)
            {
                var shown = SecurityElement.Escape(content);
                shown = line.IsBold ? $"<b>{shown}</b>" : isItalic ? $"<i>{shown}</i>" : shown;
                return $"<td align=\"{align}\" width=\"{width}\"{span}><font point-size=\"{line.Size}\" color=\"{line.Color}\">"
                    + $"{shown}</font></td>";
            }
        }

        return text.Append("</table>>").ToString();
    }

    /// <summary>What a line takes of a wide font, in points.</summary>
    internal static double Measure(string text, double size, bool isBold) => text.Sum(WidthOf) * size * (isBold ? 1.13 : 1);

    /// <summary>Lines of at most so many characters, broken at blanks.</summary>
    internal static IEnumerable<string> Wrap(string text, int limit)
    {
        var line = new StringBuilder();
        foreach (var word in text.Split(' '))
        {
            if (line.Length > 0 && line.Length + 1 + word.Length > limit)
            {
                yield return line.ToString();
                line.Clear();
            }

            line.Append(line.Length == 0 ? "" : " ").Append(word);
        }

        yield return line.ToString();
    }

    private static bool IsShort(Line line) => line.Beside.Length > 0;

    private static int Width(string text, Line line) => (int)Math.Ceiling(Measure(text, line.Size, line.IsBold) * Reserve);

    // DejaVu Sans and Verdana, rounded up; most other sans-serif fonts are narrower.
    private static double WidthOf(char letter) => letter switch
    {
        'i' or 'j' or 'l' or 'I' or 'J' or '\'' => 0.29,
        ' ' or ',' or '.' or ':' or ';' or '-' or '/' or 'f' or 't' or '[' or ']' or '(' or ')' or 'r' => 0.4,
        'c' or 's' or 'z' or 'v' or 'x' or 'y' or 'k' or '_' => 0.58,
        'm' or 'M' or 'W' => 0.98,
        'w' or '→' => 0.84,
        >= 'A' and <= 'Z' => 0.75,
        _ => 0.64,
    };

    private sealed record Line(string Text, string Beside, int Size, string Color, bool IsBold);
}
