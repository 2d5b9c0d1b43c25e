using TlsFsm.Machines;

namespace TlsFsm.Tests.Exploration;

/// <summary>The definitions that the engine runs, cell by cell, whichever there are.</summary>
internal static class Drawing
{
    /// <summary>Every cell with the name of its machine.</summary>
    public static IReadOnlyList<(string Machine, MachineCell Cell)> Cells { get; } =
    [
        .. TlsMachine.Definition.Cells.Select(cell => (TlsMachine.Name, cell)),
        .. AppMachine.Definition.Cells.Select(cell => (AppMachine.Name, cell)),
    ];

    private static readonly HashSet<(string, string, string, string)> Drawn =
    [
        .. Cells.Where(drawn => drawn.Cell.Kind != MachineCellKind.Refused)
            .Select(drawn => (drawn.Machine, drawn.Cell.State, drawn.Cell.Trigger, drawn.Cell.Destination ?? drawn.Cell.State)),
    ];

    public static bool Has(Transition step) => Drawn.Contains((step.Machine, step.From, step.Trigger, step.To));
}
