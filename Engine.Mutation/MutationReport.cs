using System.Globalization;
using System.Text;

namespace TlsFsm.Mutation;

/// <summary>Score by folder, and every survivor, in Markdown.</summary>
internal static class MutationReport
{
    /// <param name="fates">Of the mutants that were tried.</param>
    /// <param name="all">How many there are.</param>
    /// <param name="date">Of the run.</param>
    public static string Write(IReadOnlyList<Fate> fates, int all, DateOnly date)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture,
            $"""
            {date:yyyy-MM-dd}. {fates.Count:N0} of {all:N0} mutants were tried, **{Percent(fates)} noticed** by the unit part of the tests (`Machines`, `Buffers`,
            `Connection`, `Conformance`, `Core`, `Strictness`).

            | folder | tried | noticed | no test reaches it | survived | score |
            |---|---:|---:|---:|---:|---:|

            """);
        foreach (var folder in fates.GroupBy(fate => fate.Mutant.Folder).OrderBy(folder => folder.Key, StringComparer.Ordinal))
            text.Append(CultureInfo.InvariantCulture,
                $"| {folder.Key} | {folder.Count()} | {folder.Count(fate => fate.NoticedBy is not null)} | {folder.Count(fate => fate.Tests == 0)} "
                + $"| {folder.Count(fate => fate.Tests > 0 && fate.NoticedBy is null)} | {Percent([.. folder])} |\n");

        text.Append("\n<details><summary>Survivors</summary>\n\n");
        foreach (var fate in fates.Where(fate => fate.NoticedBy is null))
            text.Append(CultureInfo.InvariantCulture,
                $"* `{fate.Mutant.File}` {fate.Mutant.Line}: {fate.Mutant.What}{(fate.Tests == 0 ? " (no test reaches it)" : "")}\n");
        text.Append("\n</details>\n");
        return text.ToString();
    }

    private static string Percent(IReadOnlyList<Fate> fates) => string.Create(
        CultureInfo.InvariantCulture, $"{100.0 * fates.Count(fate => fate.NoticedBy is not null) / Math.Max(1, fates.Count):0} %");
}
