using System.Globalization;
using System.Text;
using TlsFsm.Benchmarks.Measuring;

namespace TlsFsm.Benchmarks.Compare;

/// <summary>
/// Says whether a ratio has fallen well below what must be reached: for CI, where machines are slow and busy. No times, only ratios of
/// contenders that ran in turns, and garbage; what falls through is measured once more before it counts.
/// </summary>
internal static class Guard
{
    public const double DefaultMargin = 20;

    private static readonly string[] Figures =
    [
        Catalogue.BulkAes, Catalogue.BulkChaCha, Catalogue.Tcp, Catalogue.RoundTrip, Catalogue.OneWay, Catalogue.HandshakeEcdsa,
        Catalogue.HandshakeRsa, Catalogue.Resumed,
    ];

    /// <param name="margin">How far below the bound is still good, in percent of it.</param>
    /// <param name="progress">Told what is measured now.</param>
    /// <returns>Whether all is well, and the table that says so, as Markdown.</returns>
    public static (bool IsGood, string Markdown) Run(double margin, Action<string> progress)
    {
        var first = Comparison.Run(Effort.Guard, Figures, progress);
        var judged = first.Targets.Where(target => target.Guarded is not null && Figures.Contains(target.FigureId)).ToList();
        var doubtful = judged.Where(IsBad).ToList();
        var again = new Dictionary<string, Target>();
        Report? second = null;
        if (doubtful.Count > 0)
        {
            progress($"once more: {string.Join(", ", doubtful.Select(target => target.Title))}");
            second = Comparison.Run(Effort.Guard, [.. doubtful.Select(target => target.FigureId).Distinct()], progress);
            again = second.Targets.Where(target => doubtful.Exists(one => one.Title == target.Title)).ToDictionary(target => target.Title);
        }

        var text = new StringBuilder();
        text.Append("## Performance guard\n\n").Append(first.Machine).Append("\n\n");
        text.Append(
            CultureInfo.InvariantCulture,
            $"Bounds are what must be reached (or is held while it is not reached yet), less {margin:0.#} %.\n\n");
        text.Append("| figure | first | again | bound | verdict |\n| --- | ---: | ---: | ---: | --- |\n");
        var bad = new List<Target>();
        foreach (var target in judged)
        {
            var last = again.GetValueOrDefault(target.Title) ?? target;
            if (IsBad(last))
                bad.Add(last);
            var repeated = again.ContainsKey(target.Title) ? Value(last) : "";
            text.Append(CultureInfo.InvariantCulture,
                $"| {target.Title} | {Value(target)} | {repeated} | {target.Bound(target.GuardedBound(margin))} | "
                + $"{(IsBad(last) ? "**regressed**" : "good")} |\n");
        }

        foreach (var absence in (second ?? first).Absences.Where(absence => !absence.Why.StartsWith("left out", StringComparison.Ordinal)))
            text.Append(CultureInfo.InvariantCulture, $"\n{absence.Figure}: {absence.Contender} was not measured; {absence.Why}\n");
        foreach (var target in bad)
            text.Append(CultureInfo.InvariantCulture,
                $"\nRegressed: {target.Title} is {Value(target)}, twice in a row; {target.Bound(target.Guarded!.Value)} is wanted, and "
                + $"{target.Bound(target.GuardedBound(margin))} is where this guard cries out.\n");
        return (bad.Count == 0, text.ToString());

        bool IsBad(Target target) => target.Value is null || target.IsRegressed(margin);
    }

    private static string Value(Target target) => target.Value is { } value ? target.Text(value) : "not measured";
}
