using System.Globalization;

namespace TlsFsm.Benchmarks.Compare;

/// <summary>What is to be reached, and what was.</summary>
/// <param name="FigureId">The figure that it is of.</param>
/// <param name="Title">What is compared with what.</param>
/// <param name="Value">What was reached; null when it could not be measured.</param>
/// <param name="Spread">The lowest and the highest round, where there are rounds.</param>
/// <param name="Must">To be reached; null for what is only hoped for.</param>
/// <param name="Aim">Hoped for; null where there is nothing beyond.</param>
/// <param name="IsLimit">Whether the value should be at most, instead of at least, that.</param>
/// <param name="Unit">What follows the number.</param>
/// <param name="Held">What a guard holds while <paramref name="Must"/> is not reached yet; null where it is.</param>
/// <param name="IsGuarded">Whether a guard looks at it: not where it needs a contender that is not everywhere.</param>
internal sealed record Target(
    string FigureId, string Title, double? Value, (double Low, double High)? Spread, double? Must, double? Aim, bool IsLimit = false,
    string Unit = "x", double? Held = null, bool IsGuarded = true)
{
    public string Verdict => Value is not { } value ? "not measured"
        : Must is { } must && !Meets(value, must) ? "missed"
        : Aim is not { } aim || Meets(value, aim) ? "aim reached"
        : Must is null ? "aim not reached" : "reached";

    /// <summary>
    /// How good a value is, where one is as good as what must be reached (or, without that, the aim); more is better whatever the unit.
    /// </summary>
    public double Merit(double value)
    {
        var bound = Must ?? Aim!.Value;
        return Unit == "%" ? (100 + bound) / Math.Max(1, 100 + value) : IsLimit ? bound / Math.Max(value, bound / 1000) : value / bound;
    }

    /// <summary>Nothing must be reached, and what is hoped for was not.</summary>
    public bool IsAimOnly => Value is { } value && Must is null && Aim is { } aim && !Meets(value, aim);

    public bool IsMissed => Value is { } value && Must is { } must && !Meets(value, must);

    /// <summary>What a guard starts from; null where there is nothing to guard.</summary>
    public double? Guarded => IsGuarded ? Held ?? Must : null;

    /// <summary>
    /// The value from which on a guard does not complain: what it starts from, less so many percent of it; of percentages, so many points.
    /// </summary>
    public double GuardedBound(double margin) => Unit == "%" ? Guarded!.Value + margin
        : IsLimit ? Guarded!.Value * (1 + (margin / 100)) : Guarded!.Value * (1 - (margin / 100));

    /// <summary>Whether it was measured and is beyond that bound.</summary>
    public bool IsRegressed(double margin) => Value is { } value && Guarded is not null && !Meets(value, GuardedBound(margin));

    public string Bound(double bound) => (IsLimit ? "≤ " : "≥ ") + Text(bound);

    public string Text(double value) => Unit switch
    {
        "x" => value.ToString("0.00 'x'", CultureInfo.InvariantCulture),
        "%" => value.ToString("0.0 '%'", CultureInfo.InvariantCulture),
        _ => value.ToString("0.# ", CultureInfo.InvariantCulture) + Unit,
    };

    private bool Meets(double value, double bound) => IsLimit ? value <= bound : value >= bound;
}
