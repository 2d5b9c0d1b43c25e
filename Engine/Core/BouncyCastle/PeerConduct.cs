using Org.BouncyCastle.Tls;
using TlsFsm.Abstractions;
using TlsException = TlsFsm.Abstractions.TlsException;

namespace TlsFsm.Core.BouncyCastle;

/// <summary>What the peer has done on a connection so far, as far as limits and the end depend on it. Throws when it goes too far.</summary>
internal sealed class PeerConduct(TlsLimits limits)
{
    private int _recordsWithoutProgress;
    private int _keyUpdatesWithoutData;
    private int _postHandshakeMessages;
    private bool _isProgress;

    /// <summary>Whether the handshake has finished.</summary>
    public bool IsEstablished { get; private set; }

    /// <summary>Whether the peer's close_notify was read.</summary>
    public bool IsCloseNotifyReceived { get; private set; }

    /// <summary>Whether our close_notify was written: nothing may follow it but a fatal alert.</summary>
    public bool IsCloseNotifySent { get; set; }

    /// <summary>Whether the peer has asked for a KeyUpdate in return and got none yet.</summary>
    public bool IsKeyUpdateDue { get; set; }

    public void HandshakeCompleted() => IsEstablished = true;

    /// <summary>A record is about to be processed.</summary>
    /// <param name="contentType">Its type on the wire.</param>
    public void BeginRecord(byte contentType) =>
        _isProgress = !IsEstablished && (contentType is RecordHeader.Handshake or RecordHeader.ApplicationData);

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
    public void OnMessage() => _isProgress = true;

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

    /// <summary>A NewSessionTicket came, or an attempt to renegotiate.</summary>
    public void OnPostHandshakeMessage()
    {
        if (IsEstablished && ++_postHandshakeMessages > limits.MaxPostHandshakeMessages)
            throw Faults.Carry(Exceeded(nameof(limits.MaxPostHandshakeMessages), limits.MaxPostHandshakeMessages, "tickets or attempts to renegotiate"));
    }

    /// <summary>An alert came.</summary>
    /// <returns>Whether it ends the connection. If not, it is dealt with.</returns>
    public bool IsFatal(short level, short description, bool isTls13)
    {
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
