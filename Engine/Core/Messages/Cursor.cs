namespace TlsFsm.Core.Messages;

/// <summary>Reads on; at the first thing that is not there it fails, and reads nothing from then on.</summary>
internal ref struct Cursor(ReadOnlySpan<byte> rest)
{
    private ReadOnlySpan<byte> _rest = rest;

    public bool HasFailed { get; private set; }

    public readonly bool IsAtEnd => _rest.IsEmpty;

    /// <summary>What was not read yet.</summary>
    public readonly ReadOnlySpan<byte> Rest => _rest;

    public int UInt8() => Bytes(1) is [var one] ? one : 0;

    public int UInt16() => Bytes(2) is [var high, var low] ? (high << 8) | low : 0;

    public int UInt24() => Bytes(3) is [var high, var middle, var low] ? (high << 16) | (middle << 8) | low : 0;

    public ReadOnlySpan<byte> Vector8() => Bytes(UInt8());

    public ReadOnlySpan<byte> Vector16() => Bytes(UInt16());

    public ReadOnlySpan<byte> Vector24() => Bytes(UInt24());

    /// <summary>What was read is not what it should be.</summary>
    public void Fail()
    {
        HasFailed = true;
        _rest = [];
    }

    public ReadOnlySpan<byte> Bytes(int count)
    {
        if (HasFailed || _rest.Length < count)
        {
            Fail();
            return [];
        }

        var taken = _rest[..count];
        _rest = _rest[count..];
        return taken;
    }
}
