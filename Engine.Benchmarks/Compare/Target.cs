using System.Globalization;

namespace TlsFsm.Benchmarks.Compare;

/// <summary>What is to be reached, and what was.</summary>
/// <param name="Title">What is compared with what.</param>
/// <param name="Value">What was reached; null when it could not be measured.</param>
/// <param name="Spread">The lowest and the highest round, where there are rounds.</param>
/// <param name="Must">To be reached.</param>
/// <param name="Aim">Hoped for; null where there is nothing beyond.</param>
/// <param name="IsLimit">Whether the value should be at most, instead of at least, that.</param>
/// <param name="Unit">What follows the number.</param>
internal sealed record Target(
    string Title, double? Value, (double Low, double High)? Spread, double Must, double? Aim, bool IsLimit = false, string Unit = "x")
{
    public string Verdict => Value is not { } value ? "not measured" : !Meets(value, Must) ? "missed" : Aim is null || Meets(value, Aim.Value) ? "aim" : "reached";

    /// <summary>Whether it was measured and is worse than what must be reached by more than this many percent of that.</summary>
    public bool IsWorseBy(double percent) => Value is { } value && !Meets(value, IsLimit ? Must * (1 + (percent / 100)) : Must * (1 - (percent / 100)));

    public string Bound(double bound) => (IsLimit ? "≤ " : "≥ ") + Text(bound);

    public string Text(double value) => Unit switch
    {
        "x" => value.ToString("0.00 'x'", CultureInfo.InvariantCulture),
        "%" => value.ToString("0.0 '%'", CultureInfo.InvariantCulture),
        _ => value.ToString("0.# ", CultureInfo.InvariantCulture) + Unit,
    };

    private bool Meets(double value, double bound) => IsLimit ? value <= bound : value >= bound;
}
