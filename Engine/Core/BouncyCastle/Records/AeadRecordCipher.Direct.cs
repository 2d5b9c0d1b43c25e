using System.Buffers.Binary;
using Org.BouncyCastle.Tls;
using TlsFsm.Core.Records;

namespace TlsFsm.Core.BouncyCastle.Records;

// Records that do not pass through BouncyCastle.
internal sealed partial class AeadRecordCipher
{
    private RecordCount _sealed;
    private RecordCount _received;
    private OpenedRecord? _opened;

    /// <summary>Size of a record, header and padding included, that carries this much.</summary>
    public int SealedSize(int plaintextSize, short contentType = ContentType.application_data) =>
        RecordHeader.Size + _explicitNonceSize + TagSize + (_isTls13 ? PaddedSize(plaintextSize + 1, contentType) : plaintextSize);

    /// <summary>Seals application data.</summary>
    /// <param name="record">Where to: <see cref="SealedSize"/> bytes.</param>
    /// <param name="plaintext">At most the negotiated limit.</param>
    public void Seal(Span<byte> record, ReadOnlySpan<byte> plaintext)
    {
        record[0] = RecordHeader.ApplicationData;
        record[1] = 3;
        record[2] = 3;
        BinaryPrimitives.WriteUInt16BigEndian(record[3..], (ushort)(record.Length - RecordHeader.Size));
        Protect(record[RecordHeader.Size..], _sealed.Next, ContentType.application_data, plaintext);
        _sealed.Advance();
    }

    /// <summary>Opens a record of type application_data in place, if it is one inside too.</summary>
    /// <param name="record">Header and body.</param>
    /// <param name="plaintextLimit">The most that it may carry.</param>
    /// <param name="start">Where its plaintext begins.</param>
    /// <param name="count">How much it is; possibly nothing.</param>
    /// <returns>
    /// False when it is to be offered to BouncyCastle, at once and as it lies now: it may be open, and <see cref="DecodeCiphertext"/>
    /// knows.
    /// </returns>
    public bool TryOpen(Span<byte> record, int plaintextLimit, out int start, out int count)
    {
        (start, count) = (0, 0);
        if (record.Length < RecordHeader.Size + Overhead)
            return false;

        var opened = Unprotect(record[RecordHeader.Size..], _received.Next, ContentType.application_data);
        if (opened.ContentType != ContentType.application_data || opened.Count > plaintextLimit)
        {
            _opened = opened;
            return false;
        }

        _received.Advance();
        (start, count) = (RecordHeader.Size + opened.Start, opened.Count);
        return true;
    }

    /// <summary>Opens a record of type application_data to where its plaintext is wanted, if it is one inside too.</summary>
    /// <param name="record">Header and body; stays as it is.</param>
    /// <param name="plaintextLimit">The most that it may carry.</param>
    /// <param name="content">The plaintext comes to its beginning; behind that, up to the record's size, anything.</param>
    /// <param name="count">How much it is; possibly nothing.</param>
    /// <returns>False when there is no room, or it is to be opened in place: nothing has happened then.</returns>
    public bool TryOpenInto(ReadOnlySpan<byte> record, int plaintextLimit, Span<byte> content, out int count)
    {
        count = 0;
        var size = record.Length - RecordHeader.Size - _explicitNonceSize;
        if (record.Length < RecordHeader.Size + Overhead || content.Length < size)
            return false;

        var opened = Unprotect(record[RecordHeader.Size..], content[..size], _received.Next, ContentType.application_data);
        if (opened.ContentType != ContentType.application_data || opened.Count > plaintextLimit)
        {
            // A ticket, for example: not the application's to see.
            content[..size].Clear();
            return false;
        }

        _received.Advance();
        count = opened.Count;
        return true;
    }

    /// <summary>Whether a record is none of those that the present keys protect. It stays as it is, and so does the count.</summary>
    public bool IsForged(ReadOnlySpan<byte> record) =>
        record.Length < RecordHeader.Size + Overhead
        || Unprotect(record[RecordHeader.Size..].ToArray(), _received.Next, ContentType.application_data).Fault is not null;

    private OpenedRecord? TakeOpened(long seqNo)
    {
        if (_opened is not { } opened)
            return null;

        _opened = null;
        _received.Take(seqNo);
        return opened;
    }
}
