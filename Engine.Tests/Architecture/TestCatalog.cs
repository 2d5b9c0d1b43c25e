using System.Reflection;
using System.Text.RegularExpressions;

namespace TlsFsm.Tests.Architecture;

/// <summary>All tests of this assembly, for documents that name them.</summary>
internal static partial class TestCatalog
{
    public static IReadOnlyList<(string Type, string Name)> All { get; } =
    [
        .. from type in typeof(TestCatalog).Assembly.GetTypes()
           from method in type.GetMethods(BindingFlags.Instance | BindingFlags.Public)
           where method.IsDefined(typeof(TestAttribute)) || method.IsDefined(typeof(TestCaseAttribute))
               || method.IsDefined(typeof(TestCaseSourceAttribute))
           select (type.Name, method.Name),
    ];

    /// <summary>As documents write them: <c>Type.Name</c>.</summary>
    public static IReadOnlySet<string> Names { get; } = All.Select(test => $"{test.Type}.{test.Name}").ToHashSet();

    /// <summary>What a document names as tests, whether they exist or not.</summary>
    public static IReadOnlyList<string> NamedIn(string text) => [.. TestName().Matches(text).Select(match => match.Groups[1].Value)];

    [GeneratedRegex("`([A-Za-z0-9]+Tests\\.[A-Za-z0-9_]+)`")]
    private static partial Regex TestName();
}
