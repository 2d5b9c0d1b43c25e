using System.Buffers.Binary;

namespace TlsFsm.Fuzz.Handshakes;

/// <summary>The extensions of a handshake message, taken out and put back with all lengths around them.</summary>
internal sealed class Extensions
{
    private readonly byte[] _message;
    private readonly int _at;
    private readonly int _end;

    private Extensions(byte[] message, int at)
    {
        _message = message;
        _at = at;
        _end = at + 2 + BinaryPrimitives.ReadUInt16BigEndian(message.AsSpan(at));
        for (var next = at + 2; next < _end;)
        {
            var size = BinaryPrimitives.ReadUInt16BigEndian(message.AsSpan(next + 2));
            All.Add((BinaryPrimitives.ReadUInt16BigEndian(message.AsSpan(next)), message[(next + 4)..(next + 4 + size)]));
            next += 4 + size;
        }
    }

    public List<(int Type, byte[] Body)> All { get; } = [];

    /// <summary>Those of a message; null where it has none, or not in their form.</summary>
    public static Extensions? Of(byte[] message, bool isTls13)
    {
        try
        {
            var at = Find(message, isTls13);
            return at < 0 || at + 2 > message.Length ? null : new Extensions(message, at);
        }
        catch (ArgumentException)
        {
            return null;
        }
        catch (IndexOutOfRangeException)
        {
            return null;
        }
    }

    /// <summary>The message with the extensions as they are now.</summary>
    public byte[] Write()
    {
        var block = new List<byte>();
        foreach (var (type, body) in All)
            block.AddRange([(byte)(type >> 8), (byte)type, (byte)(body.Length >> 8), (byte)body.Length, .. body]);
        byte[] changed = [.. _message[.._at], (byte)(block.Count >> 8), (byte)block.Count, .. block, .. _message[_end..]];
        var grown = changed.Length - _message.Length;

        // In a Certificate they lie inside of a list.
        if (changed[0] == 11)
            WriteUInt24(changed.AsSpan(5 + changed[4]), ReadUInt24(changed.AsSpan(5 + changed[4])) + grown);
        WriteUInt24(changed.AsSpan(1), changed.Length - 4);
        return changed;
    }

    public static void WriteUInt24(Span<byte> to, int value) =>
        (to[0], to[1], to[2]) = ((byte)(value >> 16), (byte)(value >> 8), (byte)value);

    public static int ReadUInt24(ReadOnlySpan<byte> from) => from[0] << 16 | from[1] << 8 | from[2];

    private static int Find(byte[] message, bool isTls13)
    {
        const int AfterRandom = 4 + 2 + 32;
        switch (message[0])
        {
            case 1:
                var suites = AfterRandom + 1 + message[AfterRandom];
                var compression = suites + 2 + BinaryPrimitives.ReadUInt16BigEndian(message.AsSpan(suites));
                return compression + 1 + message[compression];
            case 2:
                return AfterRandom + 1 + message[AfterRandom] + 3;
            case 8:
                return 4;
            case 13 when isTls13:
                return 4 + 1 + message[4];
            case 4 when isTls13:
                var ticket = 12 + 1 + message[12];
                return ticket + 2 + BinaryPrimitives.ReadUInt16BigEndian(message.AsSpan(ticket));
            case 11 when isTls13 && ReadUInt24(message.AsSpan(5 + message[4])) > 0:
                var first = 5 + message[4] + 3;
                return first + 3 + ReadUInt24(message.AsSpan(first));
            default:
                return -1;
        }
    }
}
