namespace TlsFsm.Tests.Learning;

/// <summary>The learner itself, on machines that are known.</summary>
[TestFixture]
internal sealed class LearnerTests
{
    private static readonly string[] Alphabet = ["a", "b", "c"];

    [Test]
    public void A_known_machine_is_learned_state_by_state([Range(1, 20)] int seed)
    {
        var known = RandomMachine(new Random(seed), states: 8);

        var learned = Learner.Learn(new QueryTree(Alphabet, () => new Known(known)), extraStates: 2);

        Assert.That(Difference(known, learned), Is.Null);
        Assert.That(learned.States, Is.EqualTo(CountReachable(known)));
    }

    [Test]
    public void A_state_that_takes_a_long_word_to_be_told_from_another_is_found_when_one_looks_that_far([Values(1, 4)] int extraStates)
    {
        // Counts to five a in a row, and shows it only then.
        var counter = new MealyMachine(
            [.. Enumerable.Range(0, 5).Select(count => new int[count])],
            [.. Enumerable.Range(0, 5).Select(count => (int[])[(count + 1) % 5, 0, 0])],
            [.. Enumerable.Range(0, 5).Select(count => (string[])[count == 4 ? "five" : "", "", ""])]);

        var learned = Learner.Learn(new QueryTree(Alphabet, () => new Known(counter)), extraStates);

        Assert.That(learned.States, Is.EqualTo(extraStates == 4 ? 5 : 1));
    }

    [Test]
    public void A_system_that_answers_the_same_word_in_two_ways_is_named()
    {
        var made = 0;
        var queries = new QueryTree(Alphabet, () => new Moody(made++));

        Assert.That(() => Learner.Learn(queries, extraStates: 1),
            Throws.TypeOf<AssertionException>().With.Message.Contains("Two answers to one word: a"));
    }

    [Test]
    public void What_escapes_a_system_is_told_with_the_word_that_led_to_it()
    {
        var queries = new QueryTree(Alphabet, () => new Broken());

        Assert.That(() => queries.Ask([0, 2, 1]),
            Throws.TypeOf<AssertionException>().With.Message.Contains("a, c").And.InnerException.TypeOf<InvalidOperationException>());
    }

    [Test]
    public void A_system_that_counts_without_end_is_given_up()
    {
        var queries = new QueryTree(Alphabet, () => new Counting());

        Assert.That(() => Learner.Learn(queries, extraStates: 1),
            Throws.TypeOf<AssertionException>().With.Message.Contains("what is counted"));
    }

    [Test]
    public void No_word_is_played_twice_and_no_beginning_of_one()
    {
        var queries = new QueryTree(Alphabet, () => new Counting());

        queries.Ask([0, 1, 2]);
        queries.Ask([0, 1]);
        queries.Ask([0, 1, 2]);

        Assert.That(queries.Queries, Is.EqualTo(1));
        Assert.That(queries.All().Select(asked => queries.Show(asked.Word)), Is.EqualTo(new[] { "", "a", "a, b", "a, b, c" }));
    }

    private static MealyMachine RandomMachine(Random random, int states) => new(
        [.. Enumerable.Range(0, states).Select(_ => Array.Empty<int>())],
        [.. Enumerable.Range(0, states).Select(_ => Alphabet.Select(_ => random.Next(states)).ToArray())],
        // All different in one symbol, so that the machine is minimal.
        [.. Enumerable.Range(0, states).Select(state => (string[])[$"{state % 2}", $"{state}", $"{random.Next(2)}"])]);

    private static int CountReachable(MealyMachine machine)
    {
        var reached = new HashSet<int> { 0 };
        var queue = new Queue<int>(reached);
        while (queue.TryDequeue(out var state))
        {
            foreach (var next in machine.Next[state].Where(reached.Add))
                queue.Enqueue(next);
        }

        return reached.Count;
    }

    /// <summary>A word that two machines answer in different ways; null if there is none.</summary>
    private static int[]? Difference(MealyMachine one, MealyMachine other)
    {
        var seen = new HashSet<(int, int)> { (0, 0) };
        var queue = new Queue<(int One, int Other, int[] Word)>();
        queue.Enqueue((0, 0, []));
        while (queue.TryDequeue(out var pair))
        {
            for (var symbol = 0; symbol < Alphabet.Length; symbol++)
            {
                int[] word = [.. pair.Word, symbol];
                if (one.Output[pair.One][symbol] != other.Output[pair.Other][symbol])
                    return word;

                var next = (One: one.Next[pair.One][symbol], Other: other.Next[pair.Other][symbol]);
                if (seen.Add(next))
                    queue.Enqueue((next.One, next.Other, word));
            }
        }

        return null;
    }

    private static Answer Show(string output) => new(output, "", []);

    private sealed class Known(MealyMachine machine) : ISystem
    {
        private int _state;

        public Answer Begin() => Show("");

        public Answer Step(int symbol)
        {
            var output = machine.Output[_state][symbol];
            _state = machine.Next[_state][symbol];
            return Show(output);
        }
    }

    private sealed class Moody(int number) : ISystem
    {
        public Answer Begin() => Show("");

        public Answer Step(int symbol) => Show($"{number}");
    }

    private sealed class Broken : ISystem
    {
        public Answer Begin() => Show("");

        public Answer Step(int symbol) => symbol == 2 ? throw new InvalidOperationException("broken") : Show("");
    }

    private sealed class Counting : ISystem
    {
        private int _count;

        public Answer Begin() => Show("");

        public Answer Step(int symbol) => Show($"{++_count}");
    }
}
