using System.Text.RegularExpressions;

namespace TlsFsm.Tests.Architecture;

/// <summary>Who knows a type finds its tests: by its name, or in the list of <c>Engine.Tests/README.md</c>.</summary>
public sealed partial class TestNamesTests
{
    /// <summary>From how many lines on, partials together.</summary>
    private const int Larger = 100;

    private static readonly string[] Layers = ["Abstractions", "Buffers", "Machines", "Core"];

    private static readonly HashSet<string> Fixtures =
    [
        .. typeof(TestNamesTests).Assembly.GetTypes()
            .Select(type => type.Name).Where(name => name.EndsWith("Tests", StringComparison.Ordinal)),
    ];

    /// <summary>The tests of a type, by its name, as the list has them.</summary>
    private static readonly Dictionary<string, string[]> Listed = Row()
        .Matches(File.ReadAllText(Path.Combine(Repository.Folder, "Engine.Tests", "README.md")))
        .ToDictionary(
            row => row.Groups[1].Value, row => Name().Matches(row.Groups[2].Value).Select(name => name.Groups[1].Value).ToArray());

    [Test]
    public void The_tests_of_a_larger_type_are_called_after_it_or_listed()
    {
        var lost = LargerTypes().Where(type => !Fixtures.Contains($"{type}Tests") && !Listed.ContainsKey(type));

        Assert.That(lost, Is.Empty, "Call tests after the type, or add a line to \"Which tests a type has\" in Engine.Tests/README.md.");
    }

    [Test]
    public void What_is_listed_exists()
    {
        var types = typeof(TlsException).Assembly.GetTypes().Select(type => type.Name.Split('`')[0]).ToHashSet();

        Assert.That(Listed, Is.Not.Empty, "the test no longer sees the list");
        Assert.That(Listed.Keys.Where(type => !types.Contains(type)), Is.Empty);
        Assert.That(Listed.Values.SelectMany(tests => tests).Where(test => !Fixtures.Contains(test)), Is.Empty);
    }

    private static IEnumerable<string> LargerTypes() =>
        from layer in Layers
        from file in Directory.EnumerateFiles(Path.Combine(Repository.Folder, "Engine", layer), "*.cs", SearchOption.AllDirectories)
        group File.ReadLines(file).Count() by Path.GetFileName(file).Split('.')[0] into type
        where type.Sum() >= Larger
        select type.Key;

    [GeneratedRegex(@"^\| `(\w+)` \| ((?:`\w+Tests`(?:, )?)+) \|$", RegexOptions.Multiline)]
    private static partial Regex Row();

    [GeneratedRegex(@"`(\w+)`")]
    private static partial Regex Name();
}
