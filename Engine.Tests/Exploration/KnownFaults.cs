namespace TlsFsm.Tests.Exploration;

/// <summary>Invariants that the engine is known to break, each with the shortest way: a list to be emptied, and never to grow.</summary>
internal static class KnownFaults
{
    private static readonly Dictionary<string, string> Known = new()
    {
        [nameof(TheStateOfWritingSaysWhatHappened)] =
            "keeps open: connect; peer: hello; peer: end of stream; application: return to plaintext: neither refused nor begun",
        [nameof(TheStateOfReadingSaysWhatHappened)] =
            "connect; peer: hello; application: pause reading; peer: end of stream; application: return to plaintext: the same",
        [nameof(AcceptedBytesLeave)] =
            "slow transport, all steps: connect; peer: hello; application: write over the mark; application: return to plaintext; peer: end of "
            + "stream; application: abort: Unanswered, and accepted bytes never left; a reset in place of the abort does the same",
    };

    public static bool Has(Finding finding) => Has(finding.Invariant);

    public static bool Has(Invariant invariant) => Known.ContainsKey(invariant.Name);

    public static IEnumerable<string> NotAmong(IEnumerable<Findings> findings) =>
        Known.Keys.Except(findings.SelectMany(found => found.Broken).Select(finding => finding.Invariant.Name));
}
