using System.Text.RegularExpressions;
using TlsFsm.Tests.Architecture;

namespace TlsFsm.Tests.Docs;

/// <summary>Every piece of C# in <c>docs/</c> is one that is compiled and run here, under the name that its block carries.</summary>
public sealed partial class SnippetTests
{
    private static readonly Dictionary<string, string> Compiled = (
        from file in Directory.EnumerateFiles(Path.Combine(Repository.Folder, "Engine.Tests", "Docs"), "*Snippets.cs")
        from Match part in Part().Matches(File.ReadAllText(file).ReplaceLineEndings("\n"))
        select (Name: part.Groups[1].Value, Text: part.Groups[2].Value)).ToDictionary(part => part.Name, part => part.Text);

    private static IEnumerable<(string File, string Name, string Text)> Shown =>
        from file in Directory.EnumerateFiles(Path.Combine(Repository.Folder, "docs"), "*.md", SearchOption.AllDirectories)
        from Match block in Block().Matches(File.ReadAllText(file).ReplaceLineEndings("\n"))
        select (Path.GetFileName(file), block.Groups[1].Value.Trim(), block.Groups[2].Value);

    [Test]
    public void Each_that_is_shown_is_the_compiled_one()
    {
        Assert.That(Shown, Is.Not.Empty);
        Assert.Multiple(() =>
        {
            foreach (var (file, name, text) in Shown)
            {
                Assert.That(Compiled, Contains.Key(name), $"{file} shows a piece that no *Snippets.cs has between begin and end.");
                Assert.That(Squeeze(text), Is.EqualTo(Squeeze(Compiled.GetValueOrDefault(name, ""))), $"{name} in {file}");
            }
        });
    }

    [Test]
    public void Each_that_is_compiled_is_shown() => Assert.That(Compiled.Keys, Is.EquivalentTo(Shown.Select(shown => shown.Name)));

    /// <summary>Indentation apart.</summary>
    internal static string Squeeze(string text) =>
        string.Join('\n', text.Split('\n').Select(line => line.Trim()).Where(line => line.Length > 0));

    [GeneratedRegex(@"// begin ([a-z0-9-]+)\n(.*?)// end \1", RegexOptions.Singleline)]
    private static partial Regex Part();

    [GeneratedRegex(@"^```csharp(.*?)\n(.*?)^```", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex Block();
}
