namespace TlsFsm.Fuzz.Targets;

/// <summary>What stock BouncyCastle refuses and the engine accepts, each with its reason.</summary>
internal static class StockDifferences
{
    private static readonly (Func<Exception, bool> Is, string Reason)[] Listed =
    [
        (refusal => refusal.TargetSite?.Name == "HandleAlertWarningMessage",
            "no_renegotiation is a warning (RFC 5246 section 7.2.2); BouncyCastle gives up at it, though it never asks for a renegotiation. "
            + "We count it."),
    ];

    public static bool IsListed(Exception refusal) => Listed.Any(one => one.Is(refusal));
}
