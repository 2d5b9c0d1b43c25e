using Stateless.Reflection;

namespace TlsFsm.StateDiagrams;

/// <summary>All moves from one state to another that are drawn alike.</summary>
/// <param name="From">Where it begins.</param>
/// <param name="To">Where it leads; the same state for a reentry.</param>
/// <param name="IsFault">Not the ordinary way of a connection: drawn quieter.</param>
/// <param name="Moves">Each trigger with its guard (empty: none), in the order of the definition.</param>
internal sealed record Arrow(string From, string To, bool IsFault, IReadOnlyList<(string Trigger, string Guard)> Moves)
{
    /// <summary>The arrows of a machine. Two states may have two: the ordinary one and the faults.</summary>
    public static IReadOnlyList<Arrow> Merge(StateMachineInfo info, Func<string, string, string, bool> isFault) =>
    [
        .. from state in info.States
           from move in state.FixedTransitions
           let @from = state.UnderlyingState.ToString()!
           let to = move.DestinationState.UnderlyingState.ToString()!
           let trigger = move.Trigger.UnderlyingTrigger.ToString()!
           let guard = string.Join(" and ", move.GuardConditionsMethodDescriptions.Select(condition => condition.Description))
           group (trigger, guard) by (@from, to, isFault(@from, trigger, to)) into moves
           select new Arrow(moves.Key.@from, moves.Key.to, moves.Key.Item3, [.. moves]),
    ];

    /// <summary>One line for each trigger; its guard, if any, on a line below it.</summary>
    public IEnumerable<string> Lines =>
        Moves.SelectMany(move => move.Guard.Length == 0 ? [move.Trigger] : (string[])[move.Trigger, $"[{move.Guard}]"]);
}
