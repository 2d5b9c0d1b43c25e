using System.Runtime.CompilerServices;
using TlsFsm.Buffers;

namespace TlsFsm;

/// <summary>How a transport buffers and ends, whatever it runs over. Immutable, so one instance serves many connections.</summary>
public abstract record TransportOptions
{
    private protected TransportOptions() { }

    /// <summary>The most bytes handed to the protocol in one turn of the loop; also the largest buffer used for it.</summary>
    /// <value>1 KiB to 16 MiB. Default 64 KiB: four full TLS records, and what a paused reader can overshoot its mark by.</value>
    /// <exception cref="ArgumentOutOfRangeException">Out of range.</exception>
    public int MaxReceiveSize { get; init => field = Within(value, 1024, 16 * 1024 * 1024); } = 64 * 1024;

    /// <summary>Bytes taken from the protocol and not yet by what is below, above which the protocol is asked to pause.</summary>
    /// <value>0 or more. Null: four times the low mark when that is given, else 64 KiB, as asyncio's transports.</value>
    /// <remarks>Marks that contradict each other are an <see cref="ArgumentException"/> when a transport is made.</remarks>
    public int? WriteHighWaterMark { get; init; }

    /// <summary>Bytes at which the protocol is told to resume.</summary>
    /// <value>0 to the high mark. Null: a quarter of the high mark.</value>
    public int? WriteLowWaterMark { get; init; }

    /// <summary>
    /// How long a peer may take nothing of what still waits when the transport is closed, before it is aborted: counted from the close, and
    /// anew from each time that it takes something.
    /// </summary>
    /// <value>
    /// Greater than zero, at most 24 days. Default 30 seconds, as the TLS shutdown's: a peer may be slow, but one that never reads must not
    /// hold a connection for ever.
    /// </value>
    /// <exception cref="ArgumentOutOfRangeException">Out of range.</exception>
    public TimeSpan DrainTimeout { get; init => field = Within(value, TimeSpan.FromTicks(1), LongestTimer); } = TimeSpan.FromSeconds(30);

    /// <summary>How long what is below may stay after the protocol is done with, once nothing moves any more.</summary>
    /// <value>
    /// Zero (let go at once) to 24 days. Default 2 seconds. Output that still waits after an abort with a reason has this time, and
    /// further on as long as it goes on moving as it has moved (twice its longest pause, at most <see cref="DrainTimeout"/>). Then a socket
    /// stays, from our end of stream on, reading and discarding until the peer's: if it is closed with unread bytes, or gets some later, it
    /// answers with a reset, and a reset overtakes what was sent: the peer would lose our last alert or the end of our data. A pipe or
    /// stream gets this time for its pending calls to come back.
    /// </value>
    /// <exception cref="ArgumentOutOfRangeException">Out of range.</exception>
    public TimeSpan LingerTimeout { get; init => field = Within(value, TimeSpan.Zero, LongestTimer); } = TimeSpan.FromSeconds(2);

    /// <summary>The most bytes read and discarded after the transport was closed or aborted.</summary>
    /// <value>0 or more. Default 1 MiB: what a peer had in flight, not the rest of its upload.</value>
    /// <exception cref="ArgumentOutOfRangeException">Negative.</exception>
    public long MaxLingerBytes { get; init => field = Within(value, 0, long.MaxValue); } = 1024 * 1024;

    /// <exception cref="ArgumentException">The marks contradict each other.</exception>
    internal WaterMarks ResolveWriteMarks() => WaterMarks.Resolve(WriteHighWaterMark, WriteLowWaterMark, DefaultWriteKiB);

    /// <summary>
    /// For a writer that asks before each record whether the transport takes it: without marks of one's own it waits in its own memory, not
    /// as ciphertext.
    /// </summary>
    internal TransportOptions ForRecords() =>
        this is { WriteHighWaterMark: null, WriteLowWaterMark: null } ? this with { WriteHighWaterMark = 0 } : this;

    private const int DefaultWriteKiB = 64;

    private static readonly TimeSpan LongestTimer = TimeSpan.FromMilliseconds(int.MaxValue);

    private static T Within<T>(T value, T minimum, T maximum, [CallerMemberName] string name = "") where T : IComparable<T> =>
        value.CompareTo(minimum) >= 0 && value.CompareTo(maximum) <= 0
            ? value
            : throw new ArgumentOutOfRangeException(name, value, $"{name} should be from {minimum} to {maximum}, got {value}.");
}
