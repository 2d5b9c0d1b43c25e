namespace TlsFsm.Buffers;

/// <summary>A pair of marks on a buffer: over the high one the writer pauses, at the low one it resumes.</summary>
internal readonly record struct WaterMarks
{
    /// <summary>Default high mark for bytes received, in KiB (<c>FLOW_CONTROL_HIGH_WATER_SSL_READ</c>).</summary>
    public const int DefaultReadKiB = 256;

    /// <summary>Default high mark for bytes to send, in KiB (<c>FLOW_CONTROL_HIGH_WATER_SSL_WRITE</c>).</summary>
    public const int DefaultWriteKiB = 512;

    private WaterMarks(int low, int high) => (Low, High) = (low, high);

    /// <summary>The mark at which writing resumes.</summary>
    public int Low { get; }

    /// <summary>The mark above which writing pauses.</summary>
    public int High { get; }

    /// <summary>
    /// The seed's rule (<c>add_flowcontrol_defaults</c>): only high given, low is a quarter of it; only low given, high is four
    /// times it; neither, <paramref name="defaultKiB"/> and a quarter of that.
    /// </summary>
    /// <exception cref="ArgumentException">Not high >= low >= 0.</exception>
    public static WaterMarks Resolve(int? high, int? low, int defaultKiB)
    {
        var resolvedHigh = high ?? (low is { } given ? 4L * given : 1024L * defaultKiB);
        // A shift rounds down below zero too, so that the error names the seed's numbers.
        var resolvedLow = low ?? resolvedHigh >> 2;
        if (resolvedHigh < resolvedLow || resolvedLow < 0)
            throw new ArgumentException($"high ({resolvedHigh}) must be >= low ({resolvedLow}) must be >= 0");

        return new WaterMarks((int)resolvedLow, (int)Math.Min(resolvedHigh, int.MaxValue));
    }

    /// <summary>Whether a buffer of this size is over the high mark.</summary>
    public bool IsOver(long size) => size > High;

    /// <summary>Whether a buffer of this size is at or under the low mark.</summary>
    public bool IsUnder(long size) => size <= Low;
}
