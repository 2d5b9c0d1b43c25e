using Org.BouncyCastle.Tls;
using TlsFsm.Core.Records;
using TlsFsm.Core.Strictness;

namespace TlsFsm.Core.BouncyCastle.Records;

/// <summary>
/// What the peer has done on a connection so far, as far as limits and the end depend on it. Throws when it goes too far.
/// </summary>
internal sealed class PeerConduct(TlsLimits limits, TimeProvider time)
{
    private readonly Allowance _recordsWithoutProgress = new(limits.MaxRecordsWithoutProgress, time);
    private readonly Allowance _keyUpdatesWithoutData = new(limits.MaxKeyUpdatesWithoutData, time);
    private readonly Allowance _sessionTickets = new(limits.MaxSessionTickets, time);
    private readonly Allowance _renegotiationAttempts = new(limits.MaxRenegotiationAttempts, time);
    private readonly long _handshakeLimit = 4L * limits.MaxHandshakeMessageSize;
    private long _handshakeSize;
    private int _bytesBeforeHello;
    private bool _hasMessage;
    private bool _isProgress;
    private readonly MessageBoundaries _messages = new(limits.MaxHandshakeMessageSize);
    private long _handshakeBytesReceived;
    private long _handshakeBytesHandled;

    /// <summary>What a record may be.</summary>
    public RecordPhase Phase { get; private set; }

    /// <summary>Whether a handshake message has begun and not ended: no other record may stand in it.</summary>
    public bool IsInsideMessage => _messages.IsInside;

    /// <summary>Whether the handshake has finished.</summary>
    public bool IsEstablished { get; private set; }

    /// <summary>Whether the peer's close_notify was read.</summary>
    public bool IsCloseNotifyReceived { get; private set; }

    public void HandshakeCompleted() => IsEstablished = true;

    /// <summary>Whether a record is not protected.</summary>
    public bool IsInClear(RecordHeader header) => Phase != RecordPhase.Protected12 && header.Type != RecordHeader.ApplicationData;

    /// <summary>A record is about to be processed.</summary>
    public void BeginRecord(RecordHeader header)
    {
        _isProgress = !IsEstablished && (header.Type is RecordHeader.Handshake or RecordHeader.ApplicationData);
        if (IsEstablished)
            return;
        if (!_hasMessage)
            _bytesBeforeHello += header.RecordSize;
        _handshakeSize += header.RecordSize;
        if (Phase == RecordPhase.First)
            Phase = RecordPhase.Negotiating;
    }

    /// <summary>It is known what a record holds.</summary>
    /// <exception cref="TlsException">It may not.</exception>
    public void CheckContent(short type, ReadOnlySpan<byte> content)
    {
        // RFC 8446 sections 5.1 and 5.4.
        if (content.IsEmpty && type is ContentType.handshake or ContentType.alert)
            throw RecordFaults.EmptyFragment.ToException();
        if (type == ContentType.alert && content.Length != 2)
            throw RecordFaults.SplitAlert.ToException();

        // RFC 8446 section 5.1. A change_cipher_spec may come at any time (appendix D.4), where it may come at all, and what a fatal alert
        // says is worth more than the place that it says it in.
        if (IsInsideMessage && (type == ContentType.application_data || (type == ContentType.alert && content[0] != AlertLevel.fatal)))
            throw RecordFaults.Interleaved.ToException();
        if (type != ContentType.handshake)
            return;

        _isProgress = true;
        _handshakeBytesReceived += content.Length;
        _messages.Take(content);
    }

    /// <summary>A record was processed.</summary>
    /// <param name="plaintext">How many bytes of application data it brought.</param>
    /// <exception cref="TlsException">
    /// Too many in a row brought nothing, or the data stands in the middle of a handshake message.
    /// </exception>
    public void EndRecord(int plaintext)
    {
        if (plaintext > 0)
        {
            // RFC 8446 section 5.1. The short way of application data does not pass by CheckContent.
            if (IsInsideMessage)
                throw RecordFaults.Interleaved.ToException();

            _keyUpdatesWithoutData.Reset();
        }

        if (plaintext > 0 || _isProgress || IsCloseNotifyReceived)
            _recordsWithoutProgress.Reset();
        else if (!_recordsWithoutProgress.Take())
            throw RecordFaults.NoProgress.ToException(limits.MaxRecordsWithoutProgress);
    }

    /// <summary>A handshake message came, whole.</summary>
    /// <param name="size">With its header of four bytes.</param>
    public void OnMessage(long size)
    {
        _isProgress = true;
        _hasMessage = true;
        _handshakeBytesHandled += size;
    }

    /// <summary>The version stands, and TLS 1.3 has changed keys or not.</summary>
    public void OnVersion(bool isTls13, bool haveKeysChanged)
    {
        if (isTls13)
            Phase = haveKeysChanged ? RecordPhase.Protected13 : RecordPhase.Clear13;
        else if (Phase != RecordPhase.Protected12)
            Phase = RecordPhase.Clear12;
    }

    /// <summary>TLS 1.2: what the peer sends from now on is protected.</summary>
    public void OnChangeCipherSpec() => Phase = RecordPhase.Protected12;

    /// <summary>A handshake message is about to be dealt with: <see cref="OnMessage"/> was called.</summary>
    /// <exception cref="TlsException">It changes the keys or ends a flight, and more follows in its record.</exception>
    public void CheckBoundary(short type, bool isTls13)
    {
        if (_handshakeBytesReceived == _handshakeBytesHandled)
            return;

        // RFC 8446 section 5.1: messages before a key change end with their record. BouncyCastle does not look.
        if (isTls13 && type is HandshakeType.client_hello or HandshakeType.server_hello or HandshakeType.finished
            or HandshakeType.key_update)
            throw RecordFaults.AcrossKeyChange.ToException();

        // RFC 5246 section 7.3: it is our turn, so nothing can follow that makes sense. Of a first ClientHello the version is not settled.
        if (!isTls13 && type is HandshakeType.client_hello or HandshakeType.server_hello_done or HandshakeType.finished)
            throw RecordFaults.BehindFlight.ToException();
    }

    /// <summary>A KeyUpdate came (RFC 8446 section 4.6.3).</summary>
    /// <param name="isAnswer">Whether we had asked for it.</param>
    public void OnKeyUpdate(bool isAnswer)
    {
        if (IsEstablished && !isAnswer && !_keyUpdatesWithoutData.Take())
            throw RecordFaults.KeyUpdateFlood.ToException(limits.MaxKeyUpdatesWithoutData);
    }

    /// <summary>A NewSessionTicket came.</summary>
    /// <param name="isKept">Whether anything is made of it. One that is only passed over costs what its bytes do.</param>
    public void OnSessionTicket(bool isKept)
    {
        if (IsEstablished && isKept && !_sessionTickets.Take())
            throw RecordFaults.TicketFlood.ToException(limits.MaxSessionTickets);
    }

    /// <summary>The peer wants to renegotiate.</summary>
    public void OnRenegotiationAttempt()
    {
        if (!_renegotiationAttempts.Take())
            throw RecordFaults.RenegotiationFlood.ToException(limits.MaxRenegotiationAttempts);
    }

    /// <summary>A record is coming, of which only the header is known.</summary>
    /// <exception cref="TlsException">Too much came before anything that makes sense.</exception>
    public void CheckHeader(RecordHeader header)
    {
        if (!_hasMessage && _bytesBeforeHello + header.RecordSize > limits.MaxBytesBeforeHello)
            throw RecordFaults.TooMuchBeforeHello.ToException(limits.MaxBytesBeforeHello);
        if (!IsEstablished && _handshakeSize + header.RecordSize > _handshakeLimit)
            throw RecordFaults.OversizedHandshake.ToException(
                $"a handshake of more than {_handshakeLimit} bytes, four times {nameof(TlsLimits.MaxHandshakeMessageSize)}");
    }

    /// <summary>An alert came.</summary>
    /// <returns>Whether it ends the connection. If not, it is dealt with.</returns>
    public bool IsFatal(short level, short description, bool isTls13)
    {
        // RFC 8446 section 6.1: what follows close_notify is ignored, in the same record too.
        if (IsCloseNotifyReceived)
            return false;

        switch (AlertMeaning.EffectOf(level, (TlsAlert)description, isTls13))
        {
            // In the middle of a handshake it is a cancellation: nothing was agreed that could be closed.
            case AlertEffect.Closes:
                IsCloseNotifyReceived = IsEstablished;
                return !IsEstablished;
            case AlertEffect.Fails:
                return true;
            default:
                _isProgress = false;
                return false;
        }
    }
}
