using System.Globalization;

namespace TlsFsm.Soak.Overload;

/// <summary>What one attack has come to.</summary>
/// <param name="attack">Which.</param>
/// <param name="served">Times of honest clients, in milliseconds.</param>
/// <param name="waited">How long those had waited who were not served when time was over, in milliseconds.</param>
/// <param name="failed">Honest clients that were not served at all.</param>
/// <param name="isInterrupted">Whether its user has ended it early.</param>
internal sealed class OverloadRow(
    Attack attack, IReadOnlyCollection<double> served, IReadOnlyCollection<double> waited, int failed, bool isInterrupted)
{
    // Who was still waiting has waited at least so long: left out, the worst attack would look best.
    private readonly List<(double Milliseconds, bool IsOver)> _times =
        [.. served.Select(time => (time, true)).Concat(waited.Select(time => (time, false))).OrderBy(time => time.Item1)];

    /// <summary>Rounds of attackers that came to their end, in a second: connections, half hellos, handshakes.</summary>
    public double AttacksASecond { get; init; }

    /// <summary>Handshakes that the listener has ended to make room.</summary>
    public long Shed { get; init; }

    /// <summary>Connections of the listener at once, at the most that was seen.</summary>
    public long Most { get; init; }

    /// <summary>Processors that the listener's process has used.</summary>
    public double ListenerCpu { get; init; }

    /// <summary>Processors that the attackers' process has used.</summary>
    public double AttackersCpu { get; init; }

    /// <summary>Processors that the honest clients' process has used.</summary>
    public double HonestCpu { get; init; }

    /// <summary>Whether honest clients were served, and none failed.</summary>
    public bool IsWhole => served.Count > 0 && failed == 0;

    public string ToMarkdown() => string.Create(
        CultureInfo.InvariantCulture,
        $"| {Words(attack)}{(isInterrupted ? " (interrupted)" : "")} | {served.Count}{Rest} | {Percentile(50)} | {Percentile(99)} | "
        + $"{AttacksASecond:N0} | {Shed:N0} | {Most:N0} | {ListenerCpu:0.00} | {AttackersCpu:0.00} | {HonestCpu:0.00} |");

    private string Rest => (waited.Count > 0 ? $", {waited.Count} still waiting" : "") + (failed > 0 ? $", {failed} failed" : "");

    private string Percentile(int part)
    {
        if (_times.Count == 0)
            return "";

        var (milliseconds, _) = _times[Math.Min(_times.Count - 1, _times.Count * part / 100)];
        var isAtLeast = _times.TakeWhile(time => time.Milliseconds <= milliseconds).Any(time => !time.IsOver);
        return string.Create(CultureInfo.InvariantCulture, $"{(isAtLeast ? "over " : "")}{milliseconds:N0}");
    }

    private static string Words(Attack attack) => attack switch
    {
        Attack.Nothing => "nothing",
        Attack.Storm => "accept storm: connected and reset at once",
        Attack.Slowloris => "slowloris: half a ClientHello, and no more",
        Attack.Hellos => "a recorded ClientHello, reset behind the answer",
        Attack.Handshakes => "a full handshake, then reset",
        _ => "a flood of KeyUpdates, until cut",
    };
}
