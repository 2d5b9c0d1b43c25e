namespace TlsFsm;

/// <summary>Why a connection ended. A connection's end has a reason, not only a state.</summary>
public enum CloseReason
{
    /// <summary>It has not ended.</summary>
    None,

    /// <summary>Both sides said close_notify, or the application chose to tolerate an end of stream without the peer's.</summary>
    Clean,

    /// <summary>
    /// We closed, and the peer's stream ended without its close_notify, or whoever closed awaited it no longer. Nothing that the
    /// application wanted is missing.
    /// </summary>
    Unanswered,

    /// <summary>The peer's stream ended without close_notify, or inside a record: data may be missing (RFC 8446 section 6.1).</summary>
    Truncated,

    /// <summary>This side aborted, or closed before the handshake had finished.</summary>
    LocalAbort,

    /// <summary>The handshake took longer than <see cref="TlsConnectionOptions.HandshakeTimeout"/>.</summary>
    HandshakeTimeout,

    /// <summary>The shutdown took longer than <see cref="TlsConnectionOptions.ShutdownTimeout"/>.</summary>
    ShutdownTimeout,

    /// <summary>
    /// A TLS error, a rejected certificate, or an exception of the application; the exception tells which, and whose fault.
    /// </summary>
    Failed,

    /// <summary>The transport was lost: reset, or gone without warning.</summary>
    TransportLost,

    /// <summary>
    /// Bytes had arrived in the clear before an upgrade, and <see cref="PlaintextInjection.Refuse"/> says that this ends it:
    /// whoever sits in between may have put them there (RFC 3207 section 4.2, RFC 9051 section 11.1).
    /// </summary>
    PlaintextInjection,

    /// <summary>TLS stopped after its handshake, as asked, and the transport went on with another protocol.</summary>
    Detached,
}
