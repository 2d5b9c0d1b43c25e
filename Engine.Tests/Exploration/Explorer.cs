namespace TlsFsm.Tests.Exploration;

/// <summary>
/// Explores a setting: every step from every abstract state, until no new one appears or the depth is reached, breadth first.
/// </summary>
/// <remarks>
/// A world cannot be copied, so a step from a state is played from the beginning. To the end of a setting, a world that has come to a
/// state which is known goes on from there with a step that nobody has tried; what breaks an invariant that way is not the shortest, and is
/// looked for again the strict way.
/// </remarks>
/// <param name="setting">The world.</param>
/// <param name="invariants">What must hold after each step, and when it is over.</param>
/// <param name="maxDepth">How many steps a life is followed.</param>
internal sealed class Explorer(Setting setting, IReadOnlyList<Invariant> invariants, int maxDepth)
{
    // What a life has seen is looked at whole after each step: a longer one costs more than a new one.
    private const int LongestLife = 20;

    private readonly List<Node> _nodes = [new(null, null, 0)];
    private readonly Dictionary<string, Node> _known = [];
    private readonly Findings _findings = new(setting);
    private bool _isStrict;
    private IReadOnlyCollection<Finding> _lookedFor = [];

    /// <summary>To the end.</summary>
    /// <returns>With the shortest way to break each invariant that is broken.</returns>
    public static Findings ToTheEnd(Setting setting, IReadOnlyList<Invariant> invariants)
    {
        var findings = new Explorer(setting, invariants, int.MaxValue).Explore();
        if (findings.Broken.Count > 0)
            findings.Add(new Explorer(setting, invariants, int.MaxValue) { _isStrict = true, _lookedFor = findings.Broken }.Explore());
        return findings;
    }

    /// <summary>As deep as is asked for, strictly breadth first.</summary>
    public static Findings ToDepth(Setting setting, IReadOnlyList<Invariant> invariants, int depth) =>
        new Explorer(setting, invariants, depth) { _isStrict = true }.Explore();

    private Findings Explore()
    {
        _known.Add(StateKey.Of(new World(setting)), _nodes[0]);
        TakeWaysOut(new World(setting), []);
        var next = 0;
        for (; next < _nodes.Count && _nodes[next].Depth < maxDepth && !IsFound(); next++)
        {
            var node = _nodes[next];
            var path = node.Path();
            while (node.Tried < setting.Steps.Count)
                GoOn(new Life(setting, path).Relive(), node);
        }

        _findings.Finish(_nodes.Count, _nodes.Max(node => node.Depth), isComplete: next == _nodes.Count);
        return _findings;
    }

    private bool IsFound() => _lookedFor.Count > 0 && _lookedFor.All(finding => _findings.IsBroken(finding.Invariant));

    /// <summary>Tries what nobody has tried here, and goes on where it leads.</summary>
    private void GoOn(World world, Node node)
    {
        while (StepFrom(node, world) is { } step)
        {
            var seen = world.Journal.Count;
            world.Perform(step);
            _findings.Note(world, seen, () => new Life(setting, [.. node.Path(), step]));
            _findings.Check(world, invariants);
            var key = StateKey.Of(world);
            if (!_known.TryGetValue(key, out var next))
            {
                next = new Node(node, step, node.Depth + 1);
                _known.Add(key, next);
                _nodes.Add(next);
                TakeWaysOut(world, next.Path());
                return;
            }

            if (_isStrict || world.Script.Count > LongestLife)
                return;
            node = next;
        }
    }

    private Step? StepFrom(Node node, World world)
    {
        while (node.Tried < setting.Steps.Count)
        {
            var step = setting.Steps[node.Tried++];
            if (step.IsPossible(world))
                return step;
        }

        return null;
    }

    /// <summary>
    /// However it stands, an abort, a loss and a close of ours all end it, and leave nothing behind. The first way is taken by the world
    /// that is at hand. A loss is a step like any other, and so is an abort but of who has closed: where they led is followed to its rest.
    /// </summary>
    private void TakeWaysOut(World world, Step[] path)
    {
        // In each state another: what a refused call has done would show in the end that follows.
        Call.All[_nodes.Count % Call.All.Count].MakeElsewhere(world);
        var closes = WayOut.Closing.Takes(world);
        var aborts = world.HasClosed && WayOut.Aborting.Takes(world);
        Take(closes ? WayOut.Closing : WayOut.Resting, world);
        if (aborts)
            Take(WayOut.Aborting, new Life(setting, path).Relive());
    }

    private void Take(WayOut way, World world)
    {
        way.Take(world);
        _findings.Check(world, invariants);
    }

    /// <summary>An abstract state, and the step that first led there.</summary>
    private sealed class Node(Node? parent, Step? step, int depth)
    {
        public int Depth { get; } = depth;

        /// <summary>How many of the steps were tried from here.</summary>
        public int Tried { get; set; }

        /// <summary>The way there.</summary>
        public Step[] Path()
        {
            var path = new Step[Depth];
            for (var (node, at) = (this, Depth); at > 0; node = node.Parent!)
                path[--at] = node.Step!;
            return path;
        }

        private Node? Parent { get; } = parent;

        private Step? Step { get; } = step;
    }
}
