namespace TlsFsm.Machines;

/// <summary>
/// One line of what a machine does with one trigger in one state. A cell of the table has several when guards choose among them.
/// </summary>
/// <param name="State">The state.</param>
/// <param name="Trigger">The trigger.</param>
/// <param name="Kind">Whether it moves, is ignored, or is refused.</param>
/// <param name="Destination">Where it leads; null unless it moves.</param>
/// <param name="IsGuarded">Whether <paramref name="Because"/> is a condition: where it does not hold, this line says nothing.</param>
/// <param name="Because">The guard's condition, or the reason for ignoring or refusing; empty for an unguarded move.</param>
internal sealed record MachineCell(
    string State, string Trigger, MachineCellKind Kind, string? Destination, bool IsGuarded, string Because)
{
    /// <summary>What a connection whose life this move ends may give as its reason; empty for any other line.</summary>
    public IReadOnlyList<CloseReason> Ends { get; init; } = [];

    /// <summary>What a reader of the trigger's name alone would not know; empty: nothing.</summary>
    public string Note { get; init; } = "";
}
