namespace TlsFsm.Benchmarks.Measuring;

/// <summary>How long is measured.</summary>
/// <param name="IsQuick">Leave out what takes minutes.</param>
/// <param name="Rounds">How often every contender has its turn.</param>
/// <param name="Round">CPU time of one turn.</param>
/// <param name="WarmUp">Wall time before the first, at least: the run-time compiler needs calls and time.</param>
/// <param name="LongestWarmUp">Wall time after which it is not waited for any longer.</param>
internal sealed record Effort(bool IsQuick, int Rounds, TimeSpan Round, TimeSpan WarmUp, TimeSpan LongestWarmUp)
{
    public static Effort Quick { get; } = new(true, 5, TimeSpan.FromMilliseconds(60), TimeSpan.FromMilliseconds(200), TimeSpan.FromSeconds(3));

    public static Effort Full { get; } = new(false, 11, TimeSpan.FromMilliseconds(250), TimeSpan.FromMilliseconds(1000), TimeSpan.FromSeconds(15));
}
