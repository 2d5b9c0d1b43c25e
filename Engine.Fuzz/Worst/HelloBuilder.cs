using System.Buffers.Binary;
using TlsFsm.Fuzz.Handshakes;

namespace TlsFsm.Fuzz.Worst;

/// <summary>A ClientHello in parts.</summary>
internal sealed class HelloBuilder
{
    private readonly byte[] _head;

    /// <param name="hello">A right one to begin with.</param>
    public HelloBuilder(byte[] hello)
    {
        var suites = 4 + 2 + 32 + 1 + hello[38];
        var compression = suites + 2 + BinaryPrimitives.ReadUInt16BigEndian(hello.AsSpan(suites));
        _head = hello[4..suites];
        Suites = hello[(suites + 2)..compression];
        Compression = hello[(compression + 1)..(compression + 1 + hello[compression])];
        All = Extensions.Of(hello, isTls13: true)!.All;
    }

    public byte[] Suites { get; set; }

    public byte[] Compression { get; set; }

    public List<(int Type, byte[] Body)> All { get; }

    /// <summary>Puts an extension in the place of the one that is there; a pre_shared_key stays last.</summary>
    public HelloBuilder Set(int type, params byte[] body)
    {
        All.RemoveAll(one => one.Type == type);
        All.Insert(All.Count > 0 && All[^1].Type == 41 ? All.Count - 1 : All.Count, (type, body));
        return this;
    }

    public byte[] Write()
    {
        byte[] block = [.. All.SelectMany(one => (byte[])[.. UInt16(one.Type), .. Vector16(one.Body)])];
        byte[] body = [.. _head, .. Vector16(Suites), (byte)Compression.Length, .. Compression, .. Vector16(block)];
        return Message(1, body);
    }

    public static byte[] Message(byte type, byte[] body) => [type, (byte)(body.Length >> 16), .. UInt16(body.Length & 0xFFFF), .. body];

    public static byte[] UInt16(int value) => [(byte)(value >> 8), (byte)value];

    public static byte[] Vector16(byte[] content) => [.. UInt16(content.Length), .. content];

    public static byte[] Vector24(byte[] content) => [(byte)(content.Length >> 16), .. UInt16(content.Length & 0xFFFF), .. content];

    /// <summary>Numbers of two bytes, no two alike.</summary>
    public static byte[] Numbers(int count, int from) => [.. Enumerable.Range(from, count).SelectMany(UInt16)];
}
