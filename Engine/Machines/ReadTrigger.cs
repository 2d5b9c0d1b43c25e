namespace TlsFsm;

/// <summary>A fact that happened to the peer's direction.</summary>
public enum ReadTrigger
{
    /// <summary>The handshake needs a decision of the application's.</summary>
    DecisionAsked,

    /// <summary>The application has decided.</summary>
    DecisionMade,

    /// <summary>The handshake finished: data may come.</summary>
    HandshakeCompleted,

    /// <summary>The handshake finished, and its end is a boundary (<see cref="TlsConnectionOptions.StopAfterHandshake"/>).</summary>
    HandshakeHeld,

    /// <summary>The host goes on with TLS behind that boundary.</summary>
    Continued,

    /// <summary>The transport's stream ended.</summary>
    EndOfStream,

    /// <summary>The peer's close_notify was read.</summary>
    CloseNotifyReceived,

    /// <summary>The application closed: it wants no more.</summary>
    CloseRequested,

    /// <summary>All that the ended stream left behind is delivered.</summary>
    RestDelivered,

    /// <summary>
    /// The peer's close_notify is not awaited any more: an option says so, it went on sending beyond the limit, or its stream ended
    /// without.
    /// </summary>
    AnswerGivenUp,

    /// <summary>A record was refused.</summary>
    RecordRefused,

    /// <summary>The connection is over.</summary>
    ConnectionEnded,
}
