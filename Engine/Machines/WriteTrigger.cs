namespace TlsFsm;

/// <summary>A fact that happened to our own direction.</summary>
public enum WriteTrigger
{
    /// <summary>The handshake finished: data may go out.</summary>
    HandshakeCompleted,

    /// <summary>The application was told that the peer sends no more, and keeps our direction open.</summary>
    KeptOpen,

    /// <summary>The application ended its own direction and goes on reading (half-close).</summary>
    WriteCloseRequested,

    /// <summary>The connection begins to close: the application closed, or the peer has ended and our direction is not kept open.</summary>
    CloseBegun,

    /// <summary>The shutdown has run its course: nothing is awaited from the peer any more, and all output is handed over.</summary>
    ShutdownCompleted,

    /// <summary>The connection is over.</summary>
    ConnectionEnded,
}
