namespace TlsFsm.Tests.Exploration;

/// <summary>A stream of numbered bytes: what is lost, doubled or out of order shows.</summary>
internal sealed class NumberedBytes
{
    private const int Period = 251;

    /// <summary>What stands in place of a byte that was refused: if it arrives, it was not.</summary>
    public const byte Refused = 255;

    private int _count;

    /// <summary>How many have been given out.</summary>
    public int Count => _count;

    public byte[] Take(int count)
    {
        var bytes = new byte[count];
        for (var i = 0; i < count; i++)
            bytes[i] = (byte)(_count++ % Period);
        return bytes;
    }
}

/// <summary>The other end of a stream of numbered bytes.</summary>
internal sealed class NumberedReceipt
{
    private const int Period = 251;

    /// <summary>How many have arrived.</summary>
    public int Count { get; private set; }

    /// <summary>Whether one was missing, doubled or out of order.</summary>
    public bool IsBroken { get; private set; }

    public void Add(ReadOnlySpan<byte> bytes)
    {
        foreach (var value in bytes)
        {
            if (value != NumberedBytes.Refused)
                IsBroken |= value != Count++ % Period;
        }
    }
}
