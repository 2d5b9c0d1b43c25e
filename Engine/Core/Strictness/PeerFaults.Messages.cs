using static TlsFsm.Abstractions.TlsAlert;

namespace TlsFsm.Core.Strictness;

// What is wrong with the messages behind the hellos.
internal static partial class PeerFaults
{
    // Certificates and signatures

    public static PeerFault EmptyCertificate { get; } = Bc(DecodeError, "RFC 8446, 4.4.2.4; RFC 5246, 7.4.2", "a Certificate of a server without one", Server);

    public static PeerFault UnaskedCertificate { get; } = Bc(UnexpectedMessage, "RFC 8446, 4.4.2; RFC 5246, 7.4.6", "a client's Certificate that nobody asked for", Client);

    public static PeerFault UnaskedVerify { get; } = Ours(UnexpectedMessage, "RFC 8446, 4.4.3; RFC 5246, 7.4.8", "a CertificateVerify without a certificate", Client);

    public static PeerFault RequestContext { get; } = Ours(IllegalParameter, "RFC 8446, 4.3.2 and 4.4.2", "a certificate_request_context in a handshake, where it is empty", Either, Tls13);

    public static PeerFault RequestWithoutSchemes { get; } = Bc(MissingExtension, "RFC 8446, 4.3.2", "a CertificateRequest without signature_algorithms", Server, Tls13);

    public static PeerFault SchemeNotOffered { get; } = Bc(IllegalParameter, "RFC 8446, 4.4.3; RFC 5246, 7.4.3 and 7.4.8", "a signature by a scheme that was not offered");

    public static PeerFault CurveOfScheme { get; } = Ours(IllegalParameter, "RFC 8446, 4.2.3", "an ECDSA signature whose scheme is for another curve than the key's", Either, Tls13);

    public static PeerFault WrongSignature { get; } = Bc(DecryptError, "RFC 8446, 4.4.3; RFC 5246, 7.2.2", "a signature that does not verify");

    public static PeerFault WrongFinished { get; } = Bc(DecryptError, "RFC 8446, 4.4.4; RFC 5246, 7.4.9", "a Finished that does not verify");

    public static PeerFault NoClientCertificate13 { get; } = Ours(CertificateRequired, "RFC 8446, 4.4.2.4", "no certificate, and one is required", Client, Tls13);

    public static PeerFault NoClientCertificate12 { get; } = Ours(HandshakeFailure, "RFC 5246, 7.4.6", "no certificate, and one is required", Client, Tls12);

    // After the handshake

    public static PeerFault KeyUpdateValue { get; } = Bc(IllegalParameter, "RFC 8446, 4.6.3", "a KeyUpdate that is neither a request nor an answer", Either, Tls13);

    public static PeerFault PostHandshakeAuthentication { get; } = Bc(UnexpectedMessage, "RFC 8446, 4.6.2", "a CertificateRequest after the handshake, which was not offered", Server, Tls13);

    public static PeerFault TicketMalformed { get; } = Ours(DecodeError, "RFC 8446, 4.6.1", "a NewSessionTicket that cannot be decoded", Server, Tls13);
}
