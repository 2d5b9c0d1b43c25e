using Org.BouncyCastle.Tls;
using TlsFsm.Abstractions;
using TlsException = TlsFsm.Abstractions.TlsException;

namespace TlsFsm.Core.BouncyCastle;

/// <summary>What the peer has done on a connection so far, as far as limits and the end depend on it. Throws when it goes too far.</summary>
internal sealed class PeerConduct(TlsLimits limits)
{
    private int _recordsWithoutProgress;
    private int _keyUpdatesWithoutData;
    private int _sessionTickets;
    private int _renegotiationAttempts;
    private int _bytesBeforeHello;
    private bool _hasMessage;
    private bool _isProgress;
    private long _handshakeBytesReceived;
    private long _handshakeBytesHandled;
    private bool _isBlind;

    /// <summary>Where the handshake waits for decisions.</summary>
    public HandshakeGate Gate { get; init; } = new();

    /// <summary>Whether the handshake has finished.</summary>
    public bool IsEstablished { get; private set; }

    /// <summary>Whether the peer's close_notify was read.</summary>
    public bool IsCloseNotifyReceived { get; private set; }

    /// <summary>Whether our close_notify was written: nothing may follow it but a fatal alert.</summary>
    public bool IsCloseNotifySent { get; set; }

    /// <summary>Whether the peer has asked for a KeyUpdate in return and got none yet.</summary>
    public bool IsKeyUpdateDue { get; set; }

    /// <summary>Records of data that were sent under the present key.</summary>
    public int RecordsUnderKey { get; set; }

    public void HandshakeCompleted() => IsEstablished = true;

    /// <summary>A record is about to be processed.</summary>
    public void BeginRecord(RecordHeader header)
    {
        _isProgress = !IsEstablished && (header.Type is RecordHeader.Handshake or RecordHeader.ApplicationData);
        if (!_hasMessage)
            _bytesBeforeHello += header.RecordSize;
        if (header.Type == RecordHeader.Handshake)
            _handshakeBytesReceived += header.Length;
    }

    /// <summary>A protected record of TLS 1.3 turned out to hold handshake messages.</summary>
    public void OnProtectedHandshake(int bytes)
    {
        _handshakeBytesReceived += bytes;

        // A part of a message brings it nearer. How long a message may be is limited, and how many of them.
        _isProgress |= bytes > 0;
    }

    /// <summary>Records are opened by somebody else, who does not tell what is in them.</summary>
    public void CannotSeeRecords() => _isBlind = true;

    /// <summary>A record was processed.</summary>
    /// <param name="plaintext">How many bytes of application data it brought.</param>
    /// <exception cref="TlsException">Too many in a row brought nothing.</exception>
    public void EndRecord(int plaintext)
    {
        if (plaintext > 0)
            _keyUpdatesWithoutData = 0;
        if (plaintext > 0 || _isProgress || IsCloseNotifyReceived)
            _recordsWithoutProgress = 0;
        else if (++_recordsWithoutProgress > limits.MaxRecordsWithoutProgress)
            throw Exceeded(nameof(limits.MaxRecordsWithoutProgress), limits.MaxRecordsWithoutProgress, "records in a row that bring nothing");
    }

    /// <summary>A handshake message came, whole.</summary>
    /// <param name="size">With its header of four bytes.</param>
    public void OnMessage(long size)
    {
        _isProgress = true;
        _hasMessage = true;
        _handshakeBytesHandled += size;
    }

    /// <summary>A handshake message of TLS 1.3 was dealt with.</summary>
    /// <exception cref="TlsFatalAlert">It changed the keys, and more follows in its record under the old ones.</exception>
    public void CheckKeyChange(short type)
    {
        // RFC 8446 section 5.1: messages before a key change end with their record. BouncyCastle does not look.
        var isKeyChange = type is HandshakeType.client_hello or HandshakeType.server_hello or HandshakeType.finished or HandshakeType.key_update;
        if (isKeyChange && !_isBlind && _handshakeBytesReceived != _handshakeBytesHandled)
            throw new TlsFatalAlert(AlertDescription.unexpected_message, "a message follows in the same record after a change of keys");
    }

    /// <summary>A KeyUpdate came (RFC 8446 section 4.6.3).</summary>
    /// <param name="body">The message, at its body; the position is left as it was.</param>
    public void OnKeyUpdate(MemoryStream body)
    {
        if (!IsEstablished)
            return;
        if (++_keyUpdatesWithoutData > limits.MaxKeyUpdatesWithoutData)
            throw Faults.Carry(Exceeded(nameof(limits.MaxKeyUpdatesWithoutData), limits.MaxKeyUpdatesWithoutData, "KeyUpdates without application data in between"));

        var request = body.ReadByte();
        if (request >= 0)
            body.Position--;
        IsKeyUpdateDue |= request == KeyUpdateRequest.update_requested;
    }

    /// <summary>A NewSessionTicket came.</summary>
    public void OnSessionTicket()
    {
        if (IsEstablished && ++_sessionTickets > limits.MaxSessionTickets)
            throw Faults.Carry(Exceeded(nameof(limits.MaxSessionTickets), limits.MaxSessionTickets, "tickets"));
    }

    /// <summary>The peer wants to renegotiate.</summary>
    public void OnRenegotiationAttempt()
    {
        if (++_renegotiationAttempts > limits.MaxRenegotiationAttempts)
            throw Faults.Carry(Exceeded(nameof(limits.MaxRenegotiationAttempts), limits.MaxRenegotiationAttempts, "attempts to renegotiate"));
    }

    /// <summary>A record is coming, of which only the header is known.</summary>
    /// <exception cref="TlsException">Too much came before anything that makes sense.</exception>
    public void CheckHeader(RecordHeader header)
    {
        if (!_hasMessage && _bytesBeforeHello + header.RecordSize > limits.MaxBytesBeforeHello)
            throw Exceeded(nameof(limits.MaxBytesBeforeHello), limits.MaxBytesBeforeHello, "bytes before its first handshake message");
    }

    /// <summary>We have sent a KeyUpdate: what we send next is under a new key.</summary>
    public void OnKeyUpdateSent()
    {
        IsKeyUpdateDue = false;
        RecordsUnderKey = 0;
    }

    /// <summary>An alert came.</summary>
    /// <returns>Whether it ends the connection. If not, it is dealt with.</returns>
    public bool IsFatal(short level, short description, bool isTls13)
    {
        // RFC 8446 section 6.1: what follows close_notify is ignored, in the same record too.
        if (IsCloseNotifyReceived)
            return false;
        if (description == AlertDescription.close_notify)
        {
            // In the middle of a handshake it is a cancellation: nothing was agreed that could be closed.
            if (!IsEstablished)
                return true;

            IsCloseNotifyReceived = true;
            return false;
        }

        // RFC 8446 section 6: the description decides, not the level; only user_canceled is no error.
        if (level == AlertLevel.fatal || (isTls13 && description != AlertDescription.user_canceled))
            return true;

        _isProgress = false;
        return false;
    }

    private static TlsException Exceeded(string limit, int value, string what) => new(
        $"The peer sent more {what} than {limit} ({value}) allows.", CloseReason.Failed, TlsFault.PeerMisbehaved, TlsAlert.UnexpectedMessage);
}
