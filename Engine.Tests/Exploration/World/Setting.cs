namespace TlsFsm.Tests.Exploration;

/// <summary>One world to explore: how the connection is set up, and how its application behaves.</summary>
internal sealed record Setting(string Name)
{
    /// <summary>How long a handshake and a shutdown may take. Time passes in halves of it.</summary>
    public static TimeSpan Deadline { get; } = TimeSpan.FromSeconds(30);

    /// <summary>The application supplies a buffer of its own.</summary>
    public bool IsBuffered { get; init; }

    /// <summary>An upgrade: the application is connected before TLS is.</summary>
    public bool IsUpgrade { get; init; }

    /// <summary>The application keeps its direction open when the peer has ended.</summary>
    public bool KeepsOpen { get; init; }

    /// <summary>The peer's stream may end without close_notify.</summary>
    public bool TolerateTruncation { get; init; } = true;

    /// <summary>Our close waits for the peer's close_notify.</summary>
    public bool AwaitCloseNotify { get; init; } = true;

    /// <summary>The core asks its host something in the middle of the handshake.</summary>
    public bool AsksTheHost { get; init; }

    /// <summary>TLS stops right after its handshake.</summary>
    public bool StopAfterHandshake { get; init; }

    /// <summary>Writes of one turn share records.</summary>
    public bool CoalesceWrites { get; init; }

    /// <summary>The transport holds what it is given until the network takes it.</summary>
    public bool IsSlow { get; init; }

    /// <summary>The application keeps what it is given for a reader, and takes it after a loss too.</summary>
    public bool KeepsForItsReader { get; init; }

    /// <summary>What the application does inside one of its callbacks.</summary>
    public Reaction? Reaction { get; init; }

    /// <summary>What can happen here.</summary>
    public IReadOnlyList<Step> Steps { get; init; } = TlsFsm.Tests.Exploration.Steps.Few;

    /// <summary>How often an application calls that has closed. Once is enough to see what comes of it.</summary>
    public int CallsAfterClose { get; init; }

    public TlsConnectionOptions Options => new()
    {
        AllowHalfCloseOnTls12 = true,
        CallConnectionMade = !IsUpgrade,
        TolerateTruncation = TolerateTruncation,
        AwaitCloseNotify = AwaitCloseNotify,
        StopAfterHandshake = StopAfterHandshake,
        CoalesceWrites = CoalesceWrites,
        HandshakeTimeout = Deadline,
        ShutdownTimeout = Deadline,
        FlushTimeout = IsSlow ? Deadline : null,
        ReadHighWaterMark = 20,
        ReadLowWaterMark = 5,
        WriteHighWaterMark = 20,
        WriteLowWaterMark = 5,
    };

    public override string ToString() => Name;
}

/// <summary>In this callback, the application makes this call.</summary>
internal sealed record Reaction(Sight To, Call Call)
{
    public override string ToString() => $"in {To}: {Call}";
}
