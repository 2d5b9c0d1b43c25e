using TlsFsm.Core.BouncyCastle.Library;
using TlsFsm.Core.BouncyCastle.Records;
using TlsFsm.Core.Records;

namespace TlsFsm.Core.BouncyCastle;

/// <summary>Records on their way in and out: application data by the short way, everything else through BouncyCastle.</summary>
internal sealed class RecordPump(LibraryLink link)
{
    private ApplicationRecords? _short;

    /// <summary>Whether a record was taken.</summary>
    public bool HasReceived { get; private set; }

    /// <summary>Plaintext bytes at hand.</summary>
    public int Pending => Short is { } records ? records.Pending : link.Parts.Endpoint.Protocol.ApplicationDataAvailable;

    /// <summary>Whether data takes the short way.</summary>
    public bool IsShort => Short is not null;

    /// <summary>The most that a record of data may hold.</summary>
    public int DataLimit => link.Parts.Endpoint.Protocol.ApplicationDataLimit;

    /// <summary>
    /// The short way of application data; null before the handshake has finished, and where the platform does not protect records.
    /// </summary>
    private ApplicationRecords? Short => _short ??= link.Parts is { Conduct.IsEstablished: true, Crypto.RecordCipher: { } cipher }
        ? new ApplicationRecords(cipher, DataLimit, link.Incoming, link.Outgoing)
        : null;

    /// <summary>Copies plaintext out, as much as there is room for.</summary>
    public int Read(Span<byte> destination) =>
        Short is { } records ? records.Read(destination) : link.Parts.Endpoint.Protocol.ReadApplicationData(destination);

    /// <summary>Forgets the plaintext at hand.</summary>
    public void Discard()
    {
        if (Short is { } records)
        {
            records.Discard();
            return;
        }

        var plaintext = QueueAccess.ApplicationData(link.Parts.Endpoint.Protocol);
        plaintext.RemoveData(plaintext.Available);
    }

    /// <summary>Sends data, as one record.</summary>
    /// <exception cref="TlsException">BouncyCastle failed.</exception>
    public void Write(ReadOnlySpan<byte> data)
    {
        if (Short is { } records)
        {
            records.Write(data);
            return;
        }

        try
        {
            link.Parts.Endpoint.Protocol.WriteApplicationData(data);
        }
        catch (Exception e)
        {
            throw link.Failed(e);
        }
        finally
        {
            link.Drain();
        }
    }

    /// <summary>Takes the record at the front of the incoming BIO.</summary>
    /// <returns>False when it is not there in full.</returns>
    /// <exception cref="TlsException">There is something wrong with it; the alert was sent.</exception>
    public bool TakeRecord() => TakeRecord(default, out _);

    /// <summary>Takes the record at the front of the incoming BIO.</summary>
    /// <param name="destination">Where plaintext is wanted: it is opened to there if there is room for all of it.</param>
    /// <param name="count">How many bytes of plaintext are there; what else it brought is at hand.</param>
    /// <returns>False when it is not there in full.</returns>
    /// <exception cref="TlsException">There is something wrong with it; the alert was sent.</exception>
    public bool TakeRecord(Span<byte> destination, out int count)
    {
        count = 0;
        var (incoming, parts) = (link.Incoming, link.Parts);
        if (parts.EarlyData.MayBe(incoming.Readable, out var size))
        {
            if (incoming.Pending < size)
                return false;

            if (parts.EarlyData.TryTake(incoming.Readable[..size], parts.Crypto.HandshakeCipher))
            {
                incoming.Consume(size);
                return true;
            }
        }

        RecordHeader header;
        try
        {
            if (!RecordHeader.TryRead(incoming.Readable, parts.Conduct.Phase, out header))
                return false;

            parts.Conduct.CheckHeader(header);
            if (incoming.Pending < header.RecordSize)
                return false;

            link.Tape?.Received(incoming.Readable[..header.RecordSize]);
            HasReceived = true;
            parts.Contents.Received(header, incoming.Readable[RecordHeader.Size..header.RecordSize]);
        }
        catch (TlsException refusal)
        {
            throw link.Refused(refusal);
        }

        var records = Short;
        int brought;
        if (records is not null && !destination.IsEmpty && !parts.Conduct.IsInsideMessage
            && records.TryOpenInto(header, destination, out count))
            brought = count;
        else if (records is null || !records.TryOpen(header, out brought))
            brought = Offer(header);
        else if (parts.Conduct.IsInsideMessage)
            records.Discard();

        try
        {
            parts.Conduct.EndRecord(brought);
        }
        catch (TlsException refusal)
        {
            throw link.Refused(refusal);
        }

        return true;
    }

    /// <summary>Offers a record to BouncyCastle.</summary>
    /// <returns>How many bytes of application data it brought.</returns>
    private int Offer(RecordHeader header)
    {
        var incoming = link.Incoming;
        var protocol = link.Parts.Endpoint.Protocol;
        var before = protocol.ApplicationDataAvailable;
        try
        {
            // Exactly one record: BouncyCastle decrypts it where it lies, and makes no copy.
            var segment = incoming.Segment;
            protocol.OfferInput(segment.Array!, segment.Offset, header.RecordSize);
        }
        catch (Exception) when (link.IsRerunDue)
        {
            // As in LibraryLink.Run.
            return 0;
        }
        catch (Exception e)
        {
            throw link.Failed(e, isOfInput: true);
        }
        finally
        {
            incoming.Consume(header.RecordSize);
            link.Drain();
        }

        return protocol.ApplicationDataAvailable - before;
    }
}
