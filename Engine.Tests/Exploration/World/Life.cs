namespace TlsFsm.Tests.Exploration;

/// <summary>All that happens to one connection.</summary>
internal sealed record Life(Setting Setting, IReadOnlyList<Step> Steps)
{
    /// <summary>Lives it again, from the beginning.</summary>
    public World Relive() => Relive(Steps.Count);

    /// <summary>Lives its beginning.</summary>
    public World Relive(int count)
    {
        var world = new World(Setting);
        foreach (var step in Steps.Take(count))
            world.Perform(step);
        return world;
    }
}
