namespace TlsFsm.Cli.Reporting;

/// <summary>How a connection ended, in a sentence.</summary>
internal static class EndingWords
{
    public static string Of(CloseReason reason) => reason switch
    {
        CloseReason.None => "It has not ended.",
        CloseReason.Clean => "Both sides have said close_notify, and all that was written has left: nothing is missing.",
        CloseReason.Unanswered => "This side closed, and the peer went without its own close_notify. What this side sent has left it.",
        CloseReason.Truncated => "The peer's stream ended without close_notify or inside a record: what it sent may have been cut off.",
        CloseReason.LocalAbort => "This side aborted, or closed before the handshake had finished.",
        CloseReason.HandshakeTimeout => "The handshake took longer than it may.",
        CloseReason.ShutdownTimeout => "The peer took nothing, or did not answer, for longer than a shutdown may take.",
        CloseReason.Failed => "A TLS error, a certificate that was refused, or an exception of the application ended it.",
        CloseReason.TransportLost => "The network lost the connection.",
        CloseReason.PlaintextInjection => "Bytes had arrived in the clear before the upgrade to TLS: somebody may have put them there.",
        CloseReason.Detached => "The handshake was all that was wanted; the transport went on with another protocol.",
        _ => reason.ToString(),
    };
}
