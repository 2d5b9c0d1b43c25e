using System.Globalization;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using TlsFsm.Abstractions.Words;

namespace TlsFsm;

/// <summary>What the handshake settled. Made once, when it completes, and kept for the connection's life.</summary>
public sealed record TlsSessionInfo
{
    /// <summary>The negotiated version: <see cref="SslProtocols.Tls12"/> or <see cref="SslProtocols.Tls13"/>.</summary>
    public required SslProtocols Protocol { get; init; }

    /// <summary>The negotiated cipher suite.</summary>
    public required TlsCipherSuite CipherSuite { get; init; }

    /// <summary>The key exchange group by its IANA name (<c>x25519</c>, <c>secp256r1</c>), or null when none was used.</summary>
    public string? Group { get; init; }

    /// <summary>
    /// The scheme of the peer's signature in this handshake by its IANA name (<c>ecdsa_secp256r1_sha256</c>), or null without one.
    /// </summary>
    public string? PeerSignatureScheme { get; init; }

    /// <summary>The scheme of our own signature in this handshake by its IANA name, or null without one.</summary>
    public string? OwnSignatureScheme { get; init; }

    /// <summary>The application protocol agreed by ALPN (RFC 7301); default (empty) when none.</summary>
    public SslApplicationProtocol ApplicationProtocol { get; init; }

    /// <summary>The name that the client asked for (SNI, RFC 6066 section 3); null when none.</summary>
    public string? ServerName { get; init; }

    /// <summary>
    /// Whether the keys are bound to the whole handshake: always on TLS 1.3, on 1.2 by the extended master secret (RFC 7627), which
    /// <see cref="TlsPolicy.RequireExtendedMasterSecret"/> demands.
    /// </summary>
    public bool HasExtendedMasterSecret { get; init; }

    /// <summary>
    /// Whether an earlier session was gone on with: the peer has not proved itself anew, its certificates are those of
    /// <see cref="Origin"/>.
    /// </summary>
    public bool IsResumed { get; init; }

    /// <summary>
    /// Names the full handshake that this session goes back to: the same in all sessions that resume it, directly or in a row, and known on
    /// this side only.
    /// </summary>
    public Guid Origin { get; init; }

    /// <summary>
    /// What the peer presented, leaf first; empty when it presented nothing. On a resumed session it was presented and judged in the full
    /// handshake.
    /// </summary>
    public IReadOnlyList<X509Certificate2> PeerCertificates { get; init; } = [];

    /// <summary>
    /// The peer's public key (SubjectPublicKeyInfo in DER) if it came bare, without a certificate (RFC 7250); else empty.
    /// </summary>
    public ReadOnlyMemory<byte> PeerRawPublicKey { get; init; }

    /// <summary>
    /// What we presented; null when nothing. On a resumed session a server says what it presented in the full handshake, a client null.
    /// </summary>
    public TlsCredential? OwnCredential { get; init; }

    /// <summary>The form in which the peer has seen <see cref="OwnCredential"/>.</summary>
    public TlsCertificateType OwnCertificateType { get; init; }

    /// <summary>The identity of the pre-shared key that both sides used; empty when none.</summary>
    public ReadOnlyMemory<byte> PskIdentity { get; init; }

    /// <summary>The peer's own certificate; null when it presented nothing.</summary>
    public X509Certificate2? PeerCertificate => PeerCertificates.Count > 0 ? PeerCertificates[0] : null;

    /// <summary>For logs. Some of it is the peer's words: cut, and without what cannot be shown.</summary>
    private bool PrintMembers(StringBuilder builder)
    {
        builder.Append(
            CultureInfo.InvariantCulture,
            $"{nameof(Protocol)} = {Protocol}, {nameof(CipherSuite)} = {CipherSuite}, {nameof(Group)} = {Group}, "
            + $"{nameof(ApplicationProtocol)} = {SafeText.Of(ApplicationProtocol.ToString(), 100)}, "
            + $"{nameof(ServerName)} = {SafeText.Of(ServerName ?? "", 255)}, {nameof(IsResumed)} = {IsResumed}, "
            + $"{nameof(Origin)} = {Origin}, {nameof(PeerCertificate)} = {SafeText.Of(PeerCertificate?.Subject ?? "", 160)}");
        return true;
    }
}
