using System.Runtime.InteropServices;

namespace TlsFsm.Tests.Exploration;

/// <summary>What an exploration has found: how far it came, what was walked, and the shortest way to break each invariant.</summary>
internal sealed class Findings(Setting setting)
{
    private readonly Dictionary<Invariant, Finding> _broken = [];
    // Enough to see a cell walked in different company.
    private const int MaxLives = 6;

    private readonly Dictionary<(string Machine, string From, string Trigger, string To), List<Life>> _walked = [];

    public Setting Setting { get; } = setting;

    public int States { get; private set; }

    /// <summary>How many steps were played from how many states: the arcs of the explored graph.</summary>
    public int Arcs { get; private set; }

    public int Depth { get; private set; }

    /// <summary>Whether no new state had appeared when it ended.</summary>
    public bool IsComplete { get; private set; }

    public IReadOnlyCollection<Finding> Broken => _broken.Values;

    /// <summary>The steps of the machines that were made, each with some lives whose last event made it.</summary>
    public IReadOnlyDictionary<(string Machine, string From, string Trigger, string To), List<Life>> Walked => _walked;

    /// <summary>From where, by what, and with which reason TLS has come to its end.</summary>
    public HashSet<(string From, string Trigger, CloseReason Reason)> Ends { get; } = [];

    /// <summary>An event was played.</summary>
    /// <param name="world">Where.</param>
    /// <param name="seenBefore">What of its journal is older.</param>
    /// <param name="life">All events so far.</param>
    public void Note(World world, int seenBefore, Func<Life> life)
    {
        Arcs++;
        foreach (var entry in world.Journal.Entries.Skip(seenBefore))
        {
            if (entry.Transition is not { } step)
                continue;

            var lives = CollectionsMarshal.GetValueRefOrAddDefault(_walked, (step.Machine, step.From, step.Trigger, step.To), out _) ??= [];
            if (lives.Count < MaxLives)
                lives.Add(life());
            if (entry.IsEnd)
                Ends.Add((step.From, step.Trigger, world.Connection.CloseReason));
        }
    }

    public void Check(World world, IReadOnlyList<Invariant> invariants)
    {
        foreach (var invariant in invariants)
        {
            if ((!_broken.TryGetValue(invariant, out var known) || known.Script.Count > world.Script.Count)
                && invariant.Broken(world) is { } how)
                _broken[invariant] = new Finding(invariant, Setting, how, [.. world.Script], $"{world.Journal}");
        }
    }

    public bool IsBroken(Invariant invariant) => _broken.ContainsKey(invariant);

    /// <summary>Takes over what others have found in a shorter way.</summary>
    public void Add(Findings others)
    {
        foreach (var finding in others.Broken)
        {
            if (!_broken.TryGetValue(finding.Invariant, out var known) || known.Script.Count > finding.Script.Count)
                _broken[finding.Invariant] = finding;
        }
    }

    public void Finish(int states, int depth, bool isComplete) => (States, Depth, IsComplete) = (states, depth, isComplete);

    public override string ToString() =>
        $"{Setting}: {States} states, {Arcs} arcs, {(IsComplete ? "all of them" : "not all")}, {Depth} steps deep";
}

/// <summary>A broken invariant, and the shortest way to it.</summary>
internal sealed record Finding(Invariant Invariant, Setting Setting, string How, IReadOnlyList<string> Script, string Journal)
{
    public override string ToString() =>
        $"""
        {Invariant.Name}: {Invariant.Sentence}
          {How}
          setting: {Setting}
          script ({Script.Count} steps):
            {string.Join("\n    ", Script)}
          seen: {Journal}
        """;
}
