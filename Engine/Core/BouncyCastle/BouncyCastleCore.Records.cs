using TlsFsm.Core.BouncyCastle.Library;
using TlsFsm.Core.BouncyCastle.Records;
using TlsFsm.Core.Records;


namespace TlsFsm;

// Records on their way in and out: application data by the short way, everything else through BouncyCastle.
public sealed partial class BouncyCastleCore
{
    private void WriteRecord(ReadOnlySpan<byte> data)
    {
        if (Records is { } records)
        {
            records.Write(data);
            return;
        }

        try
        {
            _endpoint.Protocol.WriteApplicationData(data);
        }
        catch (Exception e)
        {
            throw Failed(e);
        }
        finally
        {
            Drain();
        }
    }

    /// <summary>
    /// The short way of application data; null before the handshake has finished, and where the platform does not protect records.
    /// </summary>
    private ApplicationRecords? Records => _records ??= _conduct.IsEstablished && _crypto.RecordCipher is { } cipher
        ? new ApplicationRecords(cipher, _endpoint.Protocol.ApplicationDataLimit, _incoming!, _outgoing!)
        : null;

    private int AtHand => Records is { } records ? records.Pending : _endpoint.Protocol.ApplicationDataAvailable;

    /// <summary>Takes records until one brings plaintext.</summary>
    private CoreStatus Receive()
    {
        ThrowIfUnusable();
        ThrowIfNotEstablished();
        var status = CoreStatus.Done;
        while (status == CoreStatus.Done && PendingPlaintext == 0)
        {
            if (_conduct.IsCloseNotifyReceived)
                status = CoreStatus.EndOfStream;
            else if (!TakeRecord())
                status = CoreStatus.WantRead;
        }

        // RFC 8446 section 4.6.3: due before our next data. BouncyCastle waits for that, which a pure reader never sends.
        if (_conduct.IsKeyUpdateDue && !_conduct.IsCloseNotifySent)
            Run(static endpoint => endpoint.SendKeyUpdate(isAnswerWanted: false));

        return status;
    }

    /// <summary>
    /// Takes the record at the front of the incoming BIO: application data by the short way, everything else through BouncyCastle.
    /// </summary>
    /// <returns>False when it is not there in full.</returns>
    private bool TakeRecord()
    {
        var incoming = _incoming!;
        if (MayBeEarlyData(out var size))
        {
            if (incoming.Pending < size)
                return false;
            if (TrySkipEarlyData(size))
                return true;
        }

        RecordHeader header;
        try
        {
            if (!RecordHeader.TryRead(incoming.Readable, _conduct.Phase, out header))
                return false;

            _conduct.CheckHeader(header);
            if (incoming.Pending < header.RecordSize)
                return false;

            _tape?.Received(incoming.Readable[..header.RecordSize]);
            _hasReceived = true;
            _conduct.BeginRecord(header, incoming.Readable[RecordHeader.Size..header.RecordSize]);
        }
        catch (TlsException refusal)
        {
            throw Refused(refusal);
        }

        var records = Records;
        if (records is null || !records.TryOpen(header, out var count))
            count = Offer(header);
        else if (_conduct.IsInsideMessage)
            records.Discard();

        try
        {
            _conduct.EndRecord(count);
        }
        catch (TlsException refusal)
        {
            throw Refused(refusal);
        }

        return true;
    }

    /// <summary>Offers a record to BouncyCastle.</summary>
    /// <returns>How many bytes of application data it brought.</returns>
    private int Offer(RecordHeader header)
    {
        var incoming = _incoming!;
        var before = _endpoint.Protocol.ApplicationDataAvailable;
        try
        {
            // Exactly one record: BouncyCastle decrypts it where it lies, and makes no copy.
            var segment = incoming.Segment;
            _endpoint.Protocol.OfferInput(segment.Array!, segment.Offset, header.RecordSize);
        }
        catch (Exception) when (_tape is { IsRerunDue: true })
        {
            // The step wanted a signature that is not in. It comes again from the beginning.
            return 0;
        }
        catch (Exception e)
        {
            throw Failed(e, isOfInput: true);
        }
        finally
        {
            incoming.Consume(header.RecordSize);
            Drain();
        }

        return _endpoint.Protocol.ApplicationDataAvailable - before;
    }

    private void Discard()
    {
        if (Records is { } records)
        {
            records.Discard();
            return;
        }

        var plaintext = QueueAccess.ApplicationData(_endpoint.Protocol);
        plaintext.RemoveData(plaintext.Available);
    }

    /// <summary>Moves all that BouncyCastle has to send, alerts included, into the outgoing BIO.</summary>
    private void Drain()
    {
        var output = _endpoint.Output;
        var count = output.Available;
        if (count == 0)
            return;

        // What a dropped step has put out must not leave: it comes again.
        if (_tape is { IsRerunDue: true })
            return;

        var destination = _outgoing!.GetWritable(count).Span[..count];
        output.RemoveData(destination, 0);
        _tape?.Sent(destination);
        _outgoing.Commit(count);
        _watch?.Leave();
    }
}
