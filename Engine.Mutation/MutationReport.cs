using System.Globalization;
using System.Text;

namespace TlsFsm.Mutation;

/// <summary>Score by folder, and every survivor, in Markdown.</summary>
/// <param name="fates">Of the mutants that were tried.</param>
/// <param name="explained">Those that change nothing.</param>
internal sealed class MutationReport(IReadOnlyList<Fate> fates, Explanations explained)
{
    private const string Begin = "<!-- strength: written by its command -->";
    private const string End = "<!-- end of strength -->";

    /// <param name="all">How many mutants there are.</param>
    /// <param name="date">Of the run.</param>
    public string Write(int all, DateOnly date)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture,
            $"""
            {date:yyyy-MM-dd}. {fates.Count:N0} of {all:N0} mutants were tried, **{Score(fates)} % noticed** by the unit part of the tests
            ({Score([.. fates.Where(fate => !explained.Has(fate))])} % of those that are not explained).

            | folder | tried | noticed | explained | survived | of these, no test reaches | noticed, % | of the unexplained, % |
            |---|---:|---:|---:|---:|---:|---:|---:|

            """);
        foreach (var folder in fates.GroupBy(fate => fate.Mutant.Folder).OrderBy(folder => folder.Key, StringComparer.Ordinal))
        {
            var (tried, unexplained) = (folder.ToList(), folder.Where(fate => !explained.Has(fate)).ToList());
            var survived = unexplained.Where(fate => !fate.IsNoticed).ToList();
            text.Append(CultureInfo.InvariantCulture,
                $"| {folder.Key} | {tried.Count} | {tried.Count(fate => fate.IsNoticed)} | {tried.Count - unexplained.Count} | {survived.Count} "
                + $"| {survived.Count(fate => fate.Tests == 0)} | {Score(tried)} | {Score(unexplained)} |\n");
        }

        text.Append("\n<details><summary>Survivors that are not explained</summary>\n\n");
        foreach (var fate in fates.Where(fate => !fate.IsNoticed && !explained.Has(fate)))
            text.Append(CultureInfo.InvariantCulture,
                $"* `{fate.Mutant.File}` {fate.Mutant.Line}: {fate.Mutant.What}{(fate.Tests == 0 ? " (no test reaches it)" : "")}\n");
        text.Append("\n</details>\n");
        return text.ToString();
    }

    /// <summary>Puts it into a file, between the marks of our section.</summary>
    /// <exception cref="InvalidOperationException">The file does not have them.</exception>
    public static void Put(string path, string text)
    {
        var old = File.ReadAllText(path);
        var (begin, end) = (old.IndexOf(Begin, StringComparison.Ordinal), old.IndexOf(End, StringComparison.Ordinal));
        if (begin < 0 || end < begin)
            throw new InvalidOperationException($"{path} has no '{Begin}' and '{End}' to write between.");

        File.WriteAllText(path, $"{old[..begin]}{Begin}\n{text}{old[end..]}");
    }

    private static string Score(IReadOnlyList<Fate> of) => string.Create(
        CultureInfo.InvariantCulture, $"{100.0 * of.Count(fate => fate.IsNoticed) / Math.Max(1, of.Count):0.0}");
}
