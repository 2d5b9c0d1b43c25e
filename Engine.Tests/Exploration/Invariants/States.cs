namespace TlsFsm.Tests.Exploration;

/// <summary>TLS, against what has happened.</summary>
internal sealed class TheStateOfTlsSaysWhatHappened : Invariant
{
    public override string Sentence =>
        "An abort, a loss, and a close or an end before the handshake has finished end TLS at once; Wrapped says that nothing has ended.";

    public override string? Broken(World world)
    {
        var state = world.Connection.State;
        return !world.IsConnected || Fits(world, state) ? null : $"it is {state}";
    }

    private static bool Fits(World world, TlsState state)
    {
        var isCut = world.Lower.IsLost || world.Endings.Contains(Call.Abort) || world.Endings.Contains(Call.Refuse);
        if (isCut || (!world.WasWrapped && (world.HasClosed || world.HasStreamEnded)))
            return state == TlsState.Unwrapped;

        var isHeldOrKept = world.Setting.StopAfterHandshake || world.Core.IsCloseNotifyReceived;
        return state != TlsState.Wrapped || (!world.HasClosed && (!world.HasStreamEnded || isHeldOrKept));
    }
}

/// <summary>The application's machine, against what the application was told.</summary>
internal sealed class TheStateOfTheApplicationSaysWhatItWasTold : Invariant
{
    public override string Sentence => "The application's state is what the application was told; of a loss it is told on the next turn.";

    public override string? Broken(World world)
    {
        var isOver = world.Lower.IsLost || world.Lower.Protocol == world.Next;
        var isTold = world.Setting.IsUpgrade || world.Journal.Has(Sight.Made);
        var expected = !isTold ? AppState.Init
            : isOver ? AppState.ConnectionLost
            : world.Journal.Has(Sight.Eof) ? AppState.Eof
            : AppState.ConnectionMade;
        return world.Connection.AppState == expected ? null : $"{world.Connection.AppState}, and not {expected}";
    }
}

/// <summary>The machine of the peer's direction, against the peer.</summary>
internal sealed class TheStateOfReadingSaysWhatHappened : Invariant
{
    public override string Sentence => "The state of the peer's direction says whether it is held, closed, ended, discarded or failed, and is right.";

    public override string? Broken(World world)
    {
        var state = world.Connection.ReadState;
        return world.Connection.State == TlsState.Unwrapped || Fits(world, state) ? null : $"reading is {state}";
    }

    private static bool Fits(World world, ReadState state)
    {
        var (isEnded, isRead) = (world.HasStreamEnded, world.Core.IsCloseNotifyReceived);
        return state switch
        {
            ReadState.Idle => !world.WasWrapped && world.Asking is not { IsAsking: true },
            // An answer is heard on the next turn.
            ReadState.Deciding => !world.WasWrapped && world.Asking is not null,
            ReadState.Held => world.IsHeld && !isEnded,
            ReadState.HeldEnded => world.IsHeld && isEnded,
            ReadState.Open => !world.IsHeld && !isEnded && !isRead && !world.HasClosed,
            ReadState.Draining => !world.IsHeld && isEnded && !isRead && !world.HasClosed,
            ReadState.Discarding => world.HasClosed && !isRead && !isEnded,
            ReadState.DiscardingRest => world.HasClosed && !isRead && isEnded,
            ReadState.Closed => isRead && !isEnded,
            ReadState.Ended => isEnded && (isRead || world.Setting.TolerateTruncation),
            ReadState.Unanswered => world.HasClosed && !isRead,
            _ => false,
        };
    }
}

/// <summary>The machine of our own direction, against the application.</summary>
internal sealed class TheStateOfWritingSaysWhatHappened : Invariant
{
    public override string Sentence => "The state of our direction says whether it is open, kept open, half-closed, closing, closed or over, and is right.";

    public override string? Broken(World world)
    {
        var state = world.Connection.WriteState;
        return Fits(world, state) ? null : $"writing is {state}";
    }

    private static bool Fits(World world, WriteState state)
    {
        var isHalfClosed = world.Endings.Contains(Call.WriteEof);
        var isKeptOpen = world.Setting.KeepsOpen && world.Journal.Has(Sight.Eof);
        var isLive = world.WasWrapped && !world.IsUnwrapped && !world.HasClosed;
        return state switch
        {
            WriteState.Waiting => !world.WasWrapped && !world.IsUnwrapped && !world.HasClosed,
            WriteState.Open => isLive && !isHalfClosed && !isKeptOpen,
            WriteState.KeptOpen => isLive && !isHalfClosed && isKeptOpen,
            WriteState.HalfClosed => isLive && isHalfClosed && !isKeptOpen,
            WriteState.Ended => isLive && isHalfClosed && isKeptOpen,
            WriteState.Closing => !world.IsUnwrapped && !world.Journal.Has(Sight.Closed),
            WriteState.Closed => !world.IsUnwrapped && world.Transport.WriteBufferSize == 0,
            _ => world.IsUnwrapped || !world.IsConnected,
        };
    }
}
