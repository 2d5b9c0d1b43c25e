using System.Globalization;
using System.Text;
using TlsFsm.Soak.Judging;

namespace TlsFsm.Soak.Reporting;

/// <summary>Memory over time, as an SVG.</summary>
internal static class MemoryPlot
{
    /// <summary>Draws.</summary>
    /// <param name="course">A look a second; at least one.</param>
    public static string Draw(IReadOnlyList<Vitals> course)
    {
        var longest = Math.Max(1, course[^1].At.TotalSeconds);
        var most = Math.Max(1, course.Max(look => Math.Max(look.HeapBytes, look.WorkingSetBytes)) / Mebi);
        var svg = new StringBuilder();
        svg.Append(CultureInfo.InvariantCulture,
            $"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {Width + 70} {Height + 50}\" font-family=\"sans-serif\" font-size=\"12\">\n");
        svg.Append(CultureInfo.InvariantCulture,
            $"<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/><path d=\"M50 10V{Height + 10}H{Width + 50}\" fill=\"none\" stroke=\"#444\"/>\n");
        for (var part = 0; part <= 4; part++)
        {
            svg.Append(CultureInfo.InvariantCulture,
                $"<text x=\"44\" y=\"{Y(most * part / 4, most) + 4:0}\" text-anchor=\"end\">{most * part / 4:0}</text>\n");
            svg.Append(CultureInfo.InvariantCulture,
                $"<text x=\"{X(longest * part / 4, longest):0}\" y=\"{Height + 26}\" text-anchor=\"middle\">{longest * part / 4:0}</text>\n");
        }

        Line(svg, course.Select(look => (X(look.At.TotalSeconds, longest), Y(look.WorkingSetBytes / Mebi, most))), "#c60");
        Line(svg, course.Select(look => (X(look.At.TotalSeconds, longest), Y(look.HeapBytes / Mebi, most))), "#06c");
        svg.Append(CultureInfo.InvariantCulture,
            $"<text x=\"60\" y=\"24\" fill=\"#c60\">working set, MiB</text><text x=\"180\" y=\"24\" fill=\"#06c\">managed heap, MiB</text>");
        svg.Append(CultureInfo.InvariantCulture,
            $"<text x=\"{Width + 50}\" y=\"{Height + 42}\" text-anchor=\"end\">seconds</text>\n</svg>\n");
        return svg.ToString();
    }

    private static void Line(StringBuilder svg, IEnumerable<(double X, double Y)> points, string colour)
    {
        var path = string.Join(' ', points.Select(point => string.Create(CultureInfo.InvariantCulture, $"{point.X:0.0},{point.Y:0.0}")));
        svg.Append(CultureInfo.InvariantCulture, $"<polyline points=\"{path}\" fill=\"none\" stroke=\"{colour}\"/>\n");
    }

    private static double X(double seconds, double longest) => 50 + (Width * seconds / longest);

    private static double Y(double mebibytes, double most) => 10 + (Height * (1 - (mebibytes / most)));

    private const int Width = 720;
    private const int Height = 240;
    private const double Mebi = 1024 * 1024;
}
