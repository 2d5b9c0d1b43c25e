namespace TlsFsm.Tests.Learning;

/// <summary>
/// Angluin's L* for Mealy machines: rows are words, columns are what is asked behind them; rows that look alike are one state. A
/// counterexample gives one new column (Rivest and Schapire), so no two words in the upper part look alike, and the models are minimal.
/// </summary>
/// <param name="queries">The system.</param>
/// <param name="first">
/// The symbols of the first columns. Few will do: what single symbols show is in the model anyway, and the check finds what it gets wrong.
/// </param>
internal sealed class ObservationTable(QueryTree queries, IEnumerable<int> first)
{
    // A system with more has something in it that counts, and its picture would be of no use to anybody.
    private const int MaxStates = 60;

    private readonly List<int[]> _access = [[]];
    private readonly List<int[]> _suffixes = [.. first.Select(symbol => new[] { symbol })];

    /// <summary>Asks until every step from a state leads to one.</summary>
    public MealyMachine Close()
    {
        while (true)
        {
            var rows = new Dictionary<string, int>();
            foreach (var access in _access)
                rows.Add(Row(access), rows.Count);
            if (FindNew(rows) is not { } step)
                return Model(rows);

            _access.Add(step);
            if (_access.Count > MaxStates)
                throw new AssertionException($"More than {MaxStates} states: what is counted? Last: {queries.Show(step)}.");
        }
    }

    /// <summary>Learns from a word whose last output a model got wrong.</summary>
    public void Refine(MealyMachine model, int[] counterexample)
    {
        var real = queries.Ask(counterexample)[^1];

        // From the left: as long as the way there may be replaced by the model's own word for it, the fault lies further right.
        for (var i = 1; i < counterexample.Length; i++)
        {
            int[] suffix = counterexample[i..];
            int[] replaced = [.. model.Access[model.After(counterexample[..i])], .. suffix];
            if (queries.Ask(replaced)[^1] == real)
                continue;

            _suffixes.Add(suffix);
            return;
        }

        throw new InvalidOperationException($"The model has {queries.Show(counterexample)} right.");
    }

    private int[]? FindNew(Dictionary<string, int> rows)
    {
        foreach (var access in _access)
        {
            for (var symbol = 0; symbol < queries.Alphabet.Count; symbol++)
            {
                int[] step = [.. access, symbol];
                if (!rows.ContainsKey(Row(step)))
                    return step;
            }
        }

        return null;
    }

    private MealyMachine Model(Dictionary<string, int> rows)
    {
        var symbols = Enumerable.Range(0, queries.Alphabet.Count).ToArray();
        return new MealyMachine(
            [.. _access],
            [.. _access.Select(access => symbols.Select(symbol => rows[Row([.. access, symbol])]).ToArray())],
            [.. _access.Select(access => symbols.Select(symbol => queries.Ask([.. access, symbol])[^1]).ToArray())]);
    }

    private string Row(int[] word) =>
        string.Join('|', _suffixes.Select(suffix => string.Join('\n', queries.Ask([.. word, .. suffix])[word.Length..])));
}
