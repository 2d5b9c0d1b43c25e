using System.Net;
using Microsoft.Extensions.Logging;

namespace TlsFsm.Hosting.Doors;

/// <summary>All that hosts log.</summary>
internal static partial class HostingLog
{
    [LoggerMessage(101, LogLevel.Information, "Listening on {EndPoint}")]
    public static partial void Listening(ILogger logger, EndPoint endPoint);

    [LoggerMessage(102, LogLevel.Debug, "Accepted a connection from {Peer}; {Count} are open")]
    public static partial void Accepted(ILogger logger, EndPoint? peer, int count);

    [LoggerMessage(103, LogLevel.Warning, "Accepting a connection failed; going on after {Delay}")]
    public static partial void AcceptFailed(ILogger logger, Exception exception, TimeSpan delay);

    [LoggerMessage(104, LogLevel.Information, "The TLS handshake with {Peer} failed: {Reason}")]
    public static partial void HandshakeFailed(ILogger logger, object? peer, string reason);

    [LoggerMessage(105, LogLevel.Debug, "{Count} connections are open, and no more are served at once; further ones wait")]
    public static partial void Full(ILogger logger, int count);

    [LoggerMessage(106, LogLevel.Information, "The TLS handshake with {Peer} was ended after {Age}: others wait for its place")]
    public static partial void Shed(ILogger logger, object? peer, TimeSpan age);
}
