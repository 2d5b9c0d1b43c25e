using System.Diagnostics;

namespace TlsFsm.Tests.Learning;

/// <summary>What was learned of one engine, and what its drawn machines did meanwhile.</summary>
internal sealed class LearnedModel
{
    // Deeper: the model is right for every engine with so many states more. Each costs some twenty times as much.
    private const string DepthVariable = "TLSFSM_LEARN_DEPTH";
    private const int UsualDepth = 1;

    private static readonly Lazy<IReadOnlyDictionary<Subject, LearnedModel>> Learned = new(LearnAll);

    private LearnedModel(Subject subject)
    {
        var clock = Stopwatch.StartNew();
        var alphabet = Alphabet.Of(subject);
        Subject = subject;
        Queries = new QueryTree([.. alphabet.Select(symbol => symbol.Name)], () => new Encounter(subject, alphabet));
        Machine = Learner.Learn(Queries, Depth, Array.IndexOf(alphabet, Alphabet.Loss), Array.IndexOf(alphabet, Alphabet.Question));
        Drawn = [.. Machine.Access.Select(_ => new SortedSet<string>(StringComparer.Ordinal))];
        foreach (var (word, answer) in Queries.All())
            Drawn[Machine.After(word)].Add(answer.Drawn);
        Summary = $"{subject.Name}: {Machine.States} states, {Machine.States * Machine.Symbols} transitions, "
            + $"{Queries.Queries} connections, {Queries.Steps} steps, {clock.Elapsed.TotalSeconds:0.0} s";
    }

    public Subject Subject { get; }

    public QueryTree Queries { get; }

    public MealyMachine Machine { get; }

    /// <summary>How much was asked.</summary>
    public string Summary { get; }

    /// <summary>For each learned state where the drawn machines stood, after every word that leads there.</summary>
    public IReadOnlyList<SortedSet<string>> Drawn { get; }

    public static LearnedModel Of(Subject subject) => Learned.Value[subject];

    public static IEnumerable<LearnedModel> All => Subject.All.Select(Of);

    private static int Depth =>
        int.TryParse(Environment.GetEnvironmentVariable(DepthVariable), out var depth) ? Math.Max(depth, UsualDepth) : UsualDepth;

    private static Dictionary<Subject, LearnedModel> LearnAll() =>
        Subject.All.AsParallel().WithDegreeOfParallelism(Environment.ProcessorCount)
            .Select(subject => new LearnedModel(subject)).ToDictionary(model => model.Subject);
}
