using System.Text.RegularExpressions;

namespace TlsFsm.Tests.Architecture;

/// <summary>A type is about as long as one can hold in mind, however many files it is written in.</summary>
public sealed partial class TypeSizeTests
{
    private const int Most = 300;

    /// <summary>Types that are still to be parted. A line is taken out when they are, and none is put in.</summary>
    private static readonly string[] ToBeParted =
        [];

    [Test]
    public void No_type_is_longer_than_one_can_hold_in_mind() =>
        Assert.That(TooLong(Path.Combine(Repository.Folder, "Engine")).Where(name => !ToBeParted.Contains(name.Split(' ')[0])), Is.Empty);

    [Test]
    public void What_is_still_to_be_parted_is_too_long() =>
        Assert.That(
            TooLong(Path.Combine(Repository.Folder, "Engine")).Select(name => name.Split(' ')[0]).Intersect(ToBeParted),
            Is.EquivalentTo(ToBeParted), "what was parted leaves the list");

    [Test]
    public void Partials_count_together_and_neighbours_do_not()
    {
        var folder = Directory.CreateTempSubdirectory("tlsfsm-sizes-").FullName;
        try
        {
            File.WriteAllText(Path.Combine(folder, "Long.cs"), Source("public sealed partial class Long", 150));
            File.WriteAllText(Path.Combine(folder, "Long.More.cs"), Source("public sealed partial class Long", 151));
            File.WriteAllText(
                Path.Combine(folder, "Two.cs"),
                Source("internal static class One", 150) + Source("internal record struct Other(int A)", 151));

            Assert.That(TooLong(folder), Is.EqualTo(new[] { "./Long has 301 lines" }));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }

        static string Source(string declaration, int lines) =>
            $"{declaration}\n{{\n{string.Concat(Enumerable.Repeat("    // x\n", lines - 3))}}}\n";
    }

    private static IEnumerable<string> TooLong(string root) =>
        from file in Directory.EnumerateFiles(root, "*.cs", SearchOption.AllDirectories)
        let folder = Path.GetRelativePath(root, Path.GetDirectoryName(file)!).Replace('\\', '/')
        where folder.Split('/')[0] is not ("obj" or "bin")
        from type in TypesIn(File.ReadAllLines(file))
        group type.Lines by $"{folder}/{type.Name}" into whole
        where whole.Sum() > Most
        orderby whole.Key
        select $"{whole.Key} has {whole.Sum()} lines";

    /// <summary>From the declaration to the brace that closes it, both at the line's beginning.</summary>
    private static IEnumerable<(string Name, int Lines)> TypesIn(string[] lines)
    {
        for (var i = 0; i < lines.Length; i++)
        {
            if (Declaration().Match(lines[i]) is not { Success: true } match)
                continue;

            var first = i;
            while (i < lines.Length - 1 && lines[i] != "}" && !(lines[i].EndsWith(';') && !lines.Skip(first).Take(i - first).Contains("{")))
                i++;
            yield return (match.Groups[1].Value, i - first + 1);
        }
    }

    [GeneratedRegex(@"^(?:(?:public|internal|file|sealed|static|abstract|readonly|ref|partial) )+(?:class|struct|interface|enum|record(?: struct| class)?) (\w+)")]
    private static partial Regex Declaration();
}
