namespace TlsFsm.Core.Sessions;

/// <summary>What becomes of a decision of a full handshake when its session is resumed. None is skipped.</summary>
internal enum SessionFate
{
    /// <summary>The session is bound to it: with another value there is a full handshake, which decides anew.</summary>
    Bound,

    /// <summary>It is decided again, before the session is gone on with; what it refuses is not resumed.</summary>
    AskedAgain,

    /// <summary>What came of it is kept in the session, and must still be what a full handshake would come to.</summary>
    Kept,

    /// <summary>Where there is such a thing no session is kept, offered or taken: every handshake is a full one.</summary>
    NoSession,

    /// <summary>It decides nothing about a peer.</summary>
    Free,
}
