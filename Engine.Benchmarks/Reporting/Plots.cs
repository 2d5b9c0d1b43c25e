using System.Globalization;
using TlsFsm.Benchmarks.Compare;
using TlsFsm.Benchmarks.Figures;
using TlsFsm.Benchmarks.Measuring;

namespace TlsFsm.Benchmarks.Reporting;

/// <summary>The tables as bars.</summary>
internal static class Plots
{
    private const int Width = 1040;
    private const int BarHeight = 16;
    private const string Ours = "#1b6ec2";
    private const string OursToo = "#7fb2e5";
    private const string Rival = "#e08a2c";
    private const string Others = "#b8c4d0";
    private const string Missed = "#c2401b";
    private const string Hoped = "#8a96a3";
    private const string Good = "#2e8540";
    private const string Faint = "#666";

    /// <summary>What was reached, all on one scale: one is what must be reached, longer is better.</summary>
    public static string Ratios(Report report)
    {
        const int Left = 450;
        const int Right = 760;
        const int Row = 26;
        const double Most = 3;
        var targets = report.Targets.Where(target => target.Value is not null).ToList();
        var canvas = new SvgCanvas(Width);
        canvas.Text(20, 30, "What was reached", size: 18, isBold: true);
        canvas.Text(
            20, 50, "Longer is better. Dashed line: what must be reached; tick: the aim. Grey: an aim alone, not reached. A bar at the "
                + "right edge goes on.", color: Faint, size: 12);
        var top = 66.0;
        var y = top;
        foreach (var target in targets)
        {
            var value = target.Value!.Value;
            canvas.Text(Left - 10, y + 13, target.Title, "end", size: 12);
            canvas.Bar(Left, y, At(target.Merit(value)) - Left, BarHeight, target.IsMissed ? Missed : target.IsAimOnly ? Hoped : Good);
            if (target.Aim is { } aim && target.Merit(aim) <= Most)
                canvas.Line(At(target.Merit(aim)), y - 3, y + BarHeight + 3, "#222");
            canvas.Text(Right + 12, y + 13, target.Text(value), size: 12, isBold: true);
            canvas.Text(Right + 90, y + 13, Bounds(target), color: Faint, size: 12);
            y += Row;
        }

        canvas.Line(At(1), top - 8, y, "#222", "4,3");
        return canvas.Finish(y + 8);

        double At(double merit) => Left + ((Right - Left) * Math.Clamp(merit, 0, Most) / Most);
    }

    /// <summary>Every figure's contenders, each figure on a scale of its own.</summary>
    public static string Rates(Report report)
    {
        const int Left = 250;
        const int Right = 880;
        var canvas = new SvgCanvas(Width);
        var y = 14.0;
        foreach (var figure in report.Figures)
            Group($"{figure.Title}: {figure.Unit} per CPU-second",
                [.. report.Of(figure).Select(result => (result.Contender, result.Median, Formats.Rate(result.Median)))]);
        Group(
            $"{EchoLatency.Describe()}: microseconds, shorter is better",
            [.. report.Latencies.Select(result => (result.Contender, result.Median, Formats.Rate(result.Median)))]);
        foreach (var held in report.Holdings.GroupBy(one => one.Connections))
            Group(
                string.Create(CultureInfo.InvariantCulture, $"{held.Key:N0} idle server connections: resident KB each, shorter is better"),
                [.. held.Select(
                    one => (one.Contender, one.Holdings.ResidentPerConnection / 1024,
                        Formats.Rate(one.Holdings.ResidentPerConnection / 1024)))]);
        return canvas.Finish(y);

        void Group(string title, (string Contender, double Value, string Text)[] bars)
        {
            if (bars.Length == 0)
                return;

            var most = bars.Max(bar => bar.Value);
            canvas.Text(20, y + 18, title, size: 14, isBold: true);
            y += 30;
            foreach (var (contender, value, text) in bars)
            {
                var length = (Right - Left) * value / most;
                canvas.Text(Left - 10, y + 13, contender, "end", size: 12);
                canvas.Bar(Left, y, length, BarHeight, Color(contender));
                canvas.Text(Left + length + 8, y + 13, text, size: 12);
                y += 22;
            }

            y += 14;
        }
    }

    private static string Bounds(Target target) => string.Join(", ", new[]
    {
        target.Must is { } must ? $"must {target.Bound(must)}" : null,
        target.Aim is { } aim ? $"aim {target.Text(aim)}" : null,
    }.OfType<string>());

    private static string Color(string contender) =>
        contender.StartsWith(ContenderNames.TlsFsm + " (", StringComparison.Ordinal) ? OursToo
        : contender.StartsWith(ContenderNames.TlsFsm, StringComparison.Ordinal) ? Ours
        : contender.StartsWith(ContenderNames.SslStream, StringComparison.Ordinal) ? Rival
        : Others;
}
