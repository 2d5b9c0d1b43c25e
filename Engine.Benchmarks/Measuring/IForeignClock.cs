namespace TlsFsm.Benchmarks.Measuring;

/// <summary>A task that another process does, or only a part of this one: its CPU time counts, not all of ours.</summary>
internal interface IForeignClock
{
    /// <summary>CPU time that the tasks so far took, kernel included.</summary>
    TimeSpan CpuTime { get; }

    /// <summary>Managed bytes that they allocated.</summary>
    long Allocated { get; }
}
