namespace TlsFsm.Tests.Exploration;

/// <summary>Timers go with their connection.</summary>
internal sealed class NoTimerIsLeft : Invariant
{
    public override string Sentence => "No timer is left when it is over.";

    public override string? Broken(World world) =>
        world.Connection.State == TlsState.Unwrapped && world.Loop.HasTimers
            ? $"armed: {string.Join(", ", world.Loop.Timers)}" : null;
}

/// <summary>Kind B of failures.</summary>
internal sealed class DeadlinesLookAtProgress : Invariant
{
    public override string Sentence => "No shutdown is cut while bytes move: a deadline runs from the last byte that left the transport.";

    public override string? Broken(World world)
    {
        var isCut = world.Connection.CloseReason == CloseReason.ShutdownTimeout;
        return isCut && world.EndedAt - world.Lower.LastMoved < Setting.Deadline
            ? $"cut {(world.EndedAt - world.Lower.LastMoved).TotalSeconds} s after bytes had moved" : null;
    }
}

/// <summary>Kind D of failures.</summary>
internal sealed class RefusedCallsDoNothing : Invariant
{
    public override string Sentence => "A call that is refused has done nothing.";

    public override string? Broken(World world)
    {
        var isBroken = world.Journal.Has(Sight.RefusedTooLate);
        return isBroken
            ? $"refused, and yet it did something: {world.Journal.Entries.Find(entry => entry.Sight == Sight.RefusedTooLate).Details}"
            : null;
    }
}
