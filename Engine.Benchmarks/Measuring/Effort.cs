namespace TlsFsm.Benchmarks.Measuring;

/// <summary>How long is measured.</summary>
/// <param name="Name">As the report says it.</param>
/// <param name="Rounds">How often every contender has its turn.</param>
/// <param name="Round">CPU time of one turn.</param>
/// <param name="WarmUp">Wall time before the first, at least: the run-time compiler needs calls and time.</param>
/// <param name="LongestWarmUp">Wall time after which it is not waited for any longer.</param>
internal sealed record Effort(string Name, int Rounds, TimeSpan Round, TimeSpan WarmUp, TimeSpan LongestWarmUp)
{
    /// <summary>Everything, for the numbers of the documents.</summary>
    public static Effort Full { get; } = new(
        "full", 11, TimeSpan.FromMilliseconds(250), TimeSpan.FromMilliseconds(1000), TimeSpan.FromSeconds(15));

    /// <summary>Within a minute: fewer and shorter rounds, not everybody, no thousands of connections.</summary>
    public static Effort Quick { get; } = new(
        "quick", 5, TimeSpan.FromMilliseconds(50), TimeSpan.FromMilliseconds(150), TimeSpan.FromSeconds(1.5));

    /// <summary>Only whom the guarded ratios need.</summary>
    public static Effort Guard { get; } = new(
        "guard", 5, TimeSpan.FromMilliseconds(50), TimeSpan.FromMilliseconds(150), TimeSpan.FromSeconds(2));

    /// <summary>Leave out what takes minutes.</summary>
    public bool IsShort => this != Full;

    public bool IsGuard => this == Guard;
}
