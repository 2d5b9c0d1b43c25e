using Stateless.Reflection;
using TlsFsm.Machines;

namespace TlsFsm.StateDiagrams;

/// <summary>All moves from one state to another that are drawn alike.</summary>
/// <param name="From">Where it begins.</param>
/// <param name="To">Where it leads; the same state for a reentry.</param>
/// <param name="IsCutShort">Not the ordinary way of a connection: drawn quieter.</param>
/// <param name="Moves">Each trigger, in the order of the definition.</param>
internal sealed record Arrow(string From, string To, bool IsCutShort, IReadOnlyList<Move> Moves)
{
    /// <summary>Whether a life ends with it.</summary>
    public bool EndsLife => Moves.Any(move => move.Ends.Count > 0);

    /// <summary>The arrows of a machine. Two states may have two: the ordinary one and the other.</summary>
    public static IReadOnlyList<Arrow> Merge(
        StateMachineInfo info, IReadOnlyList<MachineCell> cells, Func<string, Move, string, bool> isCutShort) =>
    [
        .. from state in info.States
           from transition in state.FixedTransitions
           let @from = state.UnderlyingState.ToString()!
           let to = transition.DestinationState.UnderlyingState.ToString()!
           let trigger = transition.Trigger.UnderlyingTrigger.ToString()!
           let guard = string.Join(" and ", transition.GuardConditionsMethodDescriptions.Select(condition => condition.Description))
           let move = Move.Of(trigger, guard, cells.Single(
               cell => cell.State == @from && cell.Trigger == trigger && cell.Destination == to && cell.Because == guard))
           group move by (@from, to, isCutShort(@from, move, to)) into moves
           select new Arrow(moves.Key.@from, moves.Key.to, moves.Key.Item3, [.. moves]),
    ];
}
