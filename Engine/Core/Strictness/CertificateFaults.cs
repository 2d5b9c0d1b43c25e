using static TlsFsm.TlsAlert;

namespace TlsFsm.Core.Strictness;

/// <summary>What can be wrong with a peer's certificate. Of several findings the first in this order counts, by OpenSSL's weight.</summary>
internal static class CertificateFaults
{
    public static PeerFault Revoked { get; } = PeerFault.Ours(
        CertificateRevoked, "RFC 8446, 6.2; RFC 5246, 7.2.2", "a certificate that was revoked");

    public static PeerFault Untrusted { get; } = PeerFault.Ours(
        UnknownCa, "RFC 8446, 6.2; RFC 5246, 7.2.2", "a chain that ends at no trusted root");

    public static PeerFault Expired { get; } = PeerFault.Ours(
        CertificateExpired, "RFC 8446, 6.2; RFC 5246, 7.2.2", "a certificate that has expired");

    public static PeerFault NotYetValid { get; } = PeerFault.Ours(
        CertificateExpired, "RFC 8446, 6.2; RFC 5280, 6.1.3", "a certificate that is not valid yet");

    public static PeerFault WrongUsage { get; } = PeerFault.Ours(
        UnsupportedCertificate, "RFC 8446, 6.2; RFC 5280, 4.2.1.12", "a certificate for another use");

    public static PeerFault Weak { get; } = PeerFault.Ours(
        BadCertificate, "RFC 8446, 4.4.2.4", "a chain with a key or a signature that is weak, or not known to be strong");

    public static PeerFault UnusableKey { get; } = PeerFault.Ours(
        BadCertificate, "RFC 8446, 4.4.2.2 and 6.2; RFC 5246, 7.4.2", "a key that cannot be used: a curve that we do not have, for one");

    public static PeerFault TooLongChain { get; } = PeerFault.Ours(
        BadCertificate, "RFC 8446, 6.2", "a chain of more certificates than MaxCertificateChainLength allows");

    public static PeerFault UnknownRawKey { get; } = PeerFault.Ours(BadCertificate, "RFC 7250, 6", "a raw public key that we do not know");

    public static PeerFault MalformedRawKey { get; } = PeerFault.Ours(
        DecodeError, "RFC 7250, 3; RFC 8446, 4.4.2",
        "a raw public key that is no SubjectPublicKeyInfo: a certificate in its place, for one");

    public static PeerFault WrongType { get; } = PeerFault.Ours(
        UnsupportedCertificate, "RFC 7250, 4.2",
        "a type of certificate that we do not take: X.509 where only bare keys are known, for one");

    public static PeerFault BadForm { get; } = PeerFault.Ours(
        BadCertificate, "RFC 8446, 6.2; RFC 5280, 6.1", "a chain with a wrong signature, constraint or extension");

    public static PeerFault BadChain { get; } = PeerFault.Ours(
        CertificateUnknown, "RFC 8446, 6.2; RFC 5246, 7.2.2",
        "a chain that something else is wrong with: revocation that cannot be found out, for one");

    public static PeerFault WrongName { get; } = PeerFault.Ours(
        BadCertificate, "RFC 9525, 6; RFC 8446, 6.2", "a certificate for another name", FaultSource.Server);

    public static PeerFault WrongPin { get; } = PeerFault.Ours(BadCertificate, "RFC 7469, 2.6", "a chain without a pinned key");

    public static PeerFault BadStaple { get; } = PeerFault.Ours(
        BadCertificateStatusResponse, "RFC 6066, 8; RFC 7633, 4",
        "no usable OCSP response, where the policy or the certificate demands one", FaultSource.Server);
}
