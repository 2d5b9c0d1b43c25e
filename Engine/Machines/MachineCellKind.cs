namespace TlsFsm.Machines;

/// <summary>What a machine does with a trigger.</summary>
internal enum MachineCellKind
{
    /// <summary>It moves to another state, or enters the same one again.</summary>
    Moves,

    /// <summary>The fact is noted in the log and changes nothing.</summary>
    Ignored,

    /// <summary>It cannot happen: firing it is a bug, and an error says so.</summary>
    Refused,
}
