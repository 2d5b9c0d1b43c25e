using System.Globalization;
using TlsFsm.Benchmarks.Compare;

namespace TlsFsm.Benchmarks.Reporting;

/// <summary>Numbers as text, the same on the terminal and in files.</summary>
internal static class Formats
{
    public static string Value(Target target) => target.Value is { } value ? target.Text(value) : "";

    public static string Spread(Target target) => target.Spread is { } spread
        ? string.Create(CultureInfo.InvariantCulture, $"{spread.Low:0.00} to {spread.High:0.00}")
        : "";

    public static string Must(Target target) => target.Must is { } must ? target.Bound(must) : "";

    public static string Aim(Target target) => target.Aim is { } aim ? target.Bound(aim) : "";

    /// <summary>One line a figure and contender.</summary>
    public static IEnumerable<(string Figure, string Contender, string Value, string Allocated)> Medians(Report report)
    {
        foreach (var figure in report.Figures)
        {
            foreach (var result in report.Of(figure))
                yield return (
                    figure.Title, result.Contender, $"{Rate(result.Median)} {figure.Unit}/s",
                    result.AllocatedPerOperation is { } bytes ? string.Create(CultureInfo.InvariantCulture, $"{bytes:N0} B") : "");
        }

        foreach (var result in report.Latencies)
            yield return (Figures.EchoLatency.Describe(), result.Contender, $"{Rate(result.Median)} us", "");

        foreach (var (contender, connections, holdings) in report.Holdings)
            yield return (
                string.Create(CultureInfo.InvariantCulture, $"{connections:N0} idle server connections"), contender,
                string.Create(CultureInfo.InvariantCulture,
                    $"{holdings.ResidentPerConnection / 1024:0.0} KB resident each ({holdings.ManagedPerConnection / 1024:0.0} managed), "
                    + $"process {holdings.Resident / 1e6:0} MB, {holdings.Threads} threads"),
                "");
    }

    /// <summary>Who was not measured: one line a contender and reason, with the figures.</summary>
    public static IEnumerable<(string Contender, string Why, string Figures)> Absences(Report report) => report.Absences
        .GroupBy(absence => (absence.Contender, Why: absence.Why.ReplaceLineEndings(" ")))
        .Select(group => (group.Key.Contender, group.Key.Why, string.Join("; ", group.Select(absence => absence.Figure))));

    public static string Rate(double value) => value.ToString(value < 100 ? "0.0" : "N0", CultureInfo.InvariantCulture);
}
