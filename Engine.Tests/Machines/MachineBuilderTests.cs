using Stateless.Reflection;
using TlsFsm.Machines;

namespace TlsFsm.Tests.Machines;

public sealed class MachineBuilderTests
{
    public enum Lamp
    {
        Off,
        On,
    }

    public enum Finger
    {
        Pressed,
    }

    [Test]
    public void A_definition_that_leaves_a_cell_out_is_refused_and_the_cell_is_named()
    {
        Assert.That(
            () => new Machine<Lamp, Finger, object>(Lamp.Off, machine => machine.In(Lamp.Off).Permit(Finger.Pressed, Lamp.On)),
            Throws.InvalidOperationException.With.Message.EqualTo("The machine says nothing about On x Pressed."));
    }

    [Test]
    public void Every_line_of_the_table_is_what_Stateless_runs()
    {
        AssertSame(TlsMachine.Definition.Cells, TlsMachine.Definition.GetInfo());
        AssertSame(AppMachine.Definition.Cells, AppMachine.Definition.GetInfo());
    }

    [Test]
    public void Where_a_cell_has_several_lines_each_is_a_condition()
    {
        var contradictions = from cell in TlsMachine.Definition.Cells.Concat(AppMachine.Definition.Cells)
                             group cell by (cell.State, cell.Trigger) into lines
                             where lines.Count() > 1 && lines.Any(line => !line.IsGuarded)
                             select lines.Key;

        Assert.That(contradictions, Is.Empty);
    }

    [Test]
    public void Every_line_but_an_unguarded_move_gives_its_reason()
    {
        var silent = from cell in TlsMachine.Definition.Cells.Concat(AppMachine.Definition.Cells)
                     where string.IsNullOrWhiteSpace(cell.Because) && (cell.IsGuarded || cell.Kind != MachineCellKind.Moves)
                     select $"{cell.State} x {cell.Trigger}";

        Assert.That(silent, Is.Empty);
    }

    private static void AssertSame(IReadOnlyList<MachineCell> cells, StateMachineInfo info)
    {
        var said = from cell in cells
                   where cell.Kind != MachineCellKind.Refused
                   select $"{cell.State} {cell.Trigger} {cell.Destination ?? "-"} [{cell.Because}]";
        var moves = from state in info.States
                    from move in state.FixedTransitions
                    select $"{state} {move.Trigger} {move.DestinationState} [{Conditions(move)}]";
        var ignored = from state in info.States
                      from fact in state.IgnoredTriggers
                      select $"{state} {fact.Trigger} - [{Conditions(fact)}]";

        Assert.That(moves.Concat(ignored), Is.EquivalentTo(said));
        Assert.That(info.States.SelectMany(state => state.DynamicTransitions), Is.Empty);
        foreach (var cell in cells.Where(cell => cell.Kind == MachineCellKind.Refused))
            Assert.That(said, Has.None.StartsWith($"{cell.State} {cell.Trigger} "), "refused, and yet an arrow");
    }

    private static string Conditions(TransitionInfo transition) =>
        string.Join(" and ", transition.GuardConditionsMethodDescriptions.Select(condition => condition.Description));
}
