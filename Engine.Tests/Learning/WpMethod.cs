namespace TlsFsm.Tests.Learning;

/// <summary>
/// Words that tell a model from every other machine with up to so many more states (Fujiwara and others: the partial W-method): from each
/// state all words of that length and one more, and behind each what tells the state that it has led to from the others.
/// </summary>
internal sealed class WpMethod
{
    private readonly MealyMachine _model;
    private readonly List<int[]> _all = [];
    private readonly int[][][] _ofState;

    public WpMethod(MealyMachine model)
    {
        _model = model;
        _ofState = [.. Enumerable.Range(0, model.States).Select(Identify)];
    }

    /// <param name="extraStates">How many states the system may have beyond the model's.</param>
    public IEnumerable<int[]> Words(int extraStates) =>
        Behind(extraStates, _ => _all).Concat(Behind(extraStates + 1, state => _ofState[state]));

    /// <summary>From each state all words up to a length, and behind them what tells the states apart that they may have led to.</summary>
    private IEnumerable<int[]> Behind(int length, Func<int, IReadOnlyList<int[]>> suffixesOf) =>
        from access in _model.Access.Select((word, state) => (Word: word, State: state))
        from way in Ways(access.State, length)
        from suffix in suffixesOf(_model.After(way, access.State)).DefaultIfEmpty([])
        select (int[])[.. access.Word, .. way, .. suffix];

    /// <summary>What has been told from everything that lives is taken for an end: nothing is looked for behind it.</summary>
    private IEnumerable<int[]> Ways(int state, int length)
    {
        yield return [];
        if (length == 0 || _model.IsEnd(state))
            yield break;

        for (var symbol = 0; symbol < _model.Symbols; symbol++)
        {
            foreach (var rest in Ways(_model.Next[state][symbol], length - 1))
                yield return [symbol, .. rest];
        }
    }

    /// <summary>Few words that tell a state from all others; what is found for one state is tried first for the next.</summary>
    private int[][] Identify(int state)
    {
        var words = new List<int[]>();
        for (var other = 0; other < _model.States; other++)
        {
            if (other == state || words.Exists(word => Differ(state, other, word)))
                continue;

            var word = _all.Find(known => Differ(state, other, known));
            if (word is null)
                _all.Add(word = Separate(state, other));
            words.Add(word);
        }

        return [.. words];
    }

    private bool Differ(int one, int other, int[] word) => _model.Seen(one, word) != _model.Seen(other, word);

    /// <summary>A shortest word that tells two states apart: breadth first over the pairs.</summary>
    private int[] Separate(int one, int other)
    {
        var seen = new HashSet<(int, int)> { (one, other) };
        var queue = new Queue<(int One, int Other, int[] Word)>();
        queue.Enqueue((one, other, []));
        while (queue.TryDequeue(out var pair))
        {
            for (var symbol = 0; symbol < _model.Symbols; symbol++)
            {
                int[] word = [.. pair.Word, symbol];
                if (_model.Output[pair.One][symbol] != _model.Output[pair.Other][symbol])
                    return word;

                var next = (_model.Next[pair.One][symbol], _model.Next[pair.Other][symbol]);
                if (seen.Add(next))
                    queue.Enqueue((next.Item1, next.Item2, word));
            }
        }

        throw new InvalidOperationException($"The model is not minimal: nothing tells states {one} and {other} apart.");
    }
}
