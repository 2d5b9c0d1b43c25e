namespace TlsFsm.Fuzz.Targets;

/// <summary>What stock BouncyCastle refuses and the engine accepts, each with its reason.</summary>
internal static class StockDifferences
{
    private static readonly (Func<Exception, bool> Is, string Reason)[] Listed =
    [
    ];

    public static bool IsListed(Exception refusal) => Listed.Any(one => one.Is(refusal));
}
