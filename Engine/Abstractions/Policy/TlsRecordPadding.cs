namespace TlsFsm;

/// <summary>
/// How records of TLS 1.3 are made longer than their content, so that their size tells less about it (RFC 8446 section 5.4). TLS 1.2 has no
/// padding.
/// </summary>
public sealed record TlsRecordPadding
{
    private TlsRecordPadding(int multiple) => Multiple = multiple;

    /// <summary>No padding: sizes tell what they tell.</summary>
    public static TlsRecordPadding None { get; } = new(1);

    /// <summary>Every record as long as the longest: nothing is told but how many there are. A byte costs as much as 16,384.</summary>
    public static TlsRecordPadding ToLargest { get; } = new(TlsRecordSize.Max + 1);

    /// <summary>Content and its type are filled up to a multiple of so many bytes; 1 for none.</summary>
    public int Multiple { get; }

    /// <summary>Fills up to the next multiple.</summary>
    /// <param name="bytes">2 to 16,384. 512 hides the length of a name or a number, and costs at most that.</param>
    /// <exception cref="ArgumentOutOfRangeException">Out of that range.</exception>
    public static TlsRecordPadding ToMultipleOf(int bytes) => bytes is >= 2 and <= TlsRecordSize.Max
        ? new TlsRecordPadding(bytes)
        : throw new ArgumentOutOfRangeException(nameof(bytes), bytes, $"Padding goes to a multiple of 2 to {TlsRecordSize.Max} bytes.");

    /// <summary>The size of a record's content with type and padding.</summary>
    /// <param name="size">Content and type.</param>
    /// <param name="limit">The most that a record may have of these.</param>
    internal int Fill(int size, int limit) => Multiple == 1 ? size : Math.Min(limit, (size + Multiple - 1) / Multiple * Multiple);
}
