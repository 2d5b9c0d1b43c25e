using TlsFsm.Core.Records;

namespace TlsFsm.Core.BouncyCastle.Records;

/// <summary>
/// The short way of application data, past BouncyCastle's queues: sealed straight into the outgoing BIO, opened where it lies in the
/// incoming one and copied once, to where the application wants it. All other records, and all errors, are BouncyCastle's to process.
/// </summary>
/// <remarks>For an established connection whose records the platform protects; on others everything goes through BouncyCastle.</remarks>
internal sealed class ApplicationRecords(AeadRecordCipher cipher, int plaintextLimit, MemoryBio incoming, MemoryBio outgoing)
{
    /// <summary>
    /// Size of the opened record at the front of the incoming BIO; zero without one. It is consumed with its last byte of plaintext.
    /// </summary>
    private int _recordSize;

    /// <summary>Where its unread plaintext begins, from the front of the BIO: that stays true when the BIO grows.</summary>
    private int _start;

    /// <summary>Plaintext bytes of the opened record that were not yet read.</summary>
    public int Pending { get; private set; }

    /// <summary>Opens the record at the front of the incoming BIO, which is there in full.</summary>
    /// <param name="header">Its header.</param>
    /// <param name="count">Bytes of application data it brought; an empty record is consumed already.</param>
    /// <returns>False when BouncyCastle must process it: it is something else, or there is something wrong with it.</returns>
    public bool TryOpen(RecordHeader header, out int count)
    {
        count = 0;
        if (header.Type != RecordHeader.ApplicationData || header.Length > cipher.GetCiphertextDecodeLimit(plaintextLimit))
            return false;

        var segment = incoming.Segment;
        if (!cipher.TryOpen(segment.AsSpan(0, header.RecordSize), plaintextLimit, out _start, out count))
            return false;

        _recordSize = header.RecordSize;
        Pending = count;
        if (count == 0)
            Consume();
        return true;
    }

    /// <summary>Opens the record at the front of the incoming BIO, which is there in full, to where its plaintext is wanted.</summary>
    /// <param name="header">Its header.</param>
    /// <param name="destination">Where to.</param>
    /// <param name="count">Bytes of application data it brought. It is consumed already.</param>
    /// <returns>False when it is to be opened where it lies, for want of room or because it is something else.</returns>
    public bool TryOpenInto(RecordHeader header, Span<byte> destination, out int count)
    {
        count = 0;
        if (header.Type != RecordHeader.ApplicationData || header.Length > cipher.GetCiphertextDecodeLimit(plaintextLimit)
            || !cipher.TryOpenInto(incoming.Readable[..header.RecordSize], plaintextLimit, destination, out count))
            return false;

        incoming.Consume(header.RecordSize);
        return true;
    }

    /// <summary>Copies plaintext out, as much as there is room for.</summary>
    public int Read(Span<byte> destination)
    {
        var count = Math.Min(destination.Length, Pending);
        incoming.Readable.Slice(_start, count).CopyTo(destination);
        _start += count;
        Pending -= count;
        if (Pending == 0)
            Consume();
        return count;
    }

    /// <summary>Forgets the plaintext at hand.</summary>
    public void Discard()
    {
        Pending = 0;
        Consume();
    }

    /// <summary>Seals data into the outgoing BIO, as one record.</summary>
    public void Write(ReadOnlySpan<byte> data)
    {
        var size = cipher.SealedSize(data.Length);
        cipher.Seal(outgoing.GetWritable(size).Span[..size], data);
        outgoing.Commit(size);
    }

    private void Consume()
    {
        incoming.Consume(_recordSize);
        _recordSize = 0;
    }
}
