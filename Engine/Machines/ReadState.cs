namespace TlsFsm;

/// <summary>Where the peer's direction is: our read side (RFC 8446 section 6.1).</summary>
public enum ReadState
{
    /// <summary>The handshake has not finished: nothing of the application's is read.</summary>
    Idle,

    /// <summary>The handshake stands still until the application has decided something.</summary>
    Deciding,

    /// <summary>Stopped after the handshake: nothing is read until the host has decided how to go on.</summary>
    Held,

    /// <summary>Held, and the transport's stream has ended meanwhile.</summary>
    HeldEnded,

    /// <summary>Records are read, and delivered as the application takes them.</summary>
    Open,

    /// <summary>The transport's stream has ended; what it left behind is still delivered.</summary>
    Draining,

    /// <summary>The application has closed: what still arrives is discarded, until the peer's close_notify.</summary>
    Discarding,

    /// <summary>The application has closed, and the transport's stream has ended: its rest is looked through for a close_notify.</summary>
    DiscardingRest,

    /// <summary>The peer's close_notify was read.</summary>
    Closed,

    /// <summary>
    /// All was read, and the transport's stream has ended: behind a close_notify, or without one where that is tolerated.
    /// </summary>
    Ended,

    /// <summary>We have closed, and the peer's close_notify has not come, and is not awaited any more.</summary>
    Unanswered,

    /// <summary>A bad record was met, or the stream was cut off: nothing more is read.</summary>
    Failed,

    /// <summary>The connection is over.</summary>
    Over,
}
