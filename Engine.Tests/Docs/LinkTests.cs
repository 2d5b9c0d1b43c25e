using System.Text.RegularExpressions;
using TlsFsm.Tests.Architecture;

namespace TlsFsm.Tests.Docs;

/// <summary>Links between documents, sources and pictures lead somewhere, and every page can be found from the index.</summary>
internal sealed partial class LinkTests
{
    private static IEnumerable<string> Pages =>
        Directory.EnumerateFiles(Repository.Folder, "*.md").Concat(
            Directory.EnumerateFiles(Path.Combine(Repository.Folder, "docs"), "*.md", SearchOption.AllDirectories));

    [Test]
    public void Every_link_leads_to_a_file_or_folder_of_the_repository()
    {
        var dead = from page in Pages
                   from Match link in Link().Matches(File.ReadAllText(page))
                   let target = Path.GetFullPath(link.Groups[1].Value, Path.GetDirectoryName(page)!)
                   where !File.Exists(target) && !Directory.Exists(target)
                   select $"{Path.GetRelativePath(Repository.Folder, page)}: {link.Groups[1].Value}";

        Assert.That(dead, Is.Empty);
    }

    [Test]
    public void Every_page_is_in_the_index()
    {
        var docs = Path.Combine(Repository.Folder, "docs");
        var linked = Link().Matches(File.ReadAllText(Path.Combine(docs, "README.md"))).Select(link => link.Groups[1].Value);

        Assert.That(
            Directory.EnumerateFiles(docs, "*.md").Select(page => Path.GetFileName(page)!).Except(linked), Is.EqualTo(new[] { "README.md" }));
    }

    /// <summary>Where a link of this repository leads, without its anchor.</summary>
    [GeneratedRegex(@"\]\((?![a-z]+:|#)([^)#\s]+)(?:#[^)\s]*)?\)")]
    private static partial Regex Link();
}
