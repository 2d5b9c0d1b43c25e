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

    public Findings Explore()
    {
        _known.Add(StateKey.Of(new World(setting)));
        TakeWaysOut([]);
        var (level, depth) = ((From: 0, To: 1), 0);
        for (; level.From < level.To && depth < maxDepth; depth++)
        {
            for (var node = level.From; node < level.To; node++)
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
            world ??= new Life(setting, path).Relive();
            if (!step.IsPossible(world))
                continue;

            var seen = world.Journal.Count;
            world.Perform(step);
            _findings.Note(world, seen, () => new Life(setting, [.. path, step]));
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
            var world = new Life(setting, path).Relive();
            if (way.Take(world))
                _findings.Check(world, invariants);
        }
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
