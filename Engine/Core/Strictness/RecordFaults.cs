using System.Security.Authentication;
using static TlsFsm.TlsAlert;

namespace TlsFsm.Core.Strictness;

/// <summary>What can be wrong with records, with where messages begin and end in them, and with how much of something comes.</summary>
internal static class RecordFaults
{
    // Records

    public static PeerFault RecordType { get; } = PeerFault.Ours(
        UnexpectedMessage, "RFC 8446, 5; RFC 5246, 6.2.1", "a record of a content type that has no place here");

    public static PeerFault NoTls { get; } = PeerFault.Ours(
        ProtocolVersion, "RFC 8446, 5.1", "a record that is not TLS: its major version is not 3");

    public static PeerFault RecordVersion { get; } = PeerFault.Ours(
        ProtocolVersion, "RFC 8446, 5.2; RFC 5246, 6.2.1", "a record of a version other than 3.3, which stands by now");

    public static PeerFault OversizedRecord { get; } = PeerFault.Ours(
        RecordOverflow, "RFC 8446, 5.1 and 5.2; RFC 5246, 6.2", "a record longer than allowed");

    public static PeerFault OversizedContent { get; } = PeerFault.OfBouncyCastle(
        RecordOverflow, "RFC 8446, 5.4; RFC 5246, 6.2.3",
        "a protected record whose content is longer than 2^14 bytes, or than the length agreed on");

    public static PeerFault EmptyFragment { get; } = PeerFault.Ours(
        UnexpectedMessage, "RFC 8446, 5.1 and 5.4; RFC 5246, 6.2.1", "an empty fragment of a handshake message or an alert");

    public static PeerFault NoContentType { get; } = PeerFault.Ours(
        UnexpectedMessage, "RFC 8446, 5.4", "a protected record of nothing but padding, without a content type", FaultSource.Either,
        SslProtocols.Tls13);

    public static PeerFault InnerType { get; } = PeerFault.OfBouncyCastle(
        UnexpectedMessage, "RFC 8446, 5", "a protected record whose inner content type has no place here", FaultSource.Either,
        SslProtocols.Tls13);

    public static PeerFault ShortCiphertext { get; } = PeerFault.Ours(
        BadRecordMac, "RFC 8446, 5.2; RFC 5246, 6.2.3.3", "a protected record that is shorter than its own protection");

    public static PeerFault Forged { get; } = PeerFault.Ours(
        BadRecordMac, "RFC 8446, 5.2; RFC 5246, 6.2.3.3", "a record that does not authenticate");

    public static PeerFault ClearRecord { get; } = PeerFault.Ours(
        UnexpectedMessage, "RFC 8446, 5", "a record in clear after its keys had changed", FaultSource.Either, SslProtocols.Tls13);

    public static PeerFault EarlyApplicationData { get; } = PeerFault.OfBouncyCastle(
        UnexpectedMessage, "RFC 8446, 2; RFC 5246, 7.4.9", "application data before its handshake had finished");

    public static PeerFault SplitAlert { get; } = PeerFault.Ours(
        DecodeError, "RFC 8446, 5.1", "a record of alerts that does not hold exactly one");

    public static PeerFault AlertLevel { get; } = PeerFault.Ours(
        IllegalParameter, "RFC 8446, 6; RFC 5246, 7.2", "an alert of a level that does not exist");

    // Where messages begin and end

    public static PeerFault Interleaved { get; } = PeerFault.Ours(
        UnexpectedMessage, "RFC 8446, 5.1", "another record in the middle of a handshake message");

    public static PeerFault AcrossKeyChange { get; } = PeerFault.Ours(
        UnexpectedMessage, "RFC 8446, 5.1", "a handshake message that follows a change of keys in the same record", FaultSource.Either,
        SslProtocols.Tls13);

    public static PeerFault BehindFlight { get; } = PeerFault.Ours(
        UnexpectedMessage, "RFC 5246, 7.3", "a handshake message in the same record as the end of its flight", FaultSource.Either,
        SslProtocols.Tls12);

    public static PeerFault OversizedMessage { get; } = PeerFault.Ours(
        IllegalParameter, "RFC 8446, 6.2", $"a handshake message larger than {nameof(TlsLimits.MaxHandshakeMessageSize)}",
        limit: nameof(TlsLimits.MaxHandshakeMessageSize));

    public static PeerFault MessageLength { get; } = PeerFault.Ours(
        DecodeError, "RFC 8446, 4 and 6.2; RFC 5246, 7.4", "a handshake message longer than any of its type");

    public static PeerFault MessageType { get; } = PeerFault.OfBouncyCastle(
        UnexpectedMessage, "RFC 8446, 4; RFC 5246, 7.4", "a handshake message of a type that does not exist");

    public static PeerFault OutOfTurn { get; } = PeerFault.OfBouncyCastle(
        UnexpectedMessage, "RFC 8446, 4 and 4.1.2; RFC 5246, 7.4", "a handshake message that has no place here");

    public static PeerFault Truncated { get; } = PeerFault.OfBouncyCastle(
        DecodeError, "RFC 8446, 6.2; RFC 5246, 7.2.2", "a handshake message that ends too early");

    public static PeerFault TrailingBytes { get; } = PeerFault.OfBouncyCastle(
        DecodeError, "RFC 8446, 6.2; RFC 5246, 7.2.2", "a handshake message with bytes behind its end");

    // change_cipher_spec

    public static PeerFault CipherSpecOutOfPlace { get; } = PeerFault.OfBouncyCastle(
        UnexpectedMessage, "RFC 8446, 5 and D.4; RFC 5246, 7.1", "a change_cipher_spec that has no place here");

    public static PeerFault CipherSpecMalformed13 { get; } = PeerFault.OfBouncyCastle(
        UnexpectedMessage, "RFC 8446, 5", "a change_cipher_spec that is not the single byte 1", FaultSource.Either, SslProtocols.Tls13);

    public static PeerFault CipherSpecMalformed12 { get; } = PeerFault.OfBouncyCastle(
        DecodeError, "RFC 5246, 7.1", "a change_cipher_spec that is not the byte 1", FaultSource.Either, SslProtocols.Tls12);

    public static PeerFault CipherSpecMissing { get; } = PeerFault.OfBouncyCastle(
        UnexpectedMessage, "RFC 5246, 7.1", "Finished without a change_cipher_spec before it", FaultSource.Either, SslProtocols.Tls12);

    // Too much of what is allowed

    public static LimitFault NoProgress { get; } = LimitFault.Of(
        UnexpectedMessage, "RFC 8446, 5.4 and 6", "records in a row that bring nothing", nameof(TlsLimits.MaxRecordsWithoutProgress));

    public static LimitFault KeyUpdateFlood { get; } = LimitFault.Of(
        UnexpectedMessage, "RFC 8446, 4.6.3", "KeyUpdates without application data in between",
        nameof(TlsLimits.MaxKeyUpdatesWithoutData), FaultSource.Either, SslProtocols.Tls13);

    public static PeerFault OversizedHandshake { get; } = PeerFault.Ours(
        IllegalParameter, "RFC 8446, 6.2",
        $"a handshake of more bytes than four times {nameof(TlsLimits.MaxHandshakeMessageSize)}, with the headers of its records",
        limit: nameof(TlsLimits.MaxHandshakeMessageSize));

    public static LimitFault TicketFlood { get; } = LimitFault.Of(
        UnexpectedMessage, "RFC 8446, 4.6.1", "tickets", nameof(TlsLimits.MaxSessionTickets), FaultSource.Server, SslProtocols.Tls13);

    public static LimitFault RenegotiationFlood { get; } = LimitFault.Of(
        UnexpectedMessage, "RFC 5246, 7.4.1.1", "attempts to renegotiate", nameof(TlsLimits.MaxRenegotiationAttempts),
        FaultSource.Either, SslProtocols.Tls12);

    public static LimitFault TooMuchBeforeHello { get; } = LimitFault.Of(
        UnexpectedMessage, "RFC 8446, 4.1", "bytes before its first handshake message", nameof(TlsLimits.MaxBytesBeforeHello));
}
