namespace TlsFsm.Tests.Exploration;

/// <summary>Invariants that the engine is known to break, each with the shortest way: a list to be emptied, and never to grow.</summary>
internal static class KnownFaults
{
    private static readonly Dictionary<string, string> Known = [];

    public static bool Has(Finding finding) => Has(finding.Invariant);

    public static bool Has(Invariant invariant) => Known.ContainsKey(invariant.Name);

    public static IEnumerable<string> NotAmong(IEnumerable<Findings> findings) =>
        Known.Keys.Except(findings.SelectMany(found => found.Broken).Select(finding => finding.Invariant.Name));
}
