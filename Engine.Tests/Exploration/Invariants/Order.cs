namespace TlsFsm.Tests.Exploration;

/// <summary>What the application hears, and when.</summary>
internal sealed class ToldInOrder : Invariant
{
    public override string Sentence =>
        "The application is told of the connection once and first, of the peer's end at most once, of the loss exactly once and last.";

    public override string? Broken(World world)
    {
        var (made, eof, lost) = (world.Setting.IsUpgrade, false, false);
        foreach (var entry in world.Journal.Entries)
        {
            if (entry.Sight is not (Sight.Made or Sight.Data or Sight.Eof or Sight.Lost or Sight.Pause or Sight.Resume))
                continue;
            if (lost)
                return $"{entry} after the loss";
            if (!made && entry.Sight != Sight.Made)
                return $"{entry} before it was told of the connection";
            if ((made && entry.Sight == Sight.Made) || (eof && entry.Sight is (Sight.Eof or Sight.Data)))
                return $"{entry} too late, or twice";
            made = true;
            eof |= entry.Sight == Sight.Eof;
            lost |= entry.Sight == Sight.Lost;
        }

        return world.IsOver && made && !lost && world.HasTransport && world.Loop.IsIdle ? "it was never told of the loss" : null;
    }
}

/// <summary>Flow control.</summary>
internal sealed class PausesAlternate : Invariant
{
    public override string Sentence => "Pause and resume alternate, towards the application and towards the transport, and a pause is first.";

    public override string? Broken(World world) =>
        Alternate(world, Sight.Pause, Sight.Resume) ?? Alternate(world, Sight.ReadingPaused, Sight.ReadingResumed);

    private static string? Alternate(World world, Sight pause, Sight resume)
    {
        var isPaused = false;
        foreach (var entry in world.Journal.Entries)
        {
            // The next protocol's reading begins with a resume, whoever had paused.
            if (entry.Transition is { Trigger: "TransportHandedOver" })
                return null;
            if ((entry.Sight == pause && isPaused) || (entry.Sight == resume && !isPaused))
                return $"{entry} out of turn";
            isPaused = entry.Sight == pause || (isPaused && entry.Sight != resume);
        }

        return null;
    }
}

/// <summary>Who waits for whom.</summary>
internal sealed class NobodyIsForgotten : Invariant
{
    public override string Sentence =>
        "With nothing left to do, the transport's reading is paused only for an application that does not read, and the application's "
        + "writing only while bytes wait.";

    public override string? Broken(World world)
    {
        if (!world.Loop.IsIdle || !world.IsConnected || world.Connection.State == TlsState.Unwrapped
            || world.Lower.Protocol != world.Connection)
            return null;

        var isHeld = world.Connection.IsStoppedAfterHandshake || world.Endings.Contains(Call.Unwrap)
            || world.Asking is { IsAsking: true };
        if (!world.Lower.IsReading && world.Transport.IsReading && !isHeld)
            return "the transport was never asked to resume";
        var last = world.Journal.Entries.LastOrDefault(entry => entry.Sight is Sight.Pause or Sight.Resume);
        return last.Sight == Sight.Pause && world.Transport.WriteBufferSize <= world.Setting.Options.WriteLowWaterMark
            ? "the application was never asked to resume" : null;
    }
}

/// <summary>Promise P3.</summary>
internal sealed class OutputNeverWaits : Invariant
{
    public override string Sentence => "With nothing left to do, output waits only for the handshake, or for a transport that has paused us.";

    public override string? Broken(World world)
    {
        var mayLeave = world.Loop.IsIdle && !world.Lower.IsWritingPaused && !world.Lower.IsLost
            && world.Connection.State is (TlsState.Wrapped or TlsState.Flushing or TlsState.Shutdown);
        return mayLeave && world.Transport.WriteBufferSize > 0 ? $"{world.Transport.WriteBufferSize} bytes wait for nothing" : null;
    }
}
