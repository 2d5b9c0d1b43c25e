namespace TlsFsm.Tests.Exploration;

/// <summary>
/// Explores a setting breadth first: every step from every abstract state, until no new one appears or the depth is reached. A world
/// cannot be copied, so each step is played from the beginning; being breadth first, what breaks an invariant is shortest.
/// </summary>
/// <param name="setting">The world.</param>
/// <param name="invariants">What must hold after each step, and when it is over.</param>
/// <param name="maxDepth">How many steps a life is followed.</param>
internal sealed class Explorer(Setting setting, IReadOnlyList<Invariant> invariants, int maxDepth)
{
    private readonly List<(int Parent, Step? Step)> _nodes = [(-1, null)];
    private readonly HashSet<string> _known = [];
    private readonly Findings _findings = new(setting);

    /// <summary>Stops the exploration before its end: whoever looks for one finding need not see all.</summary>
    public Func<Findings, bool> IsEnough { get; init; } = _ => false;

    public IReadOnlySet<string> KnownKeys => _known;

    public Findings Explore()
    {
        _known.Add(StateKey.Of(new World(setting)));
        TakeWaysOut([]);
        var (level, depth) = ((From: 0, To: 1), 0);
        for (; level.From < level.To && depth < maxDepth; depth++)
        {
            for (var node = level.From; node < level.To && !IsEnough(_findings); node++)
                Expand(PathTo(node), node);
            level = (level.To, _nodes.Count);
        }

        _findings.Finish(_nodes.Count, depth, isComplete: level.From >= level.To);
        return _findings;
    }

    private void Expand(List<Step> path, int node)
    {
        var steps = setting.Steps;
        World? world = null;
        foreach (var step in steps)
        {
            world ??= Replay(path);
            if (!step.IsPossible(world))
                continue;

            world.Perform(step);
            _findings.Note(world);
            _findings.Check(world, invariants);
            if (_known.Add(StateKey.Of(world)))
            {
                _nodes.Add((node, step));
                TakeWaysOut([.. path, step]);
            }

            world = null;
        }
    }

    /// <summary>However it stands, an abort, a loss and a close of ours all end it, and leave nothing behind.</summary>
    private void TakeWaysOut(List<Step> path)
    {
        foreach (var way in WayOut.All)
        {
            var world = Replay(path);
            if (way.Take(world))
                _findings.Check(world, invariants);
        }
    }

    private World Replay(List<Step> path)
    {
        var world = new World(setting);
        foreach (var step in path)
            world.Perform(step);
        return world;
    }

    private List<Step> PathTo(int node)
    {
        var path = new List<Step>();
        for (; _nodes[node].Step is { } step; node = _nodes[node].Parent)
            path.Add(step);
        path.Reverse();
        return path;
    }
}
