namespace TlsFsm;

/// <summary>A fact that happened to a TLS connection.</summary>
public enum TlsTrigger
{
    /// <summary>The transport below stands.</summary>
    Connected,

    /// <summary>The core finished the handshake.</summary>
    HandshakeCompleted,

    /// <summary>The application closed.</summary>
    CloseRequested,

    /// <summary>The peer's close_notify was read.</summary>
    CloseNotifyReceived,

    /// <summary>The transport's stream ended.</summary>
    EndOfStream,

    /// <summary>All that was received is delivered, or discarded.</summary>
    Drained,

    /// <summary>The transport goes on with another protocol: back to plaintext, or after a handshake whose end is a boundary.</summary>
    TransportHandedOver,

    /// <summary>The handshake's or the shutdown's deadline has passed.</summary>
    DeadlineElapsed,

    /// <summary>A fatal error: of TLS, of a certificate, or of the application's callback.</summary>
    Failed,

    /// <summary>The application aborted.</summary>
    Aborted,

    /// <summary>The transport is gone.</summary>
    TransportLost,
}
