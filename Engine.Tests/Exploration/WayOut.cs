namespace TlsFsm.Tests.Exploration;

/// <summary>A way to end a connection that must lead out of every state.</summary>
/// <param name="Last">What begins it; null: it has begun.</param>
internal sealed record WayOut(Step? Last)
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

    public static WayOut Closing { get; } = new(Steps.Close);

    public static WayOut Aborting { get; } = new(Steps.Abort);

    /// <summary>Nothing more is done.</summary>
    public static WayOut Resting { get; } = new((Step?)null);

    public static IReadOnlyList<WayOut> All { get; } = [Aborting, new(Steps.Reset), Closing];

    /// <summary>Whether it begins here.</summary>
    public bool Takes(World world) => !world.Lower.IsLost && (Last == Steps.Reset || world.HasTransport);

    /// <summary>Takes it to the end. Nobody helps: the transport takes nothing more, and the peer says nothing more.</summary>
    public void Take(World world)
    {
        world.IsOnWayOut = Last is not null || world.Lower.IsLost;
        Play(world, Steps.Connect);
        if (Last == Steps.Close)
            Play(world, Stuck);
        if (Last is not null)
            world.Perform(Last);
        Play(world, Turns);
        for (var half = 0; half < Halves && world.Loop.HasTimers; half++)
        {
            Play(world, Steps.Time);
            Play(world, Turns);
        }

        Play(world, Steps.GiveUp);
        Play(world, Turns);
    }

    private static void Play(World world, Step step)
    {
        if (step.IsPossible(world))
            world.Perform(step);
    }
}
