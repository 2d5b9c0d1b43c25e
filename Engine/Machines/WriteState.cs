namespace TlsFsm;

/// <summary>Where our own direction is: our write side (RFC 8446 section 6.1).</summary>
public enum WriteState
{
    /// <summary>The handshake has not finished: what is written waits in the backlog.</summary>
    Waiting,

    /// <summary>What is written goes out.</summary>
    Open,

    /// <summary>The peer's direction has ended, and the application keeps ours open.</summary>
    KeptOpen,

    /// <summary>
    /// Closed alone (half-close): our close_notify follows what was written, writes are dropped, reading goes on as the read side says.
    /// </summary>
    HalfClosed,

    /// <summary>Both directions have ended, and the application keeps the connection: it closes it later.</summary>
    Ended,

    /// <summary>The connection closes: writes are dropped; what was written and our close_notify go out.</summary>
    Closing,

    /// <summary>
    /// The shutdown has run its course: all output was handed to the transport, which is closed, or handed over, on the next turn.
    /// </summary>
    Closed,

    /// <summary>The connection is over, or was before it began: nothing more goes out.</summary>
    Over,
}
