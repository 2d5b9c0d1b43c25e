namespace TlsFsm.Tests.Exploration;

/// <summary>Invariants that the engine is known to break, each with the shortest way: a list to be emptied, and never to grow.</summary>
internal static class KnownFaults
{
    private static readonly Dictionary<string, string> Known = new()
    {
        [nameof(PausesAlternate)] =
            "connect; peer: hello; application: return to plaintext; peer: close_notify; peer: half a record; peer: the other half",
        [nameof(AcceptedBytesLeave)] =
            "slow transport: connect; peer: hello; application: write over the mark; application: return to plaintext; peer: end of stream; "
            + "transport: reset: Unanswered, and accepted bytes never left",
    };

    public static bool Has(Finding finding) => Has(finding.Invariant);

    public static bool Has(Invariant invariant) => Known.ContainsKey(invariant.Name);

    public static IEnumerable<string> NotAmong(IEnumerable<Findings> findings) =>
        Known.Keys.Except(findings.SelectMany(found => found.Broken).Select(finding => finding.Invariant.Name));
}
