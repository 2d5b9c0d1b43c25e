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
        AssertSame(ReadMachine.Definition.Cells, ReadMachine.Definition.GetInfo());
        AssertSame(WriteMachine.Definition.Cells, WriteMachine.Definition.GetInfo());
    }

    [Test]
    public void A_line_is_guarded_where_it_moves_on_a_condition_or_another_says_what_is_done_otherwise()
    {
        var odd = from one in All
                  group one.Cell by (one.Machine, one.Cell.State, one.Cell.Trigger) into lines
                  from line in lines
                  let isGuarded = line.Kind switch
                  {
                      MachineCellKind.Moves => line.Because.Length > 0,
                      MachineCellKind.Ignored => lines.Count() > 1,
                      _ => false,
                  }
                  where line.IsGuarded != isGuarded
                  select line;

        Assert.That(odd, Is.Empty);
    }

    [Test]
    public void What_a_life_may_end_with_is_said_where_it_ends()
    {
        var said = from one in All
                   where one.Cell.Ends.Count > 0
                   select $"{one.Machine} {one.Cell.State} {one.Cell.Trigger}: {string.Join(", ", one.Cell.Ends)}";

        Assert.That(said, Is.EqualTo((string[])
        [
            "Tls DoHandshake CloseRequested: LocalAbort",
            "Tls DoHandshake EndOfStream: TransportLost",
            "Tls DoHandshake DeadlineElapsed: HandshakeTimeout",
            "Tls DoHandshake Failed: Failed, PlaintextInjection",
            "Tls DoHandshake Aborted: LocalAbort",
            "Tls DoHandshake TransportLost: TransportLost",
            "Tls Wrapped TransportHandedOver: Detached",
            "Tls Wrapped Failed: Failed",
            "Tls Wrapped Aborted: LocalAbort",
            "Tls Wrapped TransportLost: TransportLost",
            "Tls Flushing Failed: Failed, Truncated",
            "Tls Flushing Aborted: LocalAbort",
            "Tls Flushing TransportLost: TransportLost",
            "Tls Shutdown TransportHandedOver: Clean",
            "Tls Shutdown DeadlineElapsed: ShutdownTimeout",
            "Tls Shutdown Failed: Failed",
            "Tls Shutdown Aborted: LocalAbort",
            "Tls Shutdown TransportLost: Clean, Unanswered, TransportLost",
        ]));
    }

    [Test]
    public void What_stands_between_the_runs_of_a_thread_and_their_definition_decides()
    {
        var definition = new Machine<Lamp, Finger, object>(Lamp.Off, machine =>
        {
            machine.In(Lamp.Off).Permit(Finger.Pressed, Lamp.On);
            machine.In(Lamp.On).Permit(Finger.Pressed, Lamp.Off);
        });
        var run = new MachineRun<Lamp, Finger, object>(definition, "Lamp", Lamp.Off, new object(), new TransitionLog(TimeProvider.System));
        MachineRun<Lamp, Finger, object>.Between = (MachineRun<Lamp, Finger, object> _, Finger _, out ICollection<string> unmet) =>
        {
            unmet = ["a bulb"];
            return false;
        };
        try
        {
            Assert.That(
                () => run.Fire(Finger.Pressed),
                Throws.InstanceOf<RefusedTriggerException>().With.Property("UnmetGuards").EqualTo((string[])["a bulb"]));
        }
        finally
        {
            MachineRun<Lamp, Finger, object>.Between = null;
        }

        run.Fire(Finger.Pressed);
        Assert.That(run.State, Is.EqualTo(Lamp.On));
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

    private static List<(string Machine, MachineCell Cell)> All =>
    [
        .. TlsMachine.Definition.Cells.Select(cell => (TlsMachine.Name, cell)),
        .. AppMachine.Definition.Cells.Select(cell => (AppMachine.Name, cell)),
        .. ReadMachine.Definition.Cells.Select(cell => (ReadMachine.Name, cell)),
        .. WriteMachine.Definition.Cells.Select(cell => (WriteMachine.Name, cell)),
    ];

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
