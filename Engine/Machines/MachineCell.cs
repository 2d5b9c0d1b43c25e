namespace TlsFsm.Machines;

/// <summary>What a machine does with one trigger in one state.</summary>
/// <param name="State">The state.</param>
/// <param name="Trigger">The trigger.</param>
/// <param name="Kind">Whether it moves, is ignored, or is refused.</param>
/// <param name="Destination">Where it leads; null unless it moves.</param>
/// <param name="Because">The guard's condition (moves), the reason (ignored), or why it cannot happen (refused); empty for an unguarded move.</param>
public sealed record MachineCell(string State, string Trigger, MachineCellKind Kind, string? Destination, string Because);

/// <summary>What a machine does with a trigger.</summary>
public enum MachineCellKind
{
    /// <summary>It moves to another state.</summary>
    Moves,

    /// <summary>The fact is noted in the log and changes nothing.</summary>
    Ignored,

    /// <summary>It cannot happen: firing it is a bug, and an error says so.</summary>
    Refused,
}
