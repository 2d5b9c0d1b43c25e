using System.Globalization;
using System.Security;
using System.Text;

namespace TlsFsm.Benchmarks.Reporting;

/// <summary>Writes the few shapes of a bar plot as SVG.</summary>
internal sealed class SvgCanvas(int width)
{
    private readonly StringBuilder _shapes = new();

    public void Bar(double x, double y, double length, double height, string color) =>
        _shapes.Append(
            CultureInfo.InvariantCulture,
            $"<rect x=\"{x:0.#}\" y=\"{y:0.#}\" width=\"{Math.Max(1, length):0.#}\" height=\"{height:0.#}\" rx=\"2\" fill=\"{color}\"/>\n");

    public void Line(double x, double top, double bottom, string color, string dash = "none") =>
        _shapes.Append(
            CultureInfo.InvariantCulture,
            $"<line x1=\"{x:0.#}\" y1=\"{top:0.#}\" x2=\"{x:0.#}\" y2=\"{bottom:0.#}\" stroke=\"{color}\" stroke-width=\"1.5\" "
            + $"stroke-dasharray=\"{dash}\"/>\n");

    public void Text(double x, double y, string text, string anchor = "start", string color = "#222", int size = 13, bool isBold = false) =>
        _shapes.Append(CultureInfo.InvariantCulture,
            $"<text x=\"{x:0.#}\" y=\"{y:0.#}\" text-anchor=\"{anchor}\" fill=\"{color}\" font-size=\"{size}\" "
            + $"font-weight=\"{(isBold ? "bold" : "normal")}\">{SecurityElement.Escape(text)}</text>\n");

    public string Finish(double height) => string.Create(CultureInfo.InvariantCulture,
        $"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height:0}\" viewBox=\"0 0 {width} {height:0}\" "
        + $"font-family=\"Helvetica, Arial, sans-serif\">\n<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n{_shapes}</svg>\n");
}
