using System.Runtime.CompilerServices;

namespace TlsFsm;

/// <summary>How a <see cref="TlsListener"/> accepts and reports. Immutable.</summary>
public sealed record TlsListenerOptions
{
    /// <summary>The defaults.</summary>
    public static TlsListenerOptions Default { get; } = new();

    /// <summary>
    /// The most connections at once, from their acceptance until their sockets are closed. Further ones wait in the operating system's
    /// queue.
    /// </summary>
    /// <value>
    /// 1 or more. Default 4,096: at some 50 KB for one that is busy that is 200 MB, and it stays under common limits of open files.
    /// </value>
    /// <exception cref="ArgumentOutOfRangeException">Less than 1.</exception>
    public int MaxConnections { get; init => field = AtLeastOne(value); } = 4096;

    /// <summary>Connections that the operating system keeps for us until they are accepted.</summary>
    /// <value>1 or more; the operating system has a limit of its own. Default 512, as Kestrel's.</value>
    /// <exception cref="ArgumentOutOfRangeException">Less than 1.</exception>
    public int Backlog { get; init => field = AtLeastOne(value); } = 512;

    /// <summary>Buffers and endings of each connection's socket.</summary>
    public SocketTransportOptions Transport { get; init; } = SocketTransportOptions.Default;

    /// <summary>The clock of the connections' deadlines. Default <see cref="TimeProvider.System"/>.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>
    /// Told of each connection when it was accepted, before its first byte; on the listener's own task, so it must not block.
    /// </summary>
    public Action<TlsConnection>? ConnectionStarted { get; init; }

    /// <summary>
    /// Told of each connection's end, after its application was: why is in <see cref="TlsConnection.CloseReason"/>, and in the exception
    /// unless it is null (a regular end, a deliberate abort). A failed handshake is told here too. On the connection's loop, so it must not
    /// block.
    /// </summary>
    public Action<TlsConnection, Exception?>? ConnectionEnded { get; init; }

    /// <summary>
    /// Told of exceptions that applications threw (<see cref="IEventLoop.ReportUnhandled"/>), besides the log.
    /// </summary>
    public Action<Exception, string>? UnhandledException { get; init; }

    private static int AtLeastOne(int value, [CallerMemberName] string name = "") =>
        value >= 1 ? value : throw new ArgumentOutOfRangeException(name, value, $"{name} should be at least 1, got {value}.");
}
