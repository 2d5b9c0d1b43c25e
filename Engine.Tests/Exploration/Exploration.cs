using System.Collections.Concurrent;

namespace TlsFsm.Tests.Exploration;

/// <summary>Explorations that several tests look at: each is made once.</summary>
internal static class Exploration
{
    private const int ToTheEnd = 100;

    private static readonly ConcurrentDictionary<string, Lazy<Findings>> Made = new();

    /// <summary>Explores to the end, on all processors.</summary>
    public static IReadOnlyList<Findings> Of(IReadOnlyList<Setting> settings) => Run(settings, ToTheEnd);

    /// <summary>Explores as deep as is asked for.</summary>
    public static IReadOnlyList<Findings> Run(IReadOnlyList<Setting> settings, int depth) =>
    [
        .. settings.AsParallel().AsOrdered().WithDegreeOfParallelism(Environment.ProcessorCount)
            .Select(setting => Made.GetOrAdd(
                $"{setting}, {depth}", _ => new Lazy<Findings>(() => new Explorer(setting, Invariant.All, depth).Explore())).Value),
    ];
}
