using System.Globalization;

namespace TlsFsm.Tests.Support;

/// <summary>Length and CRC-32 (IEEE) of all bytes so far.</summary>
internal sealed class RunningCrc
{
    private static readonly uint[] Table = [.. Enumerable.Range(0, 256).Select(i =>
    {
        var value = (uint)i;
        for (var bit = 0; bit < 8; bit++)
            value = (value & 1) != 0 ? (value >> 1) ^ 0xEDB88320 : value >> 1;
        return value;
    })];

    private uint _crc = uint.MaxValue;
    private long _length;

    public void Add(ReadOnlySpan<byte> data)
    {
        _length += data.Length;
        foreach (var b in data)
            _crc = Table[(byte)(_crc ^ b)] ^ (_crc >> 8);
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{_length}:{~_crc:x8}");
}
