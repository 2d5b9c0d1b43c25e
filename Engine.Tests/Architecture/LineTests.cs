using System.Text.RegularExpressions;

namespace TlsFsm.Tests.Architecture;

/// <summary>Lines that a reader sees whole, side by side with another file (.editorconfig: max_line_length).</summary>
public sealed partial class LineTests
{
    private const int Columns = 140;

    [Test]
    public void No_line_is_wider_than_a_reader_sees_unless_one_text_is()
    {
        var wide = Directory.EnumerateFiles(Repository.Folder, "*.cs", SearchOption.AllDirectories)
            .Where(file => !Path.GetRelativePath(Repository.Folder, file).Split(Path.DirectorySeparatorChar).Any(part => part is "obj" or "bin"))
            .SelectMany(WideLinesOf)
            .ToList();

        Assert.That(wide, Is.Empty);
    }

    [TestCase("a", 0, false)]
    [TestCase("\"text\"", 200, false)]
    [TestCase("a \"text\" b", 150, true)]
    public void A_text_that_cannot_be_broken_does_not_count(string line, int padding, bool isWide)
    {
        var padded = isWide ? line.PadRight(padding, 'x') : line.Replace("text", new string('t', padding), StringComparison.Ordinal);

        Assert.That(IsWide(padded), Is.EqualTo(isWide));
    }

    private static IEnumerable<string> WideLinesOf(string file)
    {
        var isRaw = false;
        var number = 0;
        foreach (var line in File.ReadLines(file))
        {
            number++;
            if (line.Split("\"\"\"").Length % 2 == 0)
                isRaw = !isRaw;
            else if (!isRaw && IsWide(line))
                yield return $"{Path.GetRelativePath(Repository.Folder, file)}:{number} has {line.Length} columns";
        }
    }

    private static bool IsWide(string line) => line.Length > Columns && Text().Replace(line, "\"\"").Length > Columns;

    [GeneratedRegex("\"(?:[^\"\\\\]|\\\\.)*\"")]
    private static partial Regex Text();
}
