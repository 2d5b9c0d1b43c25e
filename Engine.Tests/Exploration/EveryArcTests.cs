using TlsFsm.Machines;
using TlsFsm.Tests.Conformance;
using TlsFsm.Tests.Connection;

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

    [Test]
    public void Every_reason_that_is_drawn_at_an_end_is_given_by_a_connection_and_no_other()
    {
        var given = Exploration.Of(Settings.Plain).SelectMany(found => found.Ends).Append(EndOf(WithInjectedPlaintext())).Distinct();

        Assert.That(given, Is.EquivalentTo(Drawing.AllEnds));
    }

    // The explorer's worlds begin in order: nobody speaks before the switch to TLS.
    private static TlsConnection WithInjectedPlaintext()
    {
        var options = new TlsConnectionOptions { CallConnectionMade = false };
        var test = new TestConnection(options, make: test => TlsConnection.Upgrade(
            test.Lower, test.Loop, test.Application, new ToyCore(), options, Toy.Hello));
        test.Run();
        return test.Connection;
    }

    private static (string, string, CloseReason) EndOf(TlsConnection connection)
    {
        var end = connection.Transitions.Single(step =>
            step is { Machine: TlsMachine.Name, To: nameof(TlsState.Unwrapped) } && step.From != step.To);
        return (end.From, end.Trigger, connection.CloseReason);
    }
}
