using System.Globalization;
using System.Text.RegularExpressions;

namespace TlsFsm.Tests.Architecture;

/// <summary><c>docs/promises.md</c>: every promise with its tests, no name without a test, and no such test left out.</summary>
public sealed partial class PromisesTests
{
    private const int Count = 16;

    /// <summary>The text below the heading of each promise, by its number.</summary>
    private static readonly Dictionary<int, string> Promises = Heading()
        .Split(File.ReadAllText(Path.Combine(Repository.Folder, "docs", "promises.md")))
        .Skip(1).Chunk(2)
        .ToDictionary(pair => int.Parse(pair[0], CultureInfo.InvariantCulture), pair => pair[1]);

    [Test]
    public void They_are_numbered_from_1_to_16() => Assert.That(Promises.Keys, Is.EqualTo(Enumerable.Range(1, Count)));

    [Test]
    public void Each_names_tests_that_exist([Range(1, Count)] int number)
    {
        var named = TestCatalog.NamedIn(Promises[number]);

        Assert.That(named, Is.Not.Empty);
        Assert.That(named, Is.SubsetOf(TestCatalog.Names));
    }

    [Test]
    public void Each_test_that_is_named_after_a_promise_stands_beside_it()
    {
        var missing = from test in TestCatalog.All
                      let number = PromiseOf().Match(test.Name)
                      where number.Success
                      let promise = Promises.GetValueOrDefault(int.Parse(number.Groups[1].Value, CultureInfo.InvariantCulture), "")
                      where !TestCatalog.NamedIn(promise).Contains($"{test.Type}.{test.Name}")
                      select $"{test.Type}.{test.Name}";

        Assert.That(missing, Is.Empty);
    }

    [GeneratedRegex(@"^### P(\d+) .*$", RegexOptions.Multiline)]
    private static partial Regex Heading();

    [GeneratedRegex(@"^P(\d+)_")]
    private static partial Regex PromiseOf();
}
