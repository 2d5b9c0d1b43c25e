namespace TlsFsm.Tests.Learning;

/// <summary>A learned model: what leads where, and what is seen on the way. State 0 is the first.</summary>
/// <param name="Access">For each state a shortest known word that leads there.</param>
/// <param name="Next">State x symbol: the next state.</param>
/// <param name="Output">State x symbol: what is seen.</param>
internal sealed record MealyMachine(IReadOnlyList<int[]> Access, int[][] Next, string[][] Output)
{
    public int States => Access.Count;

    public int Symbols => Next[0].Length;

    public int After(IEnumerable<int> word, int from = 0)
    {
        foreach (var symbol in word)
            from = Next[from][symbol];

        return from;
    }

    /// <summary>What is seen behind a state, in one string: two states are told apart by a word if these differ.</summary>
    public string Seen(int from, int[] word)
    {
        var seen = new string[word.Length];
        for (var i = 0; i < word.Length; i++)
        {
            seen[i] = Output[from][word[i]];
            from = Next[from][word[i]];
        }

        return string.Join('\n', seen);
    }

    /// <summary>Whether no symbol leads out of a state. A model of one state is no end but a beginning.</summary>
    public bool IsEnd(int state) => States > 1 && Next[state].All(next => next == state);
}
