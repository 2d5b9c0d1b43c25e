using System.Buffers.Binary;
using Org.BouncyCastle.Tls;
using Org.BouncyCastle.Tls.Crypto;
using TlsFsm.Core.Records;

namespace TlsFsm.Tests.Core.Records;

/// <summary>Whole records in and out of any record cipher.</summary>
internal static class RecordBytes
{
    public static byte[] Encode(this TlsCipher cipher, long sequence, short type, byte[] content)
    {
        var encoded = cipher.EncodePlaintext(sequence, type, ProtocolVersion.TLSv12, RecordHeader.Size, content, 0, content.Length);
        var record = encoded.buf[encoded.off..(encoded.off + encoded.len)];
        (record[0], record[1], record[2]) = ((byte)encoded.recordType, 3, 3);
        BinaryPrimitives.WriteUInt16BigEndian(record.AsSpan(3), (ushort)(record.Length - RecordHeader.Size));
        return record;
    }

    /// <summary>Leaves the record as it is.</summary>
    public static (short Type, byte[] Content) Decode(this TlsCipher cipher, long sequence, byte[] record)
    {
        var copy = (byte[])record.Clone();
        var decoded = cipher.DecodeCiphertext(
            sequence, copy[0], ProtocolVersion.TLSv12, copy, RecordHeader.Size, copy.Length - RecordHeader.Size);
        return (decoded.contentType, decoded.buf[decoded.off..(decoded.off + decoded.len)]);
    }

    /// <summary>A text that says where it is from.</summary>
    public static byte[] Text(int size, int seed = 1)
    {
        var text = new byte[size];
        new Random(seed + size).NextBytes(text);
        return text;
    }
}
