using TlsFsm.Benchmarks.Compare;
using TlsFsm.Benchmarks.Measuring;

namespace TlsFsm.Benchmarks.Reporting;

/// <summary>The tables as bars.</summary>
internal static class Plots
{
    private const int Width = 1000;
    private const int Left = 470;
    private const int Right = 880;
    private const int Row = 26;
    private const int BarHeight = 16;
    private const string Ours = "#1b6ec2";
    private const string Theirs = "#b8c4d0";
    private const string Missed = "#c2401b";
    private const string Good = "#2e8540";

    /// <summary>What was reached, each bar against its own bounds: the dashed line is what must be reached, the full one the aim.</summary>
    public static string Ratios(Report report)
    {
        var canvas = new SvgCanvas(Width);
        canvas.Text(20, 28, "Reached", size: 17, isBold: true);
        canvas.Text(20, 48, "Each bar has a scale of its own; dashed: must be reached, full: aim. Where the title says so, shorter is better.", color: "#666", size: 12);
        var y = 66.0;
        foreach (var target in report.Targets.Where(target => target.Value is not null))
        {
            var value = target.Value!.Value;
            var most = 1.1 * Math.Max(Math.Max(value, target.Must), target.Aim ?? 0);
            double At(double of) => Left + ((Right - Left) * Math.Max(0, of) / most);
            canvas.Text(Left - 10, y + 13, target.Title + (target.IsLimit ? " (at most)" : ""), "end", size: 12);
            canvas.Bar(Left, y, At(value) - Left, BarHeight, target.Verdict == "missed" ? Missed : Good);
            if (target.Must > 0)
                canvas.Line(At(target.Must), y - 3, y + BarHeight + 3, "#222", "3,2");
            if (target.Aim is { } aim)
                canvas.Line(At(aim), y - 3, y + BarHeight + 3, "#222");
            canvas.Text(Right + 10, y + 13, target.Text(value), size: 12);
            y += Row;
        }

        return canvas.Finish(y + 10);
    }

    /// <summary>Every figure's contenders.</summary>
    public static string Rates(Report report)
    {
        var canvas = new SvgCanvas(Width);
        var y = 16.0;
        foreach (var figure in report.Figures)
        {
            var results = report.Of(figure).ToList();
            if (results.Count == 0)
                continue;

            var most = results.Max(result => result.Median);
            canvas.Text(20, y + 18, $"{figure.Title}: {figure.Unit} per CPU-second", size: 14, isBold: true);
            y += 30;
            foreach (var result in results)
            {
                var isOurs = result.Contender.StartsWith(ContenderNames.TlsFsm, StringComparison.Ordinal);
                canvas.Text(Left - 220, y + 13, result.Contender, "end", size: 12);
                canvas.Bar(Left - 210, y, (Right - Left + 210) * result.Median / most, BarHeight, isOurs ? Ours : Theirs);
                canvas.Text(Right + 10, y + 13, Formats.Rate(result.Median), size: 12);
                y += 22;
            }

            y += 12;
        }

        return canvas.Finish(y + 10);
    }
}
