namespace TlsFsm.StateDiagrams;

/// <summary>An arrow that many states have alike, to the state in which all ends: drawn once, from a box that names them.</summary>
/// <param name="States">Whose it is, in the order of the definition.</param>
/// <param name="Words">What the box says: these states, in words where that is shorter.</param>
/// <param name="Arrow">The arrow of the first of them.</param>
internal sealed record SharedArrow(IReadOnlyList<string> States, string Words, Arrow Arrow)
{
    /// <summary>As few as this are followed by the eye without help.</summary>
    private const int Few = 3;

    /// <summary>Those of a machine.</summary>
    /// <param name="arrows">All arrows of the machine.</param>
    /// <param name="states">All its states, in the order of the definition.</param>
    public static IReadOnlyList<SharedArrow> Find(IReadOnlyList<Arrow> arrows, IReadOnlyList<string> states) =>
    [
        .. from arrow in arrows
           where !arrows.Any(onward => onward.From == arrow.To)
           group arrow by (arrow.To, arrow.IsCutShort, string.Join('\n', arrow.Moves.Select(Text))) into alike
           where alike.Count() > Few
           let owners = alike.Select(arrow => arrow.From).ToList()
           select new SharedArrow(owners, WordsFor(owners, alike.Key.To, arrows, states), alike.First()),
    ];

    /// <summary>Whether an arrow is this one, of whichever state.</summary>
    public bool Covers(Arrow arrow) =>
        arrow.To == Arrow.To && arrow.IsCutShort == Arrow.IsCutShort && States.Contains(arrow.From);

    private static string WordsFor(
        IReadOnlyList<string> owners, string to, IReadOnlyList<Arrow> arrows, IReadOnlyList<string> states)
    {
        var others = states.Where(state => state != to && !owners.Contains(state)).ToList();
        if (others.Count == 0)
            return "from every state";

        // The ones that are left out are then seen to have an arrow of their own.
        return others.All(other => arrows.Any(arrow => arrow.From == other && arrow.To == to))
            ? "from every other state"
            : $"from {string.Join(", ", owners)}";
    }

    private static string Text(Move move) => $"{move.Trigger}|{move.Guard}|{string.Join(',', move.Ends)}|{move.Note}";
}
