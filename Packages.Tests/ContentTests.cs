using System.IO.Compression;
using System.Xml.Linq;
using NUnit.Framework;

namespace TlsFsm.Packages.Tests;

/// <summary>What is in the packages, as whoever looks at them before he takes them sees it.</summary>
public sealed class ContentTests
{
    private static readonly string[] All = ["TlsFsm", "TlsFsm.AspNetCore", "TlsFsm.Cli", "TlsFsm.DataProtection", "TlsFsm.Sodium"];

    [Test]
    public void They_are_all_there_and_no_others() =>
        Assert.That(
            Directory.GetFiles(Folder, "*.nupkg").Select(path => Path.GetFileName(path).Replace(".0.1.0.nupkg", "")), Is.EquivalentTo(All));

    [TestCaseSource(nameof(All))]
    public void Each_says_what_it_is_and_may_be_used_for(string name)
    {
        using var package = Open(name);
        using var specification = package.GetEntry($"{name}.nuspec")!.Open();
        var metadata = XDocument.Load(specification).Root!.Elements().Single(one => one.Name.LocalName == "metadata");

        foreach (var field in (string[])["description", "license", "icon", "readme", "tags", "releaseNotes", "authors"])
        {
            var element = metadata.Elements().SingleOrDefault(one => one.Name.LocalName == field);
            Assert.That(element?.Value, Is.Not.Null.And.Not.Empty, field);
        }

        Assert.That(package.GetEntry("icon.png")!.Length, Is.InRange(500, 50_000));
        using var readme = new StreamReader(package.GetEntry("README.md")!.Open());
        Assert.That(readme.ReadToEnd(), Does.StartWith("# "));
    }

    [TestCaseSource(nameof(All))]
    public void Each_library_has_its_documentation_beside_it(string name)
    {
        if (name == "TlsFsm.Cli")
            return;

        using var package = Open(name);

        Assert.That(package.GetEntry($"lib/net10.0/{name}.dll"), Is.Not.Null);
        Assert.That(package.GetEntry($"lib/net10.0/{name}.xml")!.Length, Is.GreaterThan(100));
    }

    [Test]
    public void Consumers_may_take_patches_of_what_was_tested_and_no_other_line()
    {
        using var package = Open("TlsFsm");
        using var specification = package.GetEntry("TlsFsm.nuspec")!.Open();
        var ranges = XDocument.Load(specification).Descendants().Where(one => one.Name.LocalName == "dependency")
            .ToDictionary(one => one.Attribute("id")!.Value, one => one.Attribute("version")!.Value);

        Assert.That(ranges["BouncyCastle.Cryptography"], Is.EqualTo("[2.7.0, 2.8.0)"));
        Assert.That(ranges["Stateless"], Is.EqualTo("[5.20.1, 5.21.0)"));
        Assert.That(ranges, Has.Count.EqualTo(4), "and two of .NET's own, which have no upper end");
    }

    [Test]
    public void The_changes_of_the_version_are_told()
    {
        using var package = Open("TlsFsm");
        using var specification = package.GetEntry("TlsFsm.nuspec")!.Open();
        var notes = XDocument.Load(specification).Descendants().Single(one => one.Name.LocalName == "releaseNotes").Value;

        Assert.That(notes, Does.StartWith("### Added").And.Contain("`TlsConnection`"));
    }

    [Test]
    public void What_the_analyzers_lead_to_is_in_the_package()
    {
        using var package = Open("TlsFsm");

        Assert.That(package.GetEntry("analyzers/dotnet/cs/TlsFsm.Analyzers.dll"), Is.Not.Null);
        Assert.That(package.GetEntry("docs/analyzers.md"), Is.Not.Null);
    }

    [Test]
    public void The_tool_has_no_documentation_of_libraries()
    {
        using var package = Open("TlsFsm.Cli");

        Assert.That(package.Entries.Select(entry => entry.Name), Has.None.EqualTo("TlsFsm.xml"));
    }

    /// <summary>Where the packages are.</summary>
    internal static string Folder { get; } = Find();

    /// <summary>A package, to read.</summary>
    internal static ZipArchive Open(string name) => ZipFile.OpenRead(Path.Combine(Folder, $"{name}.0.1.0.nupkg"));

    private static string Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (folder.GetDirectories("artifacts") is [var found] && found.GetFiles("*.nupkg").Length > 0)
                return found.FullName;
        }

        throw new DirectoryNotFoundException("artifacts/ with packages: run 'dotnet pack -c Release -o artifacts' first.");
    }
}
