using TlsFsm.Tests.Architecture;

namespace TlsFsm.Tests.Learning;

/// <summary>The drawing is what one would learn from the wire: what the running engine shows, laid upon its drawn machines.</summary>
[TestFixture]
internal sealed class LearnedModelTests
{
    /// <summary>
    /// Drawn states that are several from outside after the handshake. Empty when the drawing holds all that decides what may happen next.
    /// </summary>
    private static readonly string[] KnownDifferences = [];

    private static IEnumerable<Subject> Subjects => Subject.All;

    [OneTimeSetUp]
    public void Learn()
    {
        foreach (var model in LearnedModel.All)
            TestContext.Progress.WriteLine(model.Summary);

        var walked = LearnedModel.All.SelectMany(model => model.Queries.All()).SelectMany(asked => asked.Answer.Walked)
            .Select(DrawnMachines.Describe).ToHashSet();
        var others = DrawnMachines.Arrows.Where(arrow => !walked.Contains(arrow)).ToList();
        TestContext.Progress.WriteLine($"Drawn arrows that were not walked: {others.Count} of {DrawnMachines.Arrows.Count()}: "
            + string.Join("; ", others));
    }

    [TestCaseSource(nameof(Subjects))]
    public void What_is_learned_is_what_is_committed(Subject subject)
    {
        var model = LearnedModel.Of(subject);

        if (GoldenFile.IsUpdate)
            LearnedFiles.Write(model);

        Assert.That(LearnedFiles.Check(model), Is.Empty);
    }

    [TestCaseSource(nameof(Subjects))]
    public void Every_learned_state_is_one_drawn_state(Subject subject)
    {
        var model = LearnedModel.Of(subject);

        var several = model.Drawn.Select((drawn, state) => (State: state, Drawn: drawn)).Where(one => one.Drawn.Count != 1)
            .Select(one => $"{string.Join(" or ", one.Drawn)}, after {model.Queries.Show(model.Machine.Access[one.State])}");

        Assert.That(several, Is.Empty, "Nobody could tell these apart from outside.");
    }

    [TestCaseSource(nameof(Subjects))]
    public void Every_learned_step_is_a_drawn_one(Subject subject)
    {
        var model = LearnedModel.Of(subject);

        var undrawn =
            from asked in model.Queries.All()
            from transition in asked.Answer.Walked
            where !DrawnMachines.IsDrawn(transition)
            group asked.Word by DrawnMachines.Describe(transition) into step
            select $"{step.Key}, after {model.Queries.Show(step.First())}";

        Assert.That(undrawn, Is.Empty);
    }

    /// <summary>
    /// What goes on in a handshake is the TLS library's; and whether a reader pauses is flow control, left out of the machines on purpose.
    /// </summary>
    [Test]
    public void What_differs_from_outside_after_the_handshake_is_drawn_as_different_states()
    {
        var shared =
            from model in LearnedModel.All
            where !model.Subject.IsPaused
            from drawn in model.Drawn.SelectMany(states => states)
            where !drawn.StartsWith($"{TlsState.DoHandshake} ", StringComparison.Ordinal)
            group drawn by (model.Subject, Drawn: drawn) into states
            where states.Count() > 1
            select states.Key.Drawn;

        Assert.That(shared.Distinct(), Is.EquivalentTo(KnownDifferences));
    }
}
