using TlsFsm.Machines;

namespace TlsFsm.Tests.Learning;

/// <summary>What was learned, laid upon what is drawn.</summary>
internal static class DrawnMachines
{
    /// <summary>A connection's machines: all that are drawn.</summary>
    private static readonly (string Name, IReadOnlyList<MachineCell> Cells)[] All =
    [
        (TlsMachine.Name, TlsMachine.Definition.Cells),
        (AppMachine.Name, AppMachine.Definition.Cells),
        (ReadMachine.Name, ReadMachine.Definition.Cells),
        (WriteMachine.Name, WriteMachine.Definition.Cells),
    ];

    /// <summary>Where each of them stands.</summary>
    public static string StatesOf(TlsConnection connection) => $"{connection.State} {connection.AppState} {connection.ReadState} {connection.WriteState}";

    /// <summary>Whether a step is in the drawing: an arrow, or a fact that is ignored there.</summary>
    public static bool IsDrawn(Transition transition) =>
        All.Single(machine => machine.Name == transition.Machine).Cells.Any(cell =>
            cell.State == transition.From && cell.Trigger == transition.Trigger && cell.Kind switch
            {
                MachineCellKind.Moves => cell.Destination == transition.To,
                MachineCellKind.Ignored => transition.From == transition.To,
                _ => false,
            });

    /// <summary>Every arrow of every machine, in words.</summary>
    public static IEnumerable<string> Arrows =>
        from machine in All
        from cell in machine.Cells
        where cell.Kind == MachineCellKind.Moves
        select $"{machine.Name}: {cell.State} x {cell.Trigger} > {cell.Destination}";

    public static string Describe(Transition transition) =>
        $"{transition.Machine}: {transition.From} x {transition.Trigger} > {transition.To}";
}
