using System.Buffers.Binary;

namespace TlsFsm.Tests.Strictness;

/// <summary>A ClientHello or ServerHello in parts that a test can change.</summary>
internal sealed class HelloEditor
{
    private readonly byte _type;

    public HelloEditor(byte[] message)
    {
        _type = message[0];
        var at = 4;
        Version = Take(2);
        Random = Take(32);
        SessionId = Take(Number(1));
        Suites = Take(_type == Messages.ClientHello ? Number(2) : 2);
        Compression = Take(_type == Messages.ClientHello ? Number(1) : 1);
        if (at < message.Length)
            Extensions = ExtensionsOf(message[(at + 2)..]);

        byte[] Take(int count) => message[at..(at += count)];

        int Number(int size) => size == 1 ? Take(1)[0] : BinaryPrimitives.ReadUInt16BigEndian(Take(2));
    }

    public byte[] Version { get; set; }

    public byte[] Random { get; set; }

    public byte[] SessionId { get; set; }

    /// <summary>Of a ClientHello the list, of a ServerHello the one.</summary>
    public byte[] Suites { get; set; }

    /// <summary>Of a ClientHello the list, of a ServerHello the one.</summary>
    public byte[] Compression { get; set; }

    public List<(int Type, byte[] Data)> Extensions { get; } = [];

    /// <summary>Whether it ends before the block of extensions, as hellos of old do.</summary>
    public bool EndsBeforeExtensions { get; set; }

    public static byte[] Change(byte[] message, Action<HelloEditor> change)
    {
        var editor = new HelloEditor(message);
        change(editor);
        return editor.Write();
    }

    /// <summary>Puts an extension in, in the place of one that is there.</summary>
    public void Set(int type, params byte[] data)
    {
        Remove(type);
        Extensions.Add((type, data));
    }

    public void Remove(int type) => Extensions.RemoveAll(one => one.Type == type);

    public byte[] Get(int type) => Extensions.Single(one => one.Type == type).Data;

    public byte[] Write()
    {
        var isClient = _type == Messages.ClientHello;
        return Messages.Make(_type,
        [
            .. Version, .. Random, (byte)SessionId.Length, .. SessionId,
            .. isClient ? Messages.Vector16(Suites) : Suites,
            .. isClient ? [(byte)Compression.Length, .. Compression] : Compression,
            .. EndsBeforeExtensions ? [] : Messages.Vector16(Messages.Extensions(Extensions)),
        ]);
    }

    public static List<(int Type, byte[] Data)> ExtensionsOf(byte[] block)
    {
        var all = new List<(int, byte[])>();
        for (var at = 0; at < block.Length;)
        {
            var size = BinaryPrimitives.ReadUInt16BigEndian(block.AsSpan(at + 2));
            all.Add((BinaryPrimitives.ReadUInt16BigEndian(block.AsSpan(at)), block[(at + 4)..(at + 4 + size)]));
            at += 4 + size;
        }

        return all;
    }
}
