using Microsoft.Extensions.Logging;

namespace TlsFsm.Connection;

/// <summary>All that a connection logs. Ordinary trouble of the network is debug: the awaiter and ConnectionLost tell it.</summary>
internal static partial class LogMessages
{
    [LoggerMessage(1, LogLevel.Debug, "TLS handshake starts")]
    public static partial void HandshakeStarts(ILogger logger);

    [LoggerMessage(2, LogLevel.Debug, "TLS handshake took {Milliseconds:F1} ms")]
    public static partial void HandshakeTook(ILogger logger, double milliseconds);

    [LoggerMessage(3, LogLevel.Debug, "Received end of stream in state {State}")]
    public static partial void EndOfStream(ILogger logger, TlsState state);

    [LoggerMessage(4, LogLevel.Debug, "TLS connection failed")]
    public static partial void Failed(ILogger logger, Exception exception);

    [LoggerMessage(5, LogLevel.Warning, "TLS connection is closed: a write was dropped")]
    public static partial void WriteAfterClose(ILogger logger);

    [LoggerMessage(6, LogLevel.Debug, "The peer sent more than {Limit} bytes after our close: its close_notify is not awaited any more")]
    public static partial void GaveUpOnPeer(ILogger logger, long limit);

    [LoggerMessage(20, LogLevel.Warning, "{Count} bytes that had arrived in the clear before the upgrade to TLS were dropped")]
    public static partial void DroppedBeforeUpgrade(ILogger logger, int count);

    [LoggerMessage(21, LogLevel.Debug, "The transport goes on with {Next}, and {Count} bytes that had arrived behind TLS")]
    public static partial void HandsOver(ILogger logger, string next, int count);
}
