namespace TlsFsm.Tests.Learning;

/// <summary>
/// All that was asked so far, as a tree of words: no word is played twice, and a system that answers the same word in two ways is found.
/// </summary>
internal sealed class QueryTree(IReadOnlyList<string> alphabet, Func<ISystem> start)
{
    private Node? _root;

    public IReadOnlyList<string> Alphabet => alphabet;

    /// <summary>How many systems were made and played.</summary>
    public int Queries { get; private set; }

    /// <summary>How many symbols they were given.</summary>
    public long Steps { get; private set; }

    /// <summary>What a fresh system shows.</summary>
    public Answer Beginning => (_root ?? Play([])).Answer;

    /// <summary>The outputs, one a symbol.</summary>
    public string[] Ask(int[] word)
    {
        var node = _root;
        for (var i = 0; i < word.Length && node is not null; i++)
            node = node.Next[word[i]];
        if (node is null)
            Play(word);

        var outputs = new string[word.Length];
        node = _root!;
        for (var i = 0; i < word.Length; i++)
        {
            node = node.Next[word[i]]!;
            outputs[i] = node.Answer.Output;
        }

        return outputs;
    }

    /// <summary>Every word that was played, with its prefixes: the shorter before the longer.</summary>
    public IEnumerable<(int[] Word, Answer Answer)> All()
    {
        var queue = new Queue<(int[] Word, Node Node)>();
        queue.Enqueue(([], _root ?? Play([])));
        while (queue.TryDequeue(out var next))
        {
            yield return (next.Word, next.Node.Answer);
            for (var symbol = 0; symbol < alphabet.Count; symbol++)
            {
                if (next.Node.Next[symbol] is { } child)
                    queue.Enqueue(([.. next.Word, symbol], child));
            }
        }
    }

    public string Show(IEnumerable<int> word) => string.Join(", ", word.Select(symbol => alphabet[symbol]));

    private Node Play(int[] word)
    {
        Queries++;
        var system = start();
        var node = _root = Keep(_root, system.Begin(), []);
        for (var i = 0; i < word.Length; i++)
        {
            Steps++;
            Answer answer;
            try
            {
                answer = system.Step(word[i]);
            }
            catch (Exception exception) when (exception is not AssertionException)
            {
                throw new AssertionException($"An exception escaped at the end of: {Show(word[..(i + 1)])}", exception);
            }

            node = node.Next[word[i]] = Keep(node.Next[word[i]], answer, word[..(i + 1)]);
        }

        return node;
    }

    private Node Keep(Node? known, Answer answer, int[] word)
    {
        if (known is null)
            return new Node(answer, new Node?[alphabet.Count]);
        if (known.Answer.Output != answer.Output || known.Answer.Drawn != answer.Drawn)
            throw new AssertionException(
                $"Two answers to one word: {Show(word)}: '{known.Answer.Output}' in {known.Answer.Drawn}, then '{answer.Output}' in "
                + $"{answer.Drawn}.");

        return known;
    }

    private sealed record Node(Answer Answer, Node?[] Next);
}
