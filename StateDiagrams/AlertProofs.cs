using System.Text.RegularExpressions;

namespace TlsFsm.StateDiagrams;

/// <summary>Which tests prove which fault, as the sources of the tests say by <c>[Proves(nameof(...))]</c>.</summary>
/// <remarks>
/// From the sources, because the tests refer to this program and not the other way round. A test compares with the attributes themselves.
/// </remarks>
internal static partial class AlertProofs
{
    /// <summary>Names of tests by names of faults.</summary>
    /// <param name="repository">The folder of the repository.</param>
    public static ILookup<string, string> Read(string repository) =>
        Directory.EnumerateFiles(Path.Combine(repository, "Engine.Tests"), "*Tests.cs", SearchOption.AllDirectories)
            .SelectMany(file =>
                from Match proof in Proof().Matches(File.ReadAllText(file))
                from Match fault in Fault().Matches(proof.Groups["faults"].Value)
                select (Fault: fault.Groups["name"].Value, Test: $"{Path.GetFileNameWithoutExtension(file)}.{proof.Groups["test"].Value}"))
            .ToLookup(one => one.Fault, one => one.Test);

    [GeneratedRegex(@"\bProves\((?<faults>[^\]]*)\)\]\s+(\[[^\n]*\]\s+)*public (async )?[\w<>]+ (?<test>\w+)\(")]
    private static partial Regex Proof();

    [GeneratedRegex(@"nameof\(\w+\.(?<name>\w+)\)")]
    private static partial Regex Fault();
}
