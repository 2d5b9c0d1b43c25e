namespace TlsFsm;

/// <summary>
/// How much plaintext goes into a record: large ones cost least, small ones are read sooner, because a record is of use only when it is
/// there in full.
/// </summary>
public sealed record TlsRecordSize
{
    /// <summary>The most that a record may hold (RFC 8446 section 5.1), in bytes.</summary>
    public const int Max = 1 << 14;

    private TlsRecordSize()
    {
    }

    /// <summary>Records of 16,384 bytes, the last of a write as short as it is.</summary>
    public static TlsRecordSize Largest { get; } = Fixed(Max);

    /// <summary>Bytes in a record at the beginning, and after a pause.</summary>
    public int Initial { get; private init; }

    /// <summary>Bytes in a record while data streams.</summary>
    public int Streaming { get; private init; }

    /// <summary>Bytes in small records after which data counts as streaming.</summary>
    public int StreamsAfter { get; private init; }

    /// <summary>How long nothing must be written for the next record to be small again.</summary>
    public TimeSpan Idle { get; private init; }

    /// <summary>Records of one size.</summary>
    /// <param name="bytes">1 to 16,384.</param>
    /// <exception cref="ArgumentOutOfRangeException">Out of that range.</exception>
    public static TlsRecordSize Fixed(int bytes) => new() { Initial = Checked(bytes, nameof(bytes)), Streaming = bytes };

    /// <summary>
    /// Small records first, so that the first bytes are of use as soon as they arrive; large ones when much is written in a row.
    /// </summary>
    /// <param name="initial">Bytes in a small record. Default 1,300: with all headers it fits one packet of most networks.</param>
    /// <param name="streamsAfter">
    /// Bytes in small records before large ones begin, 0 or more. Default 64 KiB: by then the path has been opened up.
    /// </param>
    /// <param name="idle">Silence after which records are small again. Null: 1 second, when a path has closed down again.</param>
    /// <exception cref="ArgumentOutOfRangeException">One of them out of its range.</exception>
    public static TlsRecordSize Dynamic(int initial = 1300, int streamsAfter = 64 * 1024, TimeSpan? idle = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(streamsAfter);
        var silence = idle ?? TimeSpan.FromSeconds(1);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(silence, TimeSpan.Zero, nameof(idle));
        return new TlsRecordSize { Initial = Checked(initial, nameof(initial)), Streaming = Max, StreamsAfter =
            streamsAfter, Idle = silence };
    }

    private static int Checked(int bytes, string name) =>
        bytes is > 0 and <= Max ? bytes : throw new ArgumentOutOfRangeException(name, bytes, $"A record holds 1 to {Max} bytes.");
}
