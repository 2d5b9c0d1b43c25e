using System.CommandLine;
using System.Globalization;

namespace TlsFsm.Soak;

/// <summary>Times on the command line.</summary>
internal static class Durations
{
    /// <summary>An option whose value is a time, as 90s, 10m or 8h.</summary>
    public static Option<TimeSpan> Option(string name, TimeSpan usual, string description) => new(name)
    {
        Description = description,
        DefaultValueFactory = _ => usual,
        CustomParser = result =>
        {
            if (Parse(result.Tokens[0].Value) is { } given)
                return given;

            result.AddError($"{name} should be a time from 1s to 24h, as 90s, 10m or 8h; got '{result.Tokens[0].Value}'.");
            return default;
        },
    };

    private static TimeSpan? Parse(string text)
    {
        var unit = text.Length > 1 ? text[^1] switch { 's' => 1, 'm' => 60, 'h' => 3600, _ => 0 } : 0;
        return unit > 0 && int.TryParse(text[..^1], NumberStyles.None, CultureInfo.InvariantCulture, out var count)
            && count * (long)unit is >= 1 and <= 24 * 3600 and var seconds
            ? TimeSpan.FromSeconds(seconds)
            : null;
    }
}
