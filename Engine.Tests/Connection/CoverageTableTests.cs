using System.Globalization;
using System.Reflection;
using TlsFsm.Tests.Architecture;

namespace TlsFsm.Tests.Connection;

/// <summary>The tables of this project's README: nothing left out, no name without a test.</summary>
[TestFixture]
internal sealed class CoverageTableTests
{
    private static string Readme => File.ReadAllText(Path.Combine(Repository.Folder, "Engine.Tests", "README.md"));

    [TestCase("L", 47)]
    [TestCase("C", 59)]
    [TestCase("U", 34)]
    public void Every_one_has_a_line(string letter, int count)
    {
        var named = Readme.Split('\n').Where(line => line.StartsWith($"| {letter}", StringComparison.Ordinal))
            .SelectMany(line => line.Split('|')[1].Split(',', StringSplitOptions.TrimEntries));

        Assert.That(
            named, Is.EquivalentTo(Enumerable.Range(1, count).Select(i => string.Create(CultureInfo.InvariantCulture, $"{letter}{i}"))));
    }

    [Test]
    public void Every_name_is_that_of_a_test()
    {
        var tests = typeof(CoverageTableTests).Assembly.GetTypes()
            .SelectMany(
                type => type.GetMethods(BindingFlags.Instance | BindingFlags.Static | BindingFlags.Public).Select(
                    method => $"{type.Name}.{method.Name}"))
            .ToHashSet();

        Assert.That(TestCatalog.NamedIn(Readme).Where(name => !tests.Contains(name)), Is.Empty);
    }
}
