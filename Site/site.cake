// The site: documents, drawings and the reference of all public members, by docfx. Pages are staged first, because they also lead to sources
// and samples, which a site has not: those links become the path in words. Everything else must lead somewhere: a warning is an error.
using System.Text.RegularExpressions;

const string SiteSource = "artifacts/site-source";
const string SiteAssemblies = "artifacts/site-assemblies";

Task("Site")
    .Description("Makes the site in artifacts/site: documents, drawings, reference of the public members.")
    .IsDependentOn("Build")
    .IsDependentOn("SiteOfBuilt");

Task("SiteOfBuilt")
    .Description("The same of what is built already, in --configuration: nothing is built again.")
    .Does(() =>
    {
        CleanDirectory(SiteSource);
        CleanDirectory(SiteAssemblies);
        CleanDirectory("artifacts/site");
        StagePages();
        foreach (var pattern in new[] { "*.dll", "TlsFsm*.xml" })
            CopyFiles($"Engine.Tests/bin/{configuration}/net10.0/{pattern}", SiteAssemblies);
        DotNetTool("docfx", new DotNetToolSettings
        {
            ArgumentCustomization = arguments => arguments.Append("Site/docfx.json").Append("--warningsAsErrors"),
        });
    });

void StagePages()
{
    var root = MakeAbsolute(Directory("."));
    var files = new[]
        {
            "./*.md", "./LICENSE", "./docs/**/*.*", "./StateDiagrams/diagrams/*.md", "./StateDiagrams/diagrams/*.svg",
            "./StateDiagrams/learned/*.md", "./StateDiagrams/learned/*.svg", "./Engine*/README.md", "./Engine.Tests/Conformance/*.md",
            "./Engine.Tests/Core/Certificates/*.md",
        }
        .SelectMany(pattern => GetFiles(pattern)).Select(file => root.GetRelativePath(file).FullPath).Distinct().ToHashSet();
    foreach (var file in files)
    {
        var target = $"{SiteSource}/{(file == "README.md" ? "index.md" : file)}";
        EnsureDirectoryExists(File(target).Path.GetDirectory());
        if (!file.EndsWith(".md"))
            CopyFile(file, target);
        else
            System.IO.File.WriteAllText(target, ForSite(file, System.IO.File.ReadAllText(file), files));
    }

    CopyFile("Site/toc.yml", $"{SiteSource}/toc.yml");
    System.IO.File.WriteAllText($"{SiteSource}/docs/toc.yml", TocOf(System.IO.File.ReadAllText("docs/README.md")));
}

string ForSite(string page, string text, HashSet<string> files) =>
    Regex.Replace(text, @"(?<!!)\[([^\]\[]*)\]\((?![a-z]+:|#)([^)#\s]+)((?:#[^)\s]*)?)\)", link =>
    {
        var (words, path, anchor) = (link.Groups[1].Value, link.Groups[2].Value, link.Groups[3].Value);
        var folder = File(page).Path.GetDirectory();
        var full = folder.CombineWithFilePath(path).Collapse().FullPath;
        if (full == "README.md")
            return $"[{words}]({path.Replace("README.md", "index.md")}{anchor})";
        if (files.Contains(full))
            return link.Value;
        return files.Contains($"{full}/README.md") ? $"[{words}]({path}/README.md{anchor})"
            : words.Trim('`') == full ? $"`{full}`" : $"{words} (`{full}`)";
    });

/// The index' tables as a list beside each page.
string TocOf(string index)
{
    var toc = new System.Text.StringBuilder("- name: All documents\n  href: README.md\n");
    foreach (var line in index.Split('\n'))
    {
        if (line.StartsWith("## "))
            toc.Append($"- name: {line[3..].Trim()}\n  expanded: true\n  items:\n");
        foreach (Match link in Regex.Matches(line.StartsWith("| ") ? line : "", @"\[([^\]]+)\]\(((?!\.\.)[^)]+\.md)\)"))
        {
            var name = link.Groups[2].Value;
            var heading = System.IO.File.ReadLines($"docs/{name}").First(one => one.StartsWith("# "))[2..];
            toc.Append($"  - name: \"{heading.Replace("\"", "'")}\"\n    href: {name}\n");
        }
    }

    return toc.ToString();
}
