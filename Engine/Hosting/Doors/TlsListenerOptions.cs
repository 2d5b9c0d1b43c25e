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

    /// <summary>
    /// The most handshakes at once. Further connections wait in the operating system's queue, as beyond <see cref="MaxConnections"/>.
    /// </summary>
    /// <value>
    /// 1 or more. Default null: as many as connections. A handshake costs a hundred times the work of a record, so a bound keeps a storm of
    /// new clients from slowing down those that are served; some 100 for each processor keep it busy. Whoever only waits has a place too:
    /// behind N who are slow on purpose a newcomer waits N / MaxHandshakes times <see cref="HandshakeGrace"/>, so rather too many than too
    /// few (docs/reliability.md has figures).
    /// </value>
    /// <exception cref="ArgumentOutOfRangeException">Less than 1.</exception>
    public int? MaxHandshakes { get; init => field = value is { } given ? AtLeastOne(given) : null; }

    /// <summary>
    /// How long a handshake may take when no place is left and somebody waits for one: then the oldest is aborted, one for each who waits.
    /// While there are places, <see cref="TlsConnectionOptions.HandshakeTimeout"/> alone counts.
    /// </summary>
    /// <value>
    /// Zero to 24 days. Default 5 seconds, some round trips of a bad line: who takes that long and is in the way is slow on purpose
    /// (slowloris) more often than not. Not less than a storm of honest clients takes, or the ones that are nearly served make
    /// room for others.
    /// </value>
    /// <exception cref="ArgumentOutOfRangeException">Out of range.</exception>
    public TimeSpan HandshakeGrace
    {
        get;
        init => field = value >= TimeSpan.Zero && value.TotalMilliseconds <= int.MaxValue
            ? value
            : throw new ArgumentOutOfRangeException(
                nameof(HandshakeGrace), value, $"{nameof(HandshakeGrace)} should be from 0 to {int.MaxValue} ms, got {value}.");
    } = TimeSpan.FromSeconds(5);

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
