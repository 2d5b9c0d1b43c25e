using System.Diagnostics;

namespace TlsFsm.Tests.Exploration;

/// <summary>
/// The real connection over the toy core, in every state that it can reach by any order of events. What was found is printed:
/// states, arcs, and for a broken invariant the shortest way to break it.
/// </summary>
/// <remarks><c>TLSFSM_EXPLORE_DEPTH</c> = 8, say, explores all steps in all settings so deep: minutes, where the default takes
/// seconds.</remarks>
internal sealed class ExplorationTests
{
    // Alone they reach every state; what else can happen is looked at for as many steps as a handshake, a write and an end take.
    private const int DepthOfAllSteps = 6;

    [Test]
    public void Whatever_happens_in_whatever_order_every_invariant_holds()
    {
        var findings = Report(() => Exploration.Of(Settings.Plain));

        AssertHold(findings);
        Assert.That(findings, Is.All.Matches<Findings>(found => found.IsComplete));
    }

    [Test]
    public void Whatever_an_application_calls_in_a_callback_every_invariant_holds()
    {
        var findings = Report(() => Exploration.Of(Settings.Reactions));

        AssertHold(findings);
        Assert.That(findings, Is.All.Matches<Findings>(found => found.IsComplete));
    }

    [Test]
    public void Whatever_else_happens_every_invariant_holds_for_as_many_steps_as_there_is_time_for()
    {
        var depth = Environment.GetEnvironmentVariable("TLSFSM_EXPLORE_DEPTH") is { Length: > 0 } given ? int.Parse(given,
            null) : DepthOfAllSteps;

        AssertHold(Report(() => Exploration.Of(Settings.Deep, depth)));
    }

    private static void AssertHold(IEnumerable<Findings> findings) =>
        Assert.That(Shortest(findings).Select(finding => $"{finding}"), Is.Empty);

    private static IReadOnlyList<Findings> Report(Func<IReadOnlyList<Findings>> explore)
    {
        var watch = Stopwatch.StartNew();
        var findings = explore();
        foreach (var found in findings)
            TestContext.Out.WriteLine(found);
        TestContext.Out.WriteLine(
            $"{findings.Sum(found => found.States)} states, {findings.Sum(found => found.Arcs)} arcs in {watch.Elapsed.TotalSeconds:f0} s");
        return findings;
    }

    private static IEnumerable<Finding> Shortest(IEnumerable<Findings> findings) =>
        findings.SelectMany(found => found.Broken).GroupBy(finding => finding.Invariant)
            .Select(group => group.MinBy(finding => finding.Script.Count)!);
}
