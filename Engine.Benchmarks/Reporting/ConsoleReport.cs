using Spectre.Console;
using TlsFsm.Benchmarks.Compare;

namespace TlsFsm.Benchmarks.Reporting;

/// <summary>The tables on the terminal.</summary>
internal static class ConsoleReport
{
    public static void Write(Report report)
    {
        // Redirected, it would be cut at 80 columns.
        if (Console.IsOutputRedirected)
            AnsiConsole.Profile.Width = 160;
        AnsiConsole.Write(Ratios(report));
        AnsiConsole.Write(Rates(report));
        if (report.Absences.Count > 0)
            AnsiConsole.Write(Absences(report));
        foreach (var note in report.Notes)
            AnsiConsole.MarkupLineInterpolated($"[yellow]{note}[/]");
        AnsiConsole.MarkupLineInterpolated($"[grey]{MarkdownReport.Origin(report)}[/]");
    }

    private static Table Ratios(Report report)
    {
        var table = new Table().Border(TableBorder.Rounded).Title("Reached")
            .AddColumn("Figure")
            .AddColumn(new TableColumn("Value").RightAligned())
            .AddColumn(new TableColumn("Rounds").RightAligned())
            .AddColumn(new TableColumn("Must").RightAligned())
            .AddColumn(new TableColumn("Aim").RightAligned())
            .AddColumn("Verdict");
        foreach (var target in report.Targets)
            table.AddRow(
                Markup.Escape(target.Title), Formats.Value(target), Formats.Spread(target), Formats.Must(target), Formats.Aim(target),
                target.IsMissed ? "[red]missed[/]" : target.Value is null ? "[grey]not measured[/]" : $"[green]{target.Verdict}[/]");
        return table;
    }

    private static Table Rates(Report report)
    {
        var table = new Table().Border(TableBorder.Rounded).Title("Medians")
            .AddColumn("Figure").AddColumn("Contender").AddColumn(new TableColumn("Value").RightAligned()).AddColumn(
                new TableColumn("Allocated").RightAligned());
        foreach (var line in Formats.Medians(report))
            table.AddRow(Markup.Escape(line.Figure), Markup.Escape(line.Contender), line.Value, line.Allocated);
        return table;
    }

    private static Table Absences(Report report)
    {
        var table = new Table().Border(TableBorder.Rounded).Title("Not measured").AddColumn("Contender").AddColumn("Why")
            .AddColumn("Figures");
        foreach (var (contender, why, figures) in Formats.Absences(report))
            table.AddRow(Markup.Escape(contender), Markup.Escape(why), Markup.Escape(figures));
        return table;
    }
}
