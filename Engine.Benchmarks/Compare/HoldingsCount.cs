namespace TlsFsm.Benchmarks.Compare;

/// <summary>How many idle connections are held.</summary>
internal static class HoldingsCount
{
    public const int Quick = 300;
    public const int Full = 2_000;
    public const int Many = 10_000;
}
