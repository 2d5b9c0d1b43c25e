using System.Text.Json;
using System.Xml.Linq;
using NUnit.Framework;

namespace TlsFsm.Packages.Tests;

/// <summary>The list of parts (SBOM, CycloneDX) that lies beside each package.</summary>
public sealed class PartsTests
{
    private static readonly string[] All = ["TlsFsm", "TlsFsm.AspNetCore", "TlsFsm.Cli", "TlsFsm.DataProtection", "TlsFsm.Sodium"];

    [TestCaseSource(nameof(All))]
    public void It_names_all_that_the_package_brings_with_version_and_licence(string name)
    {
        using var list = JsonDocument.Parse(File.ReadAllText(Path.Combine(ContentTests.Folder, $"{name}.0.1.0.cdx.json")));
        var root = list.RootElement;
        var parts = root.GetProperty("components").EnumerateArray().ToDictionary(part => part.GetProperty("name").GetString()!);

        Assert.That(root.GetProperty("bomFormat").GetString(), Is.EqualTo("CycloneDX"));
        Assert.That(root.GetProperty("metadata").GetProperty("component").GetProperty("name").GetString(), Is.EqualTo(name));
        Assert.That(root.GetProperty("metadata").GetProperty("component").GetProperty("version").GetString(), Is.EqualTo("0.1.0"));
        Assert.That(parts.Keys, Is.SupersetOf(new[] { "BouncyCastle.Cryptography", "Stateless", "System.Security.Cryptography.Pkcs" }));
        Assert.That(parts.Keys, Is.SupersetOf(Dependencies(name)));
        foreach (var (part, facts) in parts)
        {
            Assert.That(facts.GetProperty("version").GetString(), Does.Match("^[0-9]+\\.[0-9]+\\.[0-9]+"), part);
            Assert.That(facts.GetProperty("purl").GetString(), Does.StartWith($"pkg:nuget/{part}@"), part);
            if (part != "TlsFsm")
                Assert.That(LicenceOf(facts), Is.Not.Null.And.Not.Empty, part);
        }
    }

    [Test]
    public void It_has_all_that_is_in_the_tool()
    {
        using var list = JsonDocument.Parse(File.ReadAllText(Path.Combine(ContentTests.Folder, "TlsFsm.Cli.0.1.0.cdx.json")));
        var parts = list.RootElement.GetProperty("components").EnumerateArray()
            .Select(part => part.GetProperty("name").GetString()).ToList();
        using var package = ContentTests.Open("TlsFsm.Cli");
        var assemblies = package.Entries.Select(entry => entry.Name).Where(file => file.EndsWith(".dll", StringComparison.Ordinal))
            .Select(file => file[..^".dll".Length])
            .Where(file => file != "TlsFsm.Cli" && !file.EndsWith(".resources", StringComparison.Ordinal)).Distinct();

        Assert.That(assemblies, Is.SubsetOf(parts));
    }

    private static IEnumerable<string> Dependencies(string name)
    {
        using var package = ContentTests.Open(name);
        using var specification = package.GetEntry($"{name}.nuspec")!.Open();
        return XDocument.Load(specification).Descendants().Where(one => one.Name.LocalName == "dependency")
            .Select(one => one.Attribute("id")!.Value).ToList();
    }

    private static string? LicenceOf(JsonElement part)
    {
        if (!part.TryGetProperty("licenses", out var licences) || licences.GetArrayLength() == 0)
            return null;

        var first = licences[0];
        if (first.TryGetProperty("expression", out var expression))
            return expression.GetString();

        var licence = first.GetProperty("license");
        return (licence.TryGetProperty("id", out var id) ? id : licence.GetProperty("name")).GetString();
    }
}
