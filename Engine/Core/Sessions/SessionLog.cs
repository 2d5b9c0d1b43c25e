using Microsoft.Extensions.Logging;

namespace TlsFsm.Core.Sessions;

/// <summary>
/// What is said about sessions. Resumption is a convenience: what goes wrong with it costs a full handshake, and a line here.
/// </summary>
internal static partial class SessionLog
{
    [LoggerMessage(201, LogLevel.Warning, "The ring of ticket keys failed to seal a session: the client gets no ticket.")]
    public static partial void SealingFailed(ILogger logger, Exception exception);

    [LoggerMessage(202, LogLevel.Warning, "The ring of ticket keys failed to open a ticket: the handshake is a full one.")]
    public static partial void OpeningFailed(ILogger logger, Exception exception);

    [LoggerMessage(203, LogLevel.Warning,
        "The ring of ticket keys made a ticket of {Size} bytes, which fits no message: the client gets no ticket.")]
    public static partial void TicketOfNoUse(ILogger logger, int size);

    [LoggerMessage(204, LogLevel.Warning, "The cache of sessions failed: nothing is resumed by it, and nothing else is lost.")]
    public static partial void CacheFailed(ILogger logger, Exception exception);

    [LoggerMessage(205, LogLevel.Information,
        "A session is not resumed, because its client is not trusted any more: {Reason}")]
    public static partial void ClientNoLongerTrusted(ILogger logger, string reason);
}
