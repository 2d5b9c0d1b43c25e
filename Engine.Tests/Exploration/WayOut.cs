namespace TlsFsm.Tests.Exploration;

/// <summary>A way to end a connection that must lead out of every state.</summary>
/// <param name="Last">What begins it.</param>
internal sealed record WayOut(Step Last)
{
    // More than all deadlines one after the other.
    private const int Halves = 16;

    private static readonly Step Stuck = new(
        "transport: pause writing, for good", world => world.IsConnected && !world.Lower.IsLost && !world.Lower.IsWritingPaused,
        world => world.PauseWriting(true));

    private static readonly Step Turns = new("all turns of the loop", _ => true, world =>
    {
        if (!world.Loop.RunAll())
            world.Journal.Add(Sight.Spins);
    });

    public static IReadOnlyList<WayOut> All { get; } = [new(Steps.Abort), new(Steps.Reset), new(Steps.Close)];

    /// <summary>Takes it to the end. Nobody helps: the transport takes nothing more, and the peer says nothing more.</summary>
    /// <returns>False if it does not begin here.</returns>
    public bool Take(World world)
    {
        if (world.Lower.IsLost || (Last != Steps.Reset && !world.HasTransport))
            return false;

        world.IsOnWayOut = true;
        Play(world, Steps.Connect);
        if (Last == Steps.Close)
            Play(world, Stuck);
        world.Perform(Last);
        Play(world, Turns);
        for (var half = 0; half < Halves && world.Loop.HasTimers; half++)
        {
            Play(world, Steps.Time);
            Play(world, Turns);
        }

        Play(world, Steps.GiveUp);
        Play(world, Turns);

        return true;
    }

    private static void Play(World world, Step step)
    {
        if (step.IsPossible(world))
            world.Perform(step);
    }
}
