using TlsFsm.Machines;

namespace TlsFsm.StateDiagrams;

/// <summary>One trigger of an arrow.</summary>
/// <param name="Trigger">What happened.</param>
/// <param name="Guard">What must hold; empty: nothing.</param>
/// <param name="Ends">The reasons that the end of a life may have; empty where none ends.</param>
/// <param name="Note">What the definition says beside it; empty: nothing.</param>
internal sealed record Move(string Trigger, string Guard, IReadOnlyList<CloseReason> Ends, string Note)
{
    /// <summary>From what Stateless says of the running definition, and from the cell that says the same with more words.</summary>
    public static Move Of(string trigger, string guard, MachineCell cell) => new(trigger, guard, cell.Ends, cell.Note);

    /// <summary>What a drawing in text says beside its arrow, a line each.</summary>
    public IEnumerable<string> Lines
    {
        get
        {
            yield return Ends.Count == 0 ? Trigger : $"{Trigger}, ends {string.Join(", ", Ends)}";
            if (Guard.Length > 0)
                yield return $"[{Guard}]";
            if (Note.Length > 0)
                yield return Note;
        }
    }

    /// <summary>Whether a life ends with it as it should: both sides have said so, or the transport is handed over.</summary>
    public bool EndsInOrder => Ends.Contains(CloseReason.Clean) || Ends.Contains(CloseReason.Detached);
}
