using TlsFsm.Tests.Conformance;

namespace TlsFsm.Tests.Exploration;

/// <summary>The conformance traces, played again where a definition is changed.</summary>
internal static class ConformanceTraces
{
    private static readonly Lazy<IReadOnlyList<Trace>> All = new(() => [.. ConformanceTests.ReadTraces()]);

    /// <returns>Null if all play as promised.</returns>
    public static string? FirstThatDiffers() => All.Value.FirstOrDefault(Differs)?.Name;

    private static bool Differs(Trace trace)
    {
        var observed = new TraceWorld(trace.Config).Play(trace.Script);
        return trace.Expect.Where((expected, i) => !TraceWorld.WithoutRepeatedOutput(expected).SequenceEqual(observed[i])).Any();
    }
}
