namespace TlsFsm.Fuzz.Running;

/// <summary>Reads choices out of an input. Beyond its end there are zeros, so that every input means something.</summary>
internal ref struct InputReader(ReadOnlySpan<byte> input)
{
    private ReadOnlySpan<byte> _rest = input;

    public readonly bool IsAtEnd => _rest.IsEmpty;

    public readonly ReadOnlySpan<byte> Rest => _rest;

    public byte Byte()
    {
        if (_rest.IsEmpty)
            return 0;

        var value = _rest[0];
        _rest = _rest[1..];
        return value;
    }

    public int UInt16() => Byte() << 8 | Byte();

    public byte[] Bytes(int count)
    {
        var taken = _rest[..Math.Min(count, _rest.Length)].ToArray();
        _rest = _rest[taken.Length..];
        return taken;
    }
}
