namespace TlsFsm;

/// <summary>How far a handshake has come.</summary>
public enum TlsHandshakePhase
{
    /// <summary>Nothing was sent or awaited.</summary>
    NotStarted,

    /// <summary>The peer has sent nothing yet.</summary>
    AwaitingHello,

    /// <summary>The peer has spoken; version and suite are not agreed yet.</summary>
    Negotiating,

    /// <summary>Version and suite are agreed; certificates, signatures and Finished are awaited.</summary>
    Authenticating,

    /// <summary>The handshake has finished.</summary>
    Finished,
}
