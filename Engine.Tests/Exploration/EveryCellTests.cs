namespace TlsFsm.Tests.Exploration;

/// <summary>
/// Each cell of each definition, said wrongly in turn: permitted to ignored, ignored to refused, its guard dropped, its target changed. An
/// invariant, a table of the machines' tests or a conformance trace must notice.
/// </summary>
/// <remarks><c>TLSFSM_FLIPS=all</c> tries each other state as a target, and says of each flip who notices it, the traces
/// included.</remarks>
internal sealed class EveryCellTests
{
    /// <summary>Flips that change nothing that anybody could see, and why.</summary>
    private static readonly Dictionary<string, string> Equivalent = [];

    [Test]
    public void Every_cell_that_is_said_wrongly_is_noticed()
    {
        var isFull = Environment.GetEnvironmentVariable("TLSFSM_FLIPS") == "all";
        var flips = Flip.All(isFull).ToList();
        var lives = Lives.Of(Exploration.Of(Settings.Plain));

        var noticed = flips.AsParallel().AsOrdered().WithDegreeOfParallelism(Environment.ProcessorCount)
            .Select(flip => (Flip: $"{flip}", By: Notice.Of(flip, lives, isFull))).ToList();

        foreach (var group in noticed.GroupBy(flip => flip.By).OrderBy(group => group.Key, StringComparer.Ordinal))
            TestContext.Out.WriteLine($"{group.Count(),4} {group.Key}");
        foreach (var flip in noticed.Where(flip => flip.By is Notice.ByTable or Notice.ByNobody))
            TestContext.Out.WriteLine($"{flip.By}: {flip.Flip}");
        Assert.That(noticed.Where(flip => flip.By == Notice.ByNobody).Select(flip => flip.Flip), Is.EquivalentTo(Equivalent.Keys));
        Assert.That(flips, Has.Count.GreaterThan(Drawing.Cells.Count / 4), "nothing was flipped");
    }
}
