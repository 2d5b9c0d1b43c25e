using System.Buffers;
using System.Buffers.Binary;

namespace TlsFsm.BogoShim.Exchange;

/// <summary>Looks for a HelloRetryRequest on the wire, which the engine does not report: it is in clear, and has a random of its own (RFC 8446 section 4.1.3).</summary>
internal sealed class RetryWatch
{
    private const int HeaderSize = 5;
    private const byte HandshakeRecord = 22;

    /// <summary>After this much no hello can come any more.</summary>
    private const int Enough = 64 * 1024;

    private static ReadOnlySpan<byte> Mark =>
    [
        0xCF, 0x21, 0xAD, 0x74, 0xE5, 0x9A, 0x61, 0x11, 0xBE, 0x1D, 0x8C, 0x02, 0x1E, 0x65, 0xB8, 0x91,
        0xC2, 0xA2, 0x11, 0x16, 0x7A, 0xBB, 0x8C, 0x5E, 0x07, 0x9E, 0x09, 0xE2, 0xC8, 0xA8, 0x33, 0x9C,
    ];

    private readonly ArrayBufferWriter<byte> _sent = new();
    private readonly ArrayBufferWriter<byte> _received = new();

    /// <summary>Whether one was seen.</summary>
    public bool IsSeen => Has(_sent) || Has(_received);

    public void Sent(ReadOnlySpan<byte> data) => Keep(_sent, data);

    public void Received(ReadOnlySpan<byte> data) => Keep(_received, data);

    private static void Keep(ArrayBufferWriter<byte> stream, ReadOnlySpan<byte> data)
    {
        if (stream.WrittenCount < Enough)
            stream.Write(data);
    }

    /// <summary>Handshake messages may be cut over many records: those are put together first.</summary>
    private static bool Has(ArrayBufferWriter<byte> stream)
    {
        var messages = new ArrayBufferWriter<byte>();
        var rest = stream.WrittenSpan;
        while (rest.Length >= HeaderSize && rest.Length >= HeaderSize + BinaryPrimitives.ReadUInt16BigEndian(rest[3..]))
        {
            var length = BinaryPrimitives.ReadUInt16BigEndian(rest[3..]);
            if (rest[0] == HandshakeRecord)
                messages.Write(rest.Slice(HeaderSize, length));
            rest = rest[(HeaderSize + length)..];
        }

        return messages.WrittenSpan.IndexOf(Mark) >= 0;
    }
}
