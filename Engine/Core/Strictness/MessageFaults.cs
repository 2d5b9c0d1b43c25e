using System.Security.Authentication;
using static TlsFsm.TlsAlert;

namespace TlsFsm.Core.Strictness;

/// <summary>What can be wrong with the messages behind the hellos.</summary>
internal static class MessageFaults
{
    // Certificates and signatures

    public static PeerFault EmptyCertificate { get; } = PeerFault.OfBouncyCastle(
        DecodeError, "RFC 8446, 4.4.2.4; RFC 5246, 7.4.2", "a Certificate of a server without one", FaultSource.Server);

    public static PeerFault MissingCertificate { get; } = PeerFault.Ours(
        UnexpectedMessage, "RFC 5246, 7.4.2", "a ServerKeyExchange or ServerHelloDone without the Certificate that the suite wants",
        FaultSource.Server, SslProtocols.Tls12);

    public static PeerFault EmptyStaple { get; } = PeerFault.Ours(
        DecodeError, "RFC 8446, 4.4.2.1; RFC 6066, 8", "an OCSP response that is empty or none", FaultSource.Server, SslProtocols.Tls13);

    public static PeerFault UnaskedCertificate { get; } = PeerFault.OfBouncyCastle(
        UnexpectedMessage, "RFC 8446, 4.4.2; RFC 5246, 7.4.6", "a client's Certificate that nobody asked for", FaultSource.Client);

    public static PeerFault UnaskedVerify { get; } = PeerFault.Ours(
        UnexpectedMessage, "RFC 8446, 4.4.3; RFC 5246, 7.4.8", "a CertificateVerify without a certificate", FaultSource.Client);

    public static PeerFault RequestContext { get; } = PeerFault.Ours(
        IllegalParameter, "RFC 8446, 4.3.2 and 4.4.2", "a certificate_request_context in a handshake, where it is empty",
        FaultSource.Either, SslProtocols.Tls13);

    public static PeerFault SeveralRawKeys { get; } = PeerFault.Ours(
        IllegalParameter, "RFC 8446, 4.4.2; RFC 7250, 3", "more than one raw public key");

    public static PeerFault RequestWithoutSchemes { get; } = PeerFault.OfBouncyCastle(
        MissingExtension, "RFC 8446, 4.3.2", "a CertificateRequest without signature_algorithms", FaultSource.Server, SslProtocols.Tls13);

    public static PeerFault SchemeNotOffered { get; } = PeerFault.OfBouncyCastle(
        IllegalParameter, "RFC 8446, 4.4.3; RFC 5246, 7.4.3 and 7.4.8", "a signature by a scheme that was not offered");

    public static PeerFault CurveOfScheme { get; } = PeerFault.Ours(
        IllegalParameter, "RFC 8446, 4.2.3", "an ECDSA signature whose scheme is for another curve than the key's", FaultSource.Either,
        SslProtocols.Tls13);

    public static PeerFault KindOfKey { get; } = PeerFault.Ours(
        IllegalParameter, "RFC 8446, 4.4.3; RFC 5246, 7.4.3 and 7.4.8", "a signature of another kind than the key of its certificate");

    public static PeerFault WrongSignature { get; } = PeerFault.OfBouncyCastle(
        DecryptError, "RFC 8446, 4.4.3; RFC 5246, 7.2.2", "a signature that does not verify");

    public static PeerFault WrongFinished { get; } = PeerFault.OfBouncyCastle(
        DecryptError, "RFC 8446, 4.4.4; RFC 5246, 7.4.9", "a Finished that does not verify");

    public static PeerFault NoClientCertificate13 { get; } = PeerFault.Ours(
        CertificateRequired, "RFC 8446, 4.4.2.4", "no certificate, and one is required", FaultSource.Client, SslProtocols.Tls13);

    public static PeerFault NoClientCertificate12 { get; } = PeerFault.Ours(
        HandshakeFailure, "RFC 5246, 7.4.6", "no certificate, and one is required", FaultSource.Client, SslProtocols.Tls12);

    // After the handshake

    public static PeerFault KeyUpdateValue { get; } = PeerFault.OfBouncyCastle(
        IllegalParameter, "RFC 8446, 4.6.3", "a KeyUpdate that is neither a request nor an answer", FaultSource.Either, SslProtocols.Tls13);

    public static PeerFault PostHandshakeAuthentication { get; } = PeerFault.OfBouncyCastle(
        UnexpectedMessage, "RFC 8446, 4.6.2", "a CertificateRequest after the handshake, which was not offered", FaultSource.Server,
        SslProtocols.Tls13);

    public static PeerFault TicketMalformed { get; } = PeerFault.Ours(
        DecodeError, "RFC 8446, 4.6.1", "a NewSessionTicket that cannot be decoded", FaultSource.Server, SslProtocols.Tls13);
}
