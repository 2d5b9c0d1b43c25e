using System.Reflection;
using TlsFsm.Machines;

namespace TlsFsm.Tests.Exploration;

/// <summary>The definitions that the engine runs, cell by cell: all that there are, found by reflection.</summary>
internal static class Drawing
{
    private static readonly Dictionary<string, object> Definitions = (
        from type in typeof(TlsMachine).Assembly.GetTypes()
        where type.Namespace == typeof(TlsMachine).Namespace
        let definition = type.GetProperty("Definition", BindingFlags.Public | BindingFlags.Static)?.GetValue(null)
        where definition is not null
        select (Name: (string)type.GetField("Name")!.GetRawConstantValue()!, definition)).ToDictionary();

    /// <summary>Every cell with the name of its machine.</summary>
    public static IReadOnlyList<DrawnCell> Cells { get; } =
    [
        .. from definition in Definitions
           from cell in (IReadOnlyList<MachineCell>)definition.Value.GetType().GetProperty("Cells")!.GetValue(definition.Value)!
           select new DrawnCell(definition.Key, cell),
    ];

    private static readonly HashSet<(string, string, string, string)> Drawn =
        [.. Cells.Where(drawn => drawn.Cell.Kind != MachineCellKind.Refused).Select(drawn => drawn.Step)];

    private static readonly ILookup<(string, string, string, string), CloseReason> Ends = (
        from drawn in Cells
        from reason in drawn.Cell.Ends
        select (drawn.Step, reason)).ToLookup(end => end.Step, end => end.reason);

    /// <summary>The ends of lives that are drawn: from where, by what, with which reason.</summary>
    public static IReadOnlyList<(string From, string Trigger, CloseReason Reason)> AllEnds { get; } =
        [.. Cells.SelectMany(drawn => drawn.Cell.Ends.Select(reason => (drawn.Cell.State, drawn.Cell.Trigger, reason)))];

    /// <summary>The reasons that are drawn at an arrow.</summary>
    public static IEnumerable<CloseReason> EndsOf(Transition step) => Ends[(step.Machine, step.From, step.Trigger, step.To)];

    /// <summary>A cell that is changed on this thread: whoever changes it draws it anew, so that nothing that it does is undrawn.</summary>
    [field: ThreadStatic]
    public static DrawnCell? Changed { get; set; }

    public static bool Has(Transition step) =>
        Drawn.Contains((step.Machine, step.From, step.Trigger, step.To))
        || (Changed is { } changed && (changed.Machine, changed.Cell.State, changed.Cell.Trigger) == (step.Machine, step.From,
            step.Trigger));

    public static object DefinitionOf(string machine) => Definitions[machine];

    public static List<string> StatesOf(string machine) =>
        [.. Cells.Where(drawn => drawn.Machine == machine).Select(drawn => drawn.Cell.State).Distinct()];
}

/// <summary>A cell of one of the machines.</summary>
internal sealed record DrawnCell(string Machine, MachineCell Cell)
{
    /// <summary>What the log says when the cell is walked.</summary>
    public (string Machine, string From, string Trigger, string To) Step =>
        (Machine, Cell.State, Cell.Trigger, Cell.Destination ?? Cell.State);

    public override string ToString() =>
        $"{Machine}: {Cell.State} --{Cell.Trigger}--> {Cell.Destination ?? (Cell.Kind == MachineCellKind.Ignored ? "ignored" : "refused")}"
        + (Cell.IsGuarded ? $" [{Cell.Because}]" : "");
}
