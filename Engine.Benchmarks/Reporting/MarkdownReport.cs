using System.Text;
using TlsFsm.Benchmarks.Compare;

namespace TlsFsm.Benchmarks.Reporting;

/// <summary>The same tables as Markdown.</summary>
internal static class MarkdownReport
{
    public static string Format(Report report)
    {
        var text = new StringBuilder();
        text.Append("# Comparison\n\n").Append(report.Machine).Append("\n\n");
        text.Append("Rates are per second of CPU time, kernel included, with both ends in one process unless it says otherwise; all contenders ran ");
        text.Append("interleaved in one run. Ratios are medians of the rounds' ratios.\n\n");
        text.Append("![Ratios](ratios.svg)\n\n");
        text.Append("| figure | value | rounds | must | aim | verdict |\n| --- | ---: | ---: | ---: | ---: | --- |\n");
        foreach (var target in report.Targets)
            text.Append("| ").AppendJoin(" | ", [target.Title, Formats.Value(target), Formats.Spread(target), Formats.Must(target), Formats.Aim(target), target.Verdict]).Append(" |\n");

        text.Append("\n![Rates](rates.svg)\n\n");
        text.Append("| figure | contender | median | allocated |\n| --- | --- | ---: | ---: |\n");
        foreach (var (figure, contender, value, allocated) in Formats.Medians(report))
            text.Append("| ").AppendJoin(" | ", [figure, contender, value, allocated]).Append(" |\n");

        if (report.Notes.Count > 0)
            text.Append("\nNotes:\n\n");
        foreach (var note in report.Notes)
            text.Append("- ").Append(note).Append('\n');
        return text.ToString();
    }
}
