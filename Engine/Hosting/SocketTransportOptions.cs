using System.Runtime.CompilerServices;
using TlsFsm.Buffers;

namespace TlsFsm.Hosting;

/// <summary>How a <see cref="SocketTransport"/> buffers and ends. Immutable, so one instance serves many connections.</summary>
public sealed record SocketTransportOptions
{
    /// <summary>The defaults.</summary>
    public static SocketTransportOptions Default { get; } = new();

    /// <summary>Whether small segments are sent at once (TCP_NODELAY).</summary>
    /// <value>Default true: the transport gathers the writes of a turn itself, and Nagle's algorithm would only delay them.</value>
    public bool NoDelay { get; init; } = true;

    /// <summary>The most bytes taken from the socket in one turn of the loop; also the largest buffer used for it.</summary>
    /// <value>1 KiB to 16 MiB. Default 64 KiB: four full TLS records, and what a paused reader can overshoot its mark by.</value>
    /// <exception cref="ArgumentOutOfRangeException">Out of range.</exception>
    public int MaxReceiveSize { get; init => field = Within(value, 1024, 16 * 1024 * 1024); } = 64 * 1024;

    /// <summary>Bytes taken from the protocol and not yet by the operating system, above which the protocol is asked to pause.</summary>
    /// <value>0 or more. Null: four times the low mark when that is given, else 64 KiB, as asyncio's transports.</value>
    /// <remarks>Marks that contradict each other are an <see cref="ArgumentException"/> when a transport is made.</remarks>
    public int? WriteHighWaterMark { get; init; }

    /// <summary>Bytes at which the protocol is told to resume.</summary>
    /// <value>0 to the high mark. Null: a quarter of the high mark.</value>
    public int? WriteLowWaterMark { get; init; }

    /// <summary>How long a peer may take nothing of what still waits when the transport is closed, before it is aborted.</summary>
    /// <value>Greater than zero, at most 24 days. Default 30 seconds, as the TLS shutdown's: a peer that never reads must not hold a socket for ever.</value>
    /// <exception cref="ArgumentOutOfRangeException">Out of range.</exception>
    public TimeSpan DrainTimeout { get; init => field = Within(value, TimeSpan.FromTicks(1), LongestTimer); } = TimeSpan.FromSeconds(30);

    /// <summary>How long the socket stays after our end of stream was sent, reading and discarding until the peer's.</summary>
    /// <value>
    /// Zero (close at once) to 24 days. Default 2 seconds. A socket that is closed with unread bytes, or that gets some later, answers with a
    /// reset, and a reset overtakes what was sent: the peer would lose our last alert or the end of our data.
    /// </value>
    /// <exception cref="ArgumentOutOfRangeException">Out of range.</exception>
    public TimeSpan LingerTimeout { get; init => field = Within(value, TimeSpan.Zero, LongestTimer); } = TimeSpan.FromSeconds(2);

    /// <summary>The most bytes read and discarded after the transport was closed or aborted.</summary>
    /// <value>0 or more. Default 1 MiB: what a peer had in flight, not the rest of its upload.</value>
    /// <exception cref="ArgumentOutOfRangeException">Negative.</exception>
    public long MaxLingerBytes { get; init => field = Within(value, 0, long.MaxValue); } = 1024 * 1024;

    /// <exception cref="ArgumentException">The marks contradict each other.</exception>
    internal WaterMarks ResolveWriteMarks() => WaterMarks.Resolve(WriteHighWaterMark, WriteLowWaterMark, DefaultWriteKiB);

    private const int DefaultWriteKiB = 64;

    private static readonly TimeSpan LongestTimer = TimeSpan.FromMilliseconds(int.MaxValue);

    private static T Within<T>(T value, T minimum, T maximum, [CallerMemberName] string name = "") where T : IComparable<T> =>
        value.CompareTo(minimum) >= 0 && value.CompareTo(maximum) <= 0
            ? value
            : throw new ArgumentOutOfRangeException(name, value, $"{name} should be from {minimum} to {maximum}, got {value}.");
}
