namespace TlsFsm.Tests.Exploration;

/// <summary>All that happens to one connection.</summary>
internal sealed record Life(Setting Setting, IReadOnlyList<Step> Steps)
{
    /// <summary>Lives it again, from the beginning.</summary>
    public World Relive() => Relive(Steps.Count);

    /// <summary>Lives its beginning.</summary>
    public World Relive(int count)
    {
        var world = new World(Setting) { IsRelived = true };
        for (var i = 0; i < count; i++)
        {
            world.IsRelived = i < count - 1;
            world.Perform(Steps[i]);
        }

        world.IsRelived = false;
        return world;
    }
}
