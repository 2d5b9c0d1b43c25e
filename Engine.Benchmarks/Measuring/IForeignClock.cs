namespace TlsFsm.Benchmarks.Measuring;

/// <summary>A task that another process does: its CPU time counts, not ours.</summary>
internal interface IForeignClock
{
    /// <summary>CPU time that the tasks so far took, kernel included.</summary>
    TimeSpan CpuTime { get; }
}
