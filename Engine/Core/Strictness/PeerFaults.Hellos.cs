using static TlsFsm.Abstractions.TlsAlert;

namespace TlsFsm.Core.Strictness;

// What is wrong with a hello, and with the answers to one.
internal static partial class PeerFaults
{
    // ClientHello

    public static PeerFault Ssl3 { get; } = Ours(ProtocolVersion, "RFC 8446, D.5", "a hello of SSL 3.0");

    public static PeerFault NoCommonVersion { get; } = Ours(ProtocolVersion, "RFC 8446, 4.2.1; RFC 5246, E.1", "a ClientHello without a version of ours", Client);

    public static PeerFault Fallback { get; } = Bc(InappropriateFallback, "RFC 7507, 3", "a ClientHello that falls back from a version which both have", Client, Tls12);

    public static PeerFault NoCommonSuite { get; } = Bc(HandshakeFailure, "RFC 8446, 4.1.1; RFC 5246, 7.4.1.3", "a ClientHello without a cipher suite of ours", Client);

    public static PeerFault NoCommonGroup { get; } = Bc(HandshakeFailure, "RFC 8446, 4.1.1; RFC 8422, 4", "a ClientHello without a group of ours", Client);

    public static PeerFault NoCommonProtocol { get; } = Bc(NoApplicationProtocol, "RFC 7301, 3.2", "a ClientHello without an application protocol (ALPN) of ours", Client);

    public static PeerFault Compression { get; } = Ours(IllegalParameter, "RFC 8446, 4.1.2", "a ClientHello whose compression methods are not the null method alone", Client, Tls13);

    public static PeerFault NoNullCompression { get; } = Ours(IllegalParameter, "RFC 5246, 7.4.1.2", "a ClientHello without the null compression method", Client);

    public static PeerFault MissingKeyShare { get; } = Ours(MissingExtension, "RFC 8446, 9.2", "a ClientHello with one of supported_groups and key_share, or with neither", Client, Tls13);

    public static PeerFault MissingSignatureAlgorithms { get; } = Bc(MissingExtension, "RFC 8446, 4.2.3 and 9.2", "a ClientHello without signature_algorithms", Client, Tls13);

    public static PeerFault KeyShareTwice { get; } = Ours(IllegalParameter, "RFC 8446, 4.2.8", "two key shares for one group", Client, Tls13);

    public static PeerFault KeyShareNotOffered { get; } = Ours(IllegalParameter, "RFC 8446, 4.2.8", "a key share for a group that is not in its supported_groups", Client, Tls13);

    public static PeerFault BadKeyShare { get; } = Bc(IllegalParameter, "RFC 8446, 4.2.8.2; RFC 8422, 5.4", "a key share that is no point of its group");

    public static PeerFault LowOrderPoint { get; } = Bc(HandshakeFailure, "RFC 8446, 7.4.2; RFC 8422, 5.11", "a point on Curve25519 with which every secret is zero");

    public static PeerFault PointFormats { get; } = Ours(IllegalParameter, "RFC 8422, 5.1.2 and 5.2", "ec_point_formats without the uncompressed format", Either, Tls12);

    public static PeerFault ServerNameMalformed { get; } = Ours(IllegalParameter, "RFC 6066, 3", "a server name (SNI) that is not a host name", Client);

    public static PeerFault PskNotLast { get; } = Bc(IllegalParameter, "RFC 8446, 4.2.11", "pre_shared_key before another extension", Client, Tls13);

    public static PeerFault PskWithoutModes { get; } = Bc(MissingExtension, "RFC 8446, 4.2.9", "pre_shared_key without psk_key_exchange_modes", Client, Tls13);

    public static PeerFault WrongBinder { get; } = Bc(DecryptError, "RFC 8446, 4.2.11", "a pre-shared key whose binder does not verify", Client, Tls13);

    public static PeerFault DuplicateExtension { get; } = Bc(IllegalParameter, "RFC 8446, 4.2; RFC 5246, 7.4.1.4", "one extension twice");

    public static PeerFault DuplicateTicketExtension { get; } = Ours(IllegalParameter, "RFC 8446, 4.2 and 4.6.1", "a NewSessionTicket with one extension twice", Server, Tls13);

    // The second ClientHello

    public static PeerFault SecondHelloChanged { get; } = Ours(IllegalParameter, "RFC 8446, 4.1.2", "a second ClientHello that differs from the first in more than it may", Client, Tls13);

    public static PeerFault SecondHelloKeyShare { get; } = Bc(IllegalParameter, "RFC 8446, 4.1.2 and 4.2.8", "a second ClientHello without just the key share that was asked for", Client, Tls13);

    public static PeerFault SecondHelloCookie { get; } = Bc(IllegalParameter, "RFC 8446, 4.2.2", "a second ClientHello without the cookie that it was given", Client, Tls13);

    // ServerHello and HelloRetryRequest

    public static PeerFault VersionNotOffered { get; } = Bc(ProtocolVersion, "RFC 8446, 4.1.3; RFC 5246, E.1", "a ServerHello of a version that was not offered", Server);

    public static PeerFault SelectedVersion { get; } = Ours(IllegalParameter, "RFC 8446, 4.2.1", "supported_versions with a version that was not offered, or one before TLS 1.3", Server);

    public static PeerFault SuiteNotOffered { get; } = Bc(IllegalParameter, "RFC 8446, 4.1.3; RFC 5246, 7.4.1.3", "a ServerHello with a cipher suite that was not offered", Server);

    public static PeerFault CompressionChosen { get; } = Bc(IllegalParameter, "RFC 8446, 4.1.3; RFC 5246, 7.4.1.3", "a ServerHello with a compression method", Server);

    public static PeerFault SessionIdNotEchoed { get; } = Bc(IllegalParameter, "RFC 8446, 4.1.3", "a ServerHello that does not give back our session id", Server, Tls13);

    public static PeerFault SessionIdInvented { get; } = Ours(IllegalParameter, "RFC 5246, 7.4.1.3", "a ServerHello that resumes a session which does not exist", Server, Tls12);

    public static PeerFault DowngradeMarker { get; } = Ours(IllegalParameter, "RFC 8446, 4.1.3", "a random that says it was talked down to TLS 1.2", Server, Tls12);

    public static PeerFault ServerShareMissing { get; } = Ours(MissingExtension, "RFC 8446, 4.2.8 and 6.2", "a ServerHello without a key share", Server, Tls13);

    public static PeerFault GroupNotOffered { get; } = Bc(IllegalParameter, "RFC 8446, 4.2.8; RFC 8422, 5.4", "a key share of a group that was not offered", Server);

    public static PeerFault PskIndex { get; } = Bc(IllegalParameter, "RFC 8446, 4.2.11", "the number of a pre-shared key that was not offered", Server, Tls13);

    public static PeerFault RetryForNothing { get; } = Ours(IllegalParameter, "RFC 8446, 4.1.4", "a HelloRetryRequest that changes nothing", Server, Tls13);

    public static PeerFault RetryGroup { get; } = Bc(IllegalParameter, "RFC 8446, 4.2.8", "a HelloRetryRequest for a group that was not offered, or has its key share", Server, Tls13);

    public static PeerFault SecondRetry { get; } = Bc(UnexpectedMessage, "RFC 8446, 4.1.4", "a second HelloRetryRequest", Server, Tls13);

    public static PeerFault SuiteAfterRetry { get; } = Bc(IllegalParameter, "RFC 8446, 4.1.4", "a ServerHello with a cipher suite other than its HelloRetryRequest's", Server, Tls13);

    // Extensions of an answer

    public static PeerFault Unrequested { get; } = Ours(UnsupportedExtension, "RFC 8446, 4.2 and 4.4.2; RFC 5246, 7.4.1.4", "an extension that was not asked for");

    public static PeerFault Misplaced { get; } = Bc(IllegalParameter, "RFC 8446, 4.2", "an extension that has no place in its message", Either, Tls13);

    public static PeerFault ProtocolNotOffered { get; } = Ours(IllegalParameter, "RFC 7301, 3.1", "an application protocol (ALPN) that was not offered", Server);

    public static PeerFault ServerNameAnswer { get; } = Ours(DecodeError, "RFC 6066, 3", "an answer to the server name that is not empty", Server);

    public static PeerFault FragmentLength { get; } = Bc(IllegalParameter, "RFC 6066, 4", "another max_fragment_length than was asked for", Server);

    public static PeerFault NoExtendedMasterSecret { get; } = Bc(HandshakeFailure, "RFC 7627, 5.2 and 5.3", "a hello without extended_master_secret", Either, Tls12);

    public static PeerFault NoSecureRenegotiation { get; } = Bc(HandshakeFailure, "RFC 5746, 4.1 and 4.3", "a hello without renegotiation_info", Either, Tls12);

    public static PeerFault RenegotiationInfo { get; } = Bc(HandshakeFailure, "RFC 5746, 3.4 and 3.6", "renegotiation_info that is not empty", Either, Tls12);
}
