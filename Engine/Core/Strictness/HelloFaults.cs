using System.Security.Authentication;
using static TlsFsm.TlsAlert;

namespace TlsFsm.Core.Strictness;

/// <summary>What can be wrong with a hello, and with the answers to one.</summary>
internal static class HelloFaults
{
    // ClientHello

    public static PeerFault Ssl3 { get; } = PeerFault.Ours(ProtocolVersion, "RFC 8446, D.5", "a hello of SSL 3.0");

    public static PeerFault NoCommonVersion { get; } = PeerFault.Ours(
        ProtocolVersion, "RFC 8446, 4.2.1; RFC 5246, E.1", "a ClientHello without a version of ours", FaultSource.Client);

    public static PeerFault Fallback { get; } = PeerFault.OfBouncyCastle(
        InappropriateFallback, "RFC 7507, 3", "a ClientHello that falls back from a version which both have", FaultSource.Client,
        SslProtocols.Tls12);

    public static PeerFault NoCommonSuite { get; } = PeerFault.OfBouncyCastle(
        HandshakeFailure, "RFC 8446, 4.1.1; RFC 5246, 7.4.1.3", "a ClientHello without a cipher suite of ours", FaultSource.Client);

    public static PeerFault NoCommonGroup { get; } = PeerFault.Ours(
        HandshakeFailure, "RFC 8446, 4.1.1; RFC 8422, 4", "a ClientHello without a group of ours", FaultSource.Client);

    public static PeerFault NoCommonProtocol { get; } = PeerFault.OfBouncyCastle(
        NoApplicationProtocol, "RFC 7301, 3.2", "a ClientHello without an application protocol (ALPN) of ours", FaultSource.Client);

    public static PeerFault Compression { get; } = PeerFault.Ours(
        IllegalParameter, "RFC 8446, 4.1.2", "a ClientHello whose compression methods are not the null method alone", FaultSource.Client,
        SslProtocols.Tls13);

    public static PeerFault NoNullCompression { get; } = PeerFault.Ours(
        IllegalParameter, "RFC 5246, 7.4.1.2", "a ClientHello without the null compression method", FaultSource.Client);

    public static PeerFault MissingKeyShare { get; } = PeerFault.Ours(
        MissingExtension, "RFC 8446, 9.2", "a ClientHello with one of supported_groups and key_share, or with neither", FaultSource.Client,
        SslProtocols.Tls13);

    public static PeerFault MissingSignatureAlgorithms { get; } = PeerFault.OfBouncyCastle(
        MissingExtension, "RFC 8446, 4.2.3 and 9.2", "a ClientHello without signature_algorithms", FaultSource.Client, SslProtocols.Tls13);

    public static PeerFault KeyShareTwice { get; } = PeerFault.Ours(
        IllegalParameter, "RFC 8446, 4.2.8", "two key shares for one group", FaultSource.Client, SslProtocols.Tls13);

    public static PeerFault KeyShareNotOffered { get; } = PeerFault.Ours(
        IllegalParameter, "RFC 8446, 4.2.8", "a key share for a group that is not in its supported_groups", FaultSource.Client,
        SslProtocols.Tls13);

    public static PeerFault BadKeyShare { get; } = PeerFault.Ours(
        IllegalParameter, "RFC 8446, 4.2.8.2; RFC 8422, 5.4; FIPS 203, 7.2 and 7.3",
        "a key share that is no uncompressed point of its curve, or no key or ciphertext of its ML-KEM");

    public static PeerFault LowOrderPoint { get; } = PeerFault.Ours(
        IllegalParameter, "RFC 8446, 7.4.2; RFC 8422, 5.11", "a point on Curve25519 with which every secret is zero");

    public static PeerFault PointFormats { get; } = PeerFault.Ours(
        IllegalParameter, "RFC 8422, 5.1.2 and 5.2", "ec_point_formats without the uncompressed format", FaultSource.Either,
        SslProtocols.Tls12);

    public static PeerFault ServerNameMalformed { get; } = PeerFault.Ours(
        IllegalParameter, "RFC 6066, 3", "a server name (SNI) that is not a host name", FaultSource.Client);

    public static PeerFault PskNotLast { get; } = PeerFault.OfBouncyCastle(
        IllegalParameter, "RFC 8446, 4.2.11", "pre_shared_key before another extension", FaultSource.Client, SslProtocols.Tls13);

    public static PeerFault PskWithoutModes { get; } = PeerFault.Ours(
        MissingExtension, "RFC 8446, 4.2.9", "pre_shared_key without psk_key_exchange_modes", FaultSource.Client, SslProtocols.Tls13);

    public static PeerFault WrongBinder { get; } = PeerFault.OfBouncyCastle(
        DecryptError, "RFC 8446, 4.2.11", "a pre-shared key whose binder does not verify", FaultSource.Client, SslProtocols.Tls13);

    public static PeerFault DuplicateExtension { get; } = PeerFault.OfBouncyCastle(
        IllegalParameter, "RFC 8446, 4.2; RFC 5246, 7.4.1.4", "one extension twice");

    public static PeerFault DuplicateTicketExtension { get; } = PeerFault.Ours(
        IllegalParameter, "RFC 8446, 4.2 and 4.6.1", "a NewSessionTicket with one extension twice", FaultSource.Server, SslProtocols.Tls13);

    // The second ClientHello

    public static PeerFault SecondHelloChanged { get; } = PeerFault.Ours(
        IllegalParameter, "RFC 8446, 4.1.2", "a second ClientHello that differs from the first in more than it may", FaultSource.Client,
        SslProtocols.Tls13);

    public static PeerFault SecondHelloPsk { get; } = PeerFault.Ours(
        MissingExtension, "RFC 8446, 4.1.2 and 4.2.11", "a second ClientHello without the pre-shared key that was accepted in the first",
        FaultSource.Client, SslProtocols.Tls13);

    public static PeerFault SecondHelloKeyShare { get; } = PeerFault.OfBouncyCastle(
        IllegalParameter, "RFC 8446, 4.1.2 and 4.2.8", "a second ClientHello without just the key share that was asked for",
        FaultSource.Client, SslProtocols.Tls13);

    public static PeerFault SecondHelloCookie { get; } = PeerFault.OfBouncyCastle(
        IllegalParameter, "RFC 8446, 4.1.2 and 4.2.2", "a second ClientHello with a cookie, where none was given", FaultSource.Client,
        SslProtocols.Tls13);

    // ServerHello and HelloRetryRequest

    public static PeerFault VersionNotOffered { get; } = PeerFault.OfBouncyCastle(
        ProtocolVersion, "RFC 8446, 4.1.3; RFC 5246, E.1", "a ServerHello of a version that was not offered", FaultSource.Server);

    public static PeerFault SelectedVersion { get; } = PeerFault.Ours(
        IllegalParameter, "RFC 8446, 4.2.1", "supported_versions with a version that was not offered, or one before TLS 1.3",
        FaultSource.Server, SslProtocols.Tls13);

    public static PeerFault SuiteNotOffered { get; } = PeerFault.OfBouncyCastle(
        IllegalParameter, "RFC 8446, 4.1.3; RFC 5246, 7.4.1.3", "a ServerHello with a cipher suite that was not offered",
        FaultSource.Server);

    public static PeerFault CompressionChosen { get; } = PeerFault.OfBouncyCastle(
        IllegalParameter, "RFC 8446, 4.1.3; RFC 5246, 7.4.1.3", "a ServerHello with a compression method", FaultSource.Server);

    public static PeerFault SessionIdNotEchoed { get; } = PeerFault.OfBouncyCastle(
        IllegalParameter, "RFC 8446, 4.1.3", "a ServerHello that does not give back our session id", FaultSource.Server,
        SslProtocols.Tls13);

    public static PeerFault SessionIdInvented { get; } = PeerFault.Ours(
        IllegalParameter, "RFC 5246, 7.4.1.3", "a ServerHello that resumes a session which does not exist", FaultSource.Server,
        SslProtocols.Tls12);

    public static PeerFault DowngradeMarker { get; } = PeerFault.Ours(
        IllegalParameter, "RFC 8446, 4.1.3", "a random that says it was talked down to TLS 1.2", FaultSource.Server, SslProtocols.Tls12);

    public static PeerFault ServerShareMissing { get; } = PeerFault.Ours(
        MissingExtension, "RFC 8446, 4.2.8 and 6.2", "a ServerHello without a key share", FaultSource.Server, SslProtocols.Tls13);

    public static PeerFault GroupNotOffered { get; } = PeerFault.OfBouncyCastle(
        IllegalParameter, "RFC 8446, 4.2.8; RFC 8422, 5.4", "a key share of a group that was not offered", FaultSource.Server);

    public static PeerFault PskIndex { get; } = PeerFault.OfBouncyCastle(
        IllegalParameter, "RFC 8446, 4.2.11", "the number of a pre-shared key that was not offered", FaultSource.Server,
        SslProtocols.Tls13);

    public static PeerFault LegacyVersion { get; } = PeerFault.Ours(
        ProtocolVersion, "RFC 5246, E.1; RFC 8446, 4.1.3",
        "a hello whose legacy version is no version of TLS, or in an answer of TLS 1.3 not 0x0303");

    public static PeerFault RetryForNothing { get; } = PeerFault.Ours(
        IllegalParameter, "RFC 8446, 4.1.4", "a HelloRetryRequest that changes nothing", FaultSource.Server, SslProtocols.Tls13);

    public static PeerFault RetryGroup { get; } = PeerFault.OfBouncyCastle(
        IllegalParameter, "RFC 8446, 4.2.8", "a HelloRetryRequest for a group that was not offered, or has its key share",
        FaultSource.Server, SslProtocols.Tls13);

    public static PeerFault SecondRetry { get; } = PeerFault.OfBouncyCastle(
        UnexpectedMessage, "RFC 8446, 4.1.4", "a second HelloRetryRequest", FaultSource.Server, SslProtocols.Tls13);

    public static PeerFault SuiteAfterRetry { get; } = PeerFault.OfBouncyCastle(
        IllegalParameter, "RFC 8446, 4.1.4", "a ServerHello with a cipher suite other than its HelloRetryRequest's", FaultSource.Server,
        SslProtocols.Tls13);

    // Extensions

    public static PeerFault ExtensionMalformed { get; } = PeerFault.Ours(
        DecodeError, "RFC 8446, 6.2; RFC 5246, 7.2.2",
        "an extension that we know and that cannot be decoded, in any message that may have it, whether it is used or not");

    public static PeerFault ExtensionValue { get; } = PeerFault.Ours(
        IllegalParameter, "RFC 8446, 6.2; RFC 6066, 3 and 4; RFC 6520, 2; RFC 8449, 4; RFC 7685, 3",
        "an extension with a value that it must not have");

    public static PeerFault Unrequested { get; } = PeerFault.Ours(
        UnsupportedExtension, "RFC 8446, 4.2 and 4.4.2; RFC 5246, 7.4.1.4", "an extension that was not asked for");

    public static PeerFault Misplaced { get; } = PeerFault.Ours(
        IllegalParameter, "RFC 8446, 4.2; RFC 5246, 7.4.1.4", "an extension that has no place in its message");

    public static PeerFault ProtocolNotOffered { get; } = PeerFault.Ours(
        IllegalParameter, "RFC 7301, 3.1", "an application protocol (ALPN) that was not offered", FaultSource.Server);

    public static PeerFault ServerNameAnswer { get; } = PeerFault.Ours(
        DecodeError, "RFC 6066, 3", "an answer to the server name that is not empty", FaultSource.Server);

    public static PeerFault FragmentLength { get; } = PeerFault.OfBouncyCastle(
        IllegalParameter, "RFC 6066, 4", "another max_fragment_length than was asked for", FaultSource.Server);

    public static PeerFault NoExtendedMasterSecret { get; } = PeerFault.Ours(
        HandshakeFailure, "RFC 7627, 5.2 and 5.3", "a hello without extended_master_secret", FaultSource.Either, SslProtocols.Tls12);

    public static PeerFault NoSecureRenegotiation { get; } = PeerFault.Ours(
        HandshakeFailure, "RFC 5746, 4.1 and 4.3", "a hello without renegotiation_info", FaultSource.Either, SslProtocols.Tls12);

    public static PeerFault RenegotiationInfo { get; } = PeerFault.OfBouncyCastle(
        HandshakeFailure, "RFC 5746, 3.4 and 3.6", "renegotiation_info that is not empty", FaultSource.Either, SslProtocols.Tls12);
}
