using System.Text;
using TlsFsm.Tests.Architecture;

namespace TlsFsm.Tests.Network.Stacks;

/// <summary>
/// The table in <c>docs/interop.md</c>. Its rows and notes are made of <see cref="StackTable"/>; each cell is what a test has seen, and is
/// compared with what the document says, or written there when golden files are renewed.
/// </summary>
internal static class MatrixDocument
{
    private const string Begin = "<!-- The matrix is written by the tests of Engine.Tests/Network/Stacks; do not edit. -->\n";
    private const string End = "<!-- Here ends what the tests write. -->\n";
    private const string Unknown = "?";
    private const string Empty = "–";
    private static readonly Lock Gate = new();

    public static string FilePath { get; } = Path.Combine(Repository.Folder, "docs", "interop.md");

    /// <summary>A test has seen this.</summary>
    public static void AssertCell(StackRow row, StackColumn column, string seen)
    {
        lock (Gate)
        {
            if (GoldenFile.IsUpdate)
                Write((one, at) => one == row && at == column ? seen : CellOf(one, at));
            Assert.That(seen, Is.EqualTo(CellOf(row, column)), $"{row.Heading} {column} in {FilePath}");
        }
    }

    /// <summary>The document has the rows and notes of the table, and what tests have seen in each cell.</summary>
    public static void AssertWhole()
    {
        lock (Gate)
        {
            var text = Read();
            if (GoldenFile.IsUpdate)
                Write(CellOf);
            Assert.That(Generated(Read()), Is.EqualTo(Render(CellOf)), $"Run the tests of this folder once with {GoldenFile.Update}=1.");
            Assert.That(Generated(text), Does.Not.Contain($"| {Unknown} |"), "A cell that no test has filled.");
        }
    }

    private static void Write(Func<StackRow, StackColumn, string> cell)
    {
        var text = Read();
        var (begin, end) = Bounds(text);
        File.WriteAllText(FilePath, text[..begin] + Render(cell) + text[end..]);
    }

    private static string Render(Func<StackRow, StackColumn, string> cell)
    {
        var text = new StringBuilder();
        text.Append("| stack | its role | TLS | P-256 | RSA | ALPN | client certificate | HelloRetryRequest | resumption |\n");
        text.Append("|---|---|---|---|---|---|---|---|---|\n");
        foreach (var row in StackTable.Rows)
        {
            text.Append(row.Heading);
            foreach (var column in Enum.GetValues<StackColumn>())
                text.Append($" {(row.IsEmpty(column) ? Empty : cell(row, column))} |");
            text.Append('\n');
        }

        text.Append('\n');
        foreach (var stack in StackTable.All)
            text.Append($"* **{stack.Name}**: {stack.Note}\n");
        return text.ToString();
    }

    private static string CellOf(StackRow row, StackColumn column)
    {
        var line = Generated(Read()).Split('\n').FirstOrDefault(line => line.StartsWith(row.Heading, StringComparison.Ordinal));
        var cells = line?[row.Heading.Length..].Split('|', StringSplitOptions.TrimEntries);
        var seen = cells is null || cells.Length <= (int)column ? Unknown : cells[(int)column];
        return seen == Empty ? Unknown : seen;
    }

    private static string Generated(string text)
    {
        var (begin, end) = Bounds(text);
        return text[begin..end];
    }

    private static (int Begin, int End) Bounds(string text)
    {
        var begin = text.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length;
        return (begin, text.IndexOf(End, begin, StringComparison.Ordinal));
    }

    private static string Read() => File.ReadAllText(FilePath).ReplaceLineEndings("\n");
}
