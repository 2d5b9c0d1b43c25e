using System.Collections.Concurrent;

namespace TlsFsm.Tests.Exploration;

/// <summary>Explorations that several tests look at: each is made once.</summary>
internal static class Exploration
{
    private static readonly ConcurrentDictionary<string, Lazy<Findings>> Made = new();

    /// <summary>Explores to the end, on all processors.</summary>
    public static IReadOnlyList<Findings> Of(IReadOnlyList<Setting> settings) =>
        Run(settings, "to the end", setting => Explorer.ToTheEnd(setting, Invariant.All));

    /// <summary>Explores as deep as is asked for.</summary>
    public static IReadOnlyList<Findings> Of(IReadOnlyList<Setting> settings, int depth) =>
        Run(settings, $"{depth} deep", setting => Explorer.ToDepth(setting, Invariant.All, depth));

    private static IReadOnlyList<Findings> Run(IReadOnlyList<Setting> settings, string how, Func<Setting, Findings> explore) =>
    [
        // One by one: the settings are of very different sizes.
        .. Partitioner.Create(settings, EnumerablePartitionerOptions.NoBuffering).AsParallel().AsOrdered()
            .WithDegreeOfParallelism(Environment.ProcessorCount)
            .Select(setting => Made.GetOrAdd($"{setting}, {how}", _ => new Lazy<Findings>(() => explore(setting))).Value),
    ];
}
