using System.Buffers.Binary;
using System.Text;
using TlsFsm.Tests.Conformance;

namespace TlsFsm.Tests.Connection;

/// <summary>Records of the toy core, as its peer sends them, and what the engine sent in words.</summary>
internal static class Toy
{
    private const int HeaderSize = 3;
    private const int LongestShown = 24;

    /// <summary>Ends a handshake.</summary>
    public static byte[] Hello { get; } = Handshake("hello");

    /// <summary>Goes on with a handshake: answered with another.</summary>
    public static byte[] More { get; } = Handshake("more");

    /// <summary>A certificate that is rejected.</summary>
    public static byte[] BadCertificate { get; } = Handshake("badcert");

    /// <summary>After the handshake: answered with <c>keyupdated</c>.</summary>
    public static byte[] KeyUpdate { get; } = Handshake("keyupdate");

    public static byte[] CloseNotify { get; } = ToyCore.Record('c', []);

    /// <summary>A record that does not authenticate.</summary>
    public static byte[] Bad { get; } = ToyCore.Record('?', "x"u8);

    public static byte[] Data(string text) => ToyCore.Record('d', Encoding.ASCII.GetBytes(text));

    /// <summary>As many records as the bytes need.</summary>
    public static byte[] Data(byte[] bytes) => [.. bytes.Chunk(16384).SelectMany(piece => ToyCore.Record('d', piece))];

    public static byte[] Bytes(int count) => [.. Enumerable.Range(0, count).Select(i => (byte)(31 * i + 17 * count))];

    /// <summary>Whole records, one a string: <c>h:hello</c>, <c>d:5 bytes or their text</c>, <c>c</c>, <c>a:unexpected</c>.</summary>
    public static IEnumerable<string> Describe(ReadOnlySpan<byte> records)
    {
        var described = new List<string>();
        foreach (var (type, payload) in Parse(records))
            described.Add(payload.Length == 0 ? $"{type}" : $"{type}:{Show(payload)}");

        return described;
    }

    public static List<(char Type, byte[] Payload)> Parse(ReadOnlySpan<byte> records)
    {
        var parsed = new List<(char, byte[])>();
        while (!records.IsEmpty)
        {
            var length = BinaryPrimitives.ReadUInt16BigEndian(records[1..]);
            parsed.Add(((char)records[0], records.Slice(HeaderSize, length).ToArray()));
            records = records[(HeaderSize + length)..];
        }

        return parsed;
    }

    /// <summary>Short text as it is, anything else by its length.</summary>
    public static string Show(ReadOnlySpan<byte> bytes)
    {
        var isText = bytes.Length <= LongestShown && !bytes.ContainsAnyExceptInRange((byte)' ', (byte)'~');
        return isText ? Encoding.ASCII.GetString(bytes) : $"{bytes.Length} bytes";
    }

    private static byte[] Handshake(string text) => ToyCore.Record('h', Encoding.ASCII.GetBytes(text));
}
