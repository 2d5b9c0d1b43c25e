namespace TlsFsm;

/// <summary>Whose fault a failure is.</summary>
public enum TlsFault
{
    /// <summary>Nobody's: an ordinary end, a deliberate abort.</summary>
    None,

    /// <summary>The peer broke the protocol: bad record, unexpected message, garbage.</summary>
    PeerMisbehaved,

    /// <summary>The peer sent a fatal alert: it found fault with us, and the alert says which.</summary>
    PeerAlert,

    /// <summary>Both behaved, and nothing fits both: version, suite, group, application protocol.</summary>
    Incompatible,

    /// <summary>The peer's certificate was rejected, or a required one is missing.</summary>
    CertificateRejected,

    /// <summary>A deadline passed.</summary>
    Timeout,

    /// <summary>The network: reset, end of stream in the wrong place.</summary>
    Network,

    /// <summary>The application's callback threw.</summary>
    Application,

    /// <summary>Ours. Please report it.</summary>
    Internal,
}
