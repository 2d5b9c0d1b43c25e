namespace TlsFsm.Benchmarks.Measuring;

/// <summary>What a contender reached in a figure.</summary>
/// <param name="FigureId">Of which figure.</param>
/// <param name="Contender">Who.</param>
/// <param name="Rounds">One value a round, in the figure's unit; the rounds of all contenders of a figure are interleaved.</param>
/// <param name="AllocatedPerOperation">
/// Managed bytes allocated by one operation, the median of the rounds; null where that is not counted.
/// </param>
internal sealed record Result(string FigureId, string Contender, IReadOnlyList<double> Rounds, double? AllocatedPerOperation = null)
{
    public double Median => Statistics.Median(Rounds);

    /// <summary>
    /// This one's value over the other's, round by round, so that a slow moment of the machine counts for both: median, lowest, highest.
    /// </summary>
    public (double Median, double Low, double High) RatioTo(Result other)
    {
        var ratios = Rounds.Zip(other.Rounds, static (one, two) => one / two).ToArray();
        return (Statistics.Median(ratios), ratios.Min(), ratios.Max());
    }
}
