using System.Text;

namespace TlsFsm.Tests.Conformance;

/// <summary>
/// Plays every trace of <c>traces.jsonl</c>, or of the file that <c>TLSFSM_TRACES</c> names, and compares event by event. Traces
/// that are listed in <c>Disputed.md</c> (<c>- `name`: reason</c>) are left out, and counted.
/// </summary>
[TestFixture]
internal sealed class ConformanceTests
{
    private const int MaxReported = 10;

    [Test]
    public void Every_trace_plays_as_promised()
    {
        var disputed = Disputed();
        var traces = ReadTraces().Where(trace => !disputed.Contains(trace.Name)).ToList();

        var failures = traces.Select(Difference).Where(difference => difference is not null).ToList();

        Assert.That(traces, Is.Not.Empty, "There are no traces to play.");
        Assert.That(
            failures, Is.Empty, $"{failures.Count} of {traces.Count} traces differ:\n{string.Join("\n", failures.Take(MaxReported))}");
        TestContext.Out.WriteLine($"{traces.Count} traces played, {disputed.Count} disputed.");
    }

    private static string? Difference(Trace trace)
    {
        var observed = new TraceWorld(trace.Config).Play(trace.Script);
        for (var i = 0; i < trace.Expect.Length; i++)
        {
            var expected = TraceWorld.WithoutRepeatedOutput(trace.Expect[i]);
            if (!expected.SequenceEqual(observed[i]))
                return Describe(trace, i, expected, observed[i]);
        }

        return null;
    }

    private static string Describe(Trace trace, int i, string[] expected, string[] observed)
    {
        var text = new StringBuilder($"{trace.Name}, event {i}: {Step(trace, i)}\n");
        text.AppendLine($"  expected: {string.Join(", ", expected)}");
        text.AppendLine($"  observed: {string.Join(", ", observed)}");
        text.AppendLine(
            $"  config: {trace.Config with { Reactions = [] }} reactions: "
            + $"{string.Join(" ", trace.Config.Reactions.Select(r => $"{r.Key}={string.Join(",", r.Value.Select(v => string.Join(" ", v)))}"))}");
        for (var before = Math.Max(0, i - 12); before < i; before++)
            text.AppendLine($"  {before}: {Step(trace, before)} -> {string.Join(", ", trace.Expect[before])}");
        return text.ToString();
    }

    private static string Step(Trace trace, int i) => i < trace.Script.Length ? string.Join(" ", trace.Script[i]) : "the loop is drained";

    internal static IEnumerable<Trace> ReadTraces()
    {
        var path = Environment.GetEnvironmentVariable("TLSFSM_TRACES") is { Length: > 0 } given ? given : BesideTheTests("traces.jsonl");
        return File.ReadLines(path).Where(line => line.Length > 0).Select(Trace.Parse);
    }

    private static HashSet<string> Disputed() =>
        [.. File.ReadLines(BesideTheTests("Disputed.md"))
            .Where(line => line.StartsWith("- `", StringComparison.Ordinal))
            .Select(line => line.Split('`')[1])];

    private static string BesideTheTests(string name) => Path.Combine(TestContext.CurrentContext.TestDirectory, "Conformance", name);
}
