namespace TlsFsm;

/// <summary>How a step of the core ended.</summary>
public enum CoreStatus
{
    /// <summary>The step is complete.</summary>
    Done,

    /// <summary>Another record is needed, and it is not there in full (<c>SSLWantReadError</c>).</summary>
    WantRead,

    /// <summary>
    /// The caller has a decision to make; <see cref="ITlsCore.WhenDecided"/> is told when it is in. Nothing is taken until then.
    /// </summary>
    WantDecision,

    /// <summary>The peer's close_notify was read: no more plaintext will come (<c>SSLZeroReturnError</c>).</summary>
    EndOfStream,
}
