using TlsFsm.Machines;

namespace TlsFsm.Tests.Exploration;

/// <summary>An arc that no connection walks is a promise that nobody keeps, or a line that nobody needs.</summary>
internal sealed class EveryArcTests
{
    [Test]
    public void Every_arc_that_is_drawn_is_walked_by_a_connection()
    {
        var walked = Exploration.Of(Settings.Plain).SelectMany(found => found.Walked.Keys).ToHashSet();

        var dead = Drawing.Cells.Where(drawn => drawn.Cell.Kind == MachineCellKind.Moves && !walked.Contains(drawn.Step)).ToList();

        Assert.That(dead, Is.Empty, "No event and no call leads a connection there.");
    }
}
