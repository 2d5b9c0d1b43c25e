using System.Reflection;

namespace TlsFsm.Tests.Architecture;

/// <summary>All tests of this assembly, for documents that name them.</summary>
internal static class TestCatalog
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
}
