namespace TlsFsm.Fuzz.Worst;

/// <summary>All of them: what a benchmark measures and a test counts.</summary>
internal static class WorstInputs
{
    public static IReadOnlyList<WorstInput> All { get; } = [.. WorstHellos.All(), .. WorstAnswers.All()];
}
