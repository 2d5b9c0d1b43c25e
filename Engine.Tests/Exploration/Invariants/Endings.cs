namespace TlsFsm.Tests.Exploration;

/// <summary>The silence after it.</summary>
internal sealed class NothingAfterTheEnd : Invariant
{
    public override string Sentence =>
        "After the end nothing is sent, paused, resumed or closed, the transport is aborted at most once, and the application hears of the "
        + "loss alone.";

    public override string? Broken(World world)
    {
        var (isOver, isHandedOver) = (false, false);
        foreach (var entry in world.Journal.Entries)
        {
            if (isOver && (IsNews(entry.Sight) || (!isHandedOver && IsUse(entry.Sight))))
                return $"{entry} after the end";
            isOver |= entry.IsEnd;
            isHandedOver |= entry.Transition is { Trigger: "TransportHandedOver" };
        }

        return null;
    }

    private static bool IsUse(Sight sight) => sight is Sight.Sent or Sight.ReadingPaused or Sight.ReadingResumed or Sight.Closed;

    private static bool IsNews(Sight sight) => sight is Sight.Made or Sight.Data or Sight.Eof or Sight.Pause or Sight.Resume;
}

/// <summary>One way out, once.</summary>
internal sealed class OneEnding : Invariant
{
    public override string Sentence => "A connection ends once, with a reason; its transport is closed once or aborted once, its handshake settled once.";

    public override string? Broken(World world)
    {
        var journal = world.Journal;
        if (journal.Ends > 1)
            return $"it ended {journal.Ends} times";
        if (journal.CountOf(Sight.Closed) > 1 || journal.CountOf(Sight.Aborted) > 1)
            return $"the transport was closed {journal.CountOf(Sight.Closed)} and aborted {journal.CountOf(Sight.Aborted)} times";
        if (journal.CountOf(Sight.Settled) > 1)
            return "the handshake was settled twice";
        if (!world.IsOver)
            return null;
        if (world.Connection.CloseReason == CloseReason.None)
            return "it is over without a reason";
        return journal.CountOf(Sight.Settled) == 0 ? "whoever awaits the handshake waits for ever" : null;
    }
}

/// <summary>Each reason says something that is true.</summary>
internal sealed class TheReasonFits : Invariant
{
    public override string Sentence => "The reason of an end says what has happened.";

    public override string? Broken(World world)
    {
        var reason = world.Connection.CloseReason;
        return reason == CloseReason.None || Fits(world, reason) ? null : $"{reason} does not say what has happened";
    }

    private static bool Fits(World world, CloseReason reason) => reason switch
    {
        CloseReason.Clean => world.HasPeerClosed || (world.HasStreamEnded && world.Setting.TolerateTruncation),
        CloseReason.Unanswered => world.Endings.Count > 0,
        CloseReason.Truncated => world.HasStreamEnded && !world.Core.IsCloseNotifyReceived && !world.Setting.TolerateTruncation,
        CloseReason.LocalAbort => world.Endings.Count > 0,
        CloseReason.HandshakeTimeout => !world.WasWrapped && Ended(world, "DeadlineElapsed"),
        CloseReason.ShutdownTimeout => world.WasWrapped && Ended(world, "DeadlineElapsed"),
        CloseReason.Failed => Ended(world, "Failed"),
        CloseReason.TransportLost => world.WasCutOff || (!world.WasWrapped && world.HasStreamEnded),
        CloseReason.Detached => world.Endings.Contains(Call.Detach),
        _ => false,
    };

    private static bool Ended(World world, string trigger) =>
        world.Journal.Entries.Any(entry => entry.IsEnd && entry.Transition?.Trigger == trigger);
}

/// <summary>The end against the drawing.</summary>
internal sealed class TheReasonIsDrawn : Invariant
{
    public override string Sentence => "The reason of an end is one of those that are drawn at the arrow to it.";

    public override string? Broken(World world)
    {
        if (world.Journal.Ends == 0)
            return null;
        var step = world.Journal.Entries.FindLast(entry => entry.IsEnd).Transition!.Value;
        var reason = world.Connection.CloseReason;
        return Drawing.EndsOf(step).Contains(reason) ? null : $"{reason} at {step.From} --{step.Trigger}--> {step.To}";
    }
}

/// <summary>Kind G of failures: both ends know how it ended.</summary>
internal sealed class AFailureIsNotToldAsOrderly : Invariant
{
    public override string Sentence =>
        "After the peer's stream was cut off, and nobody tolerates that, no close_notify goes out, the end is not Clean, and no transport is "
        + "handed over.";

    public override string? Broken(World world)
    {
        if (!IsCut(world))
            return null;
        if (world.Connection.CloseReason == CloseReason.Clean)
            return "a stream that was cut off ended Clean";
        if (world.Lower.Protocol == world.Next && !world.Endings.Contains(Call.Detach))
            return "a stream that was cut off was handed over";
        return world.Lower.Records.Contains('c', StringComparison.Ordinal) && world.Endings.Count == 0
            ? "the peer is told of an orderly end of a stream that was cut off" : null;
    }

    private static bool IsCut(World world) =>
        world.HasStreamEnded && !world.HasPeerClosed && world.WasWrapped && !world.Setting.TolerateTruncation;
}

/// <summary>There is always a way out.</summary>
internal sealed class EveryWayOutLeadsOut : Invariant
{
    public override string Sentence => "From every state an abort, a loss, and a close with a dead peer behind a stuck transport lead to the end.";

    public override string? Broken(World world) =>
        world.IsOnWayOut && world.Loop is { IsIdle: true, HasTimers: false } && IsBegun(world)
            && world.Connection.State != TlsState.Unwrapped
            ? $"it stays in {world.Connection.State}" : null;

    // The way out itself, and not a step before it.
    private static bool IsBegun(World world) => world.Script[^1] == "all turns of the loop";
}
