using System.Globalization;
using System.Text;
using TlsFsm.Benchmarks.Compare;

namespace TlsFsm.Benchmarks.Reporting;

/// <summary>Puts a report where readers find it: a folder, or the project's own documents.</summary>
internal static class Documents
{
    private const string Begin = "<!-- benchmarks: written by `compare --write-docs` -->";
    private const string End = "<!-- /benchmarks -->";

    private static readonly UTF8Encoding Encoding = new(encoderShouldEmitUTF8Identifier: false);

    /// <summary>benchmarks.md, ratios.svg and rates.svg.</summary>
    public static void Write(Report report, DirectoryInfo folder)
    {
        folder.Create();
        File.WriteAllText(Path.Combine(folder.FullName, "benchmarks.md"), MarkdownReport.Format(report), Encoding);
        WritePictures(report, folder.FullName);
    }

    /// <summary>docs/benchmarks.md with its pictures in docs/benchmarks, and the table in README.md between its two marks.</summary>
    /// <exception cref="InvalidOperationException">This is not run from within the project, or README.md has lost its marks.</exception>
    public static void WriteDocs(Report report)
    {
        var root = Root();
        Replace(Path.Combine(root, "README.md"), Begin, End, Summary(report));

        var docs = Path.Combine(root, "docs");
        Directory.CreateDirectory(Path.Combine(docs, "benchmarks"));
        File.WriteAllText(Path.Combine(docs, "benchmarks.md"), MarkdownReport.Format(report, "benchmarks"), Encoding);
        WritePictures(report, Path.Combine(docs, "benchmarks"));
    }

    /// <summary>The table of hosts in docs/kestrel.md, between its two marks.</summary>
    /// <param name="table">As Markdown.</param>
    /// <exception cref="InvalidOperationException">This is not run from within the project, or the page has lost its marks.</exception>
    public static void WriteHosts(string table) =>
        Replace(
            Path.Combine(Root(), "docs", "kestrel.md"), "<!-- hosts: written by `hosts --write-docs` -->", "<!-- /hosts -->",
            $"\n{DateTime.UtcNow:yyyy-MM-dd}, {Machine.Describe()}.\n\n{table.Trim()}\n");

    /// <summary>The table of what connections hold in docs/security/memory.md, between its two marks.</summary>
    /// <param name="table">As Markdown.</param>
    /// <exception cref="InvalidOperationException">This is not run from within the project, or the page has lost its marks.</exception>
    public static void WriteMemory(string table) =>
        Replace(
            Path.Combine(Root(), "docs", "security", "memory.md"), "<!-- memory: written by `memory --write-docs` -->", "<!-- /memory -->",
            $"\n{table.Trim()}\n");

    private static void Replace(string path, string begin, string end, string part)
    {
        var text = File.ReadAllText(path);
        var (from, to) = (text.IndexOf(begin, StringComparison.Ordinal), text.IndexOf(end, StringComparison.Ordinal));
        if (from < 0 || to < from)
            throw new InvalidOperationException($"{Path.GetFileName(path)} has no '{begin}' followed by '{end}'.");

        File.WriteAllText(path, text[..(from + begin.Length)] + part + text[to..], Encoding);
    }

    private static string Summary(Report report)
    {
        var text = new StringBuilder("\n");
        text.Append("| figure | reached | must |\n| --- | ---: | ---: |\n");
        foreach (var target in report.Targets.Where(target => target.Value is not null && target.Must is not null))
            text.Append(
                CultureInfo.InvariantCulture,
                $"| {target.Title} | {Formats.Value(target)}{(target.IsMissed ? " (missed)" : "")} | {Formats.Must(target)} |\n");
        return text.Append('\n').Append(MarkdownReport.Origin(report)).Append('\n').ToString();
    }

    private static void WritePictures(Report report, string folder)
    {
        File.WriteAllText(Path.Combine(folder, "ratios.svg"), Plots.Ratios(report), Encoding);
        File.WriteAllText(Path.Combine(folder, "rates.svg"), Plots.Rates(report), Encoding);
    }

    /// <summary>The project's folder.</summary>
    private static string Root()
    {
        for (var folder = new DirectoryInfo(Environment.CurrentDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "TlsFsm.sln")))
                return folder.FullName;
        }

        throw new InvalidOperationException("Documents are written from within the project: there is no TlsFsm.sln here or above.");
    }
}
