namespace TlsFsm;

/// <summary>A fact that the application is to be told.</summary>
public enum AppTrigger
{
    /// <summary>The handshake finished: the connection stands.</summary>
    HandshakeCompleted,

    /// <summary>The peer sends no more.</summary>
    EndReached,

    /// <summary>The transport is gone.</summary>
    TransportLost,
}
