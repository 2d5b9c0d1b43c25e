using System.Net.Security;
using System.Runtime.CompilerServices;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using TlsFsm.Abstractions.Policy;

namespace TlsFsm;

/// <summary>What may be negotiated, most wanted first, for a client or a server. Immutable; change a preset with <c>with</c>.</summary>
/// <remarks>
/// Checked when a connection is made: a list that is empty, names what is not there, or contradicts another is an
/// <see cref="ArgumentException"/> that says which. What none of the presets has (CBC, static PSK, small RSA keys) exists only for a
/// caller that names it.
/// </remarks>
public sealed record TlsPolicy
{
    private static readonly TlsCipherSuite[] Suites13 =
    [
        TlsCipherSuite.TLS_AES_128_GCM_SHA256,
        TlsCipherSuite.TLS_AES_256_GCM_SHA384,
        TlsCipherSuite.TLS_CHACHA20_POLY1305_SHA256,
    ];

    private static readonly TlsCipherSuite[] Suites12 =
    [
        TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
        TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
        TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
        TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
        TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
        TlsCipherSuite.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
    ];

    /// <summary>All suites that can be named: those of the presets, and those that exist by name only.</summary>
    public static IReadOnlyCollection<TlsCipherSuite> SupportedCipherSuites => SupportedSuites.All;

    /// <summary>TLS 1.3, and 1.2 with forward secrecy and authenticated encryption (ECDHE, AEAD).</summary>
    public static TlsPolicy Default { get; } = new();

    /// <summary>TLS 1.3 only.</summary>
    public static TlsPolicy Modern { get; } = new() { Protocols = SslProtocols.Tls13, CipherSuites = Suites13 };

    /// <summary>As <see cref="Default"/>, and P-521 as a group besides.</summary>
    public static TlsPolicy Compatible { get; } = new()
    {
        Groups = [TlsNamedGroup.X25519MLKem768, TlsNamedGroup.X25519, TlsNamedGroup.Secp256r1, TlsNamedGroup.Secp384r1,
            TlsNamedGroup.Secp521r1],
    };

    /// <summary>
    /// Versions: any of <see cref="SslProtocols.Tls12"/> and <see cref="SslProtocols.Tls13"/>; the newest that both have is taken. Default
    /// both.
    /// </summary>
    public SslProtocols Protocols { get; init; } = SslProtocols.Tls12 | SslProtocols.Tls13;

    /// <summary>Cipher suites of both versions.</summary>
    /// <value>
    /// Default: AES-GCM and ChaCha20-Poly1305, on TLS 1.2 with ECDHE and a certificate. By name only: AES-CCM of TLS 1.3; ECDHE with
    /// CBC; PSK and ECDHE_PSK of TLS 1.2 with AES-GCM or ChaCha20-Poly1305 (static PSK has no forward secrecy).
    /// </value>
    public IReadOnlyList<TlsCipherSuite> CipherSuites { get; init; } = [.. Suites13, .. Suites12];

    /// <summary>Key exchange groups. Also the curves of certificates on TLS 1.2 (RFC 8422 section 5.1).</summary>
    /// <value>
    /// Default X25519MLKEM768, X25519, P-256, P-384, P-521: none below 128 bits of strength, and the first withstands a quantum computer.
    /// The last is slow, and for servers that want no other.
    /// </value>
    public IReadOnlyList<TlsNamedGroup> Groups { get; init; } =
    [
        TlsNamedGroup.X25519MLKem768, TlsNamedGroup.X25519, TlsNamedGroup.Secp256r1, TlsNamedGroup.Secp384r1, TlsNamedGroup.Secp521r1,
    ];

    /// <summary>
    /// TLS 1.2: curves of certificates that a client takes and presents besides those of <see cref="Groups"/>. Not used on a server.
    /// </summary>
    /// <value>
    /// Default P-256, P-384, P-521, so that fewer <see cref="Groups"/> do not mean fewer servers. Where TLS 1.2 is enabled both are one
    /// list on the wire, in which these come last. A server that takes one of them for the key exchange all the same is refused: that goes
    /// by <see cref="Groups"/> alone.
    /// </value>
    public IReadOnlyList<TlsNamedGroup> CertificateCurves { get; init; } =
        [TlsNamedGroup.Secp256r1, TlsNamedGroup.Secp384r1, TlsNamedGroup.Secp521r1];

    /// <summary>
    /// Those of <see cref="Groups"/> that a client sends a key for at once; a server that wants another asks for it, at the price of a
    /// round trip.
    /// </summary>
    /// <value>
    /// Null: the first of <see cref="Groups"/> and the first curve, which is one round trip with new servers and with old ones. Not used on
    /// a server.
    /// </value>
    public IReadOnlyList<TlsNamedGroup>? KeyShares { get; init; }

    /// <summary>Signature schemes, of the peer and of ourselves.</summary>
    /// <value>Default ECDSA, Ed25519, RSA-PSS, and for TLS 1.2 RSA PKCS#1, each with SHA-256 or longer.</value>
    public IReadOnlyList<TlsSignatureScheme> SignatureSchemes { get; init; } =
    [
        TlsSignatureScheme.EcdsaSecp256r1Sha256,
        TlsSignatureScheme.EcdsaSecp384r1Sha384,
        TlsSignatureScheme.EcdsaSecp521r1Sha512,
        TlsSignatureScheme.Ed25519,
        TlsSignatureScheme.RsaPssRsaeSha256,
        TlsSignatureScheme.RsaPssRsaeSha384,
        TlsSignatureScheme.RsaPssRsaeSha512,
        TlsSignatureScheme.RsaPkcs1Sha256,
        TlsSignatureScheme.RsaPkcs1Sha384,
        TlsSignatureScheme.RsaPkcs1Sha512,
    ];

    /// <summary>How the certificates of a chain may be signed, all but a trusted root, by the schemes' names.</summary>
    /// <value>
    /// Default RSA PKCS#1, RSA-PSS, ECDSA, each with SHA-256, SHA-384 or SHA-512, and Ed25519. A scheme of ECDSA stands for its hash with
    /// any curve that is accepted, one of RSA-PSS for either kind of RSA key. Narrows what is accepted, and is never sent: peers go by
    /// <see cref="SignatureSchemes"/>.
    /// </value>
    public IReadOnlyList<TlsSignatureScheme> CertificateSchemes { get; init; } = Enum.GetValues<TlsSignatureScheme>();

    /// <summary>The smallest RSA key in a chain but for a trusted root's, of a peer and of ourselves, in bits.</summary>
    /// <value>
    /// 1,024 to 8,192, and at most <see cref="MaxRsaBits"/>. Default 2,048 (RFC 9325 section 4.5); smaller keys can be factored, or soon.
    /// </value>
    /// <exception cref="ArgumentOutOfRangeException">Outside that.</exception>
    public int MinRsaBits { get; init => field = Between(value, 1024, 8192); } = 2048;

    /// <summary>The largest RSA key in a chain but for a trusted root's, in bits.</summary>
    /// <value>
    /// 2,048 to 16,384. Default 8,192: above it checking a signature costs more than a handshake is worth, and the peer chooses the key.
    /// </value>
    /// <exception cref="ArgumentOutOfRangeException">Outside that.</exception>
    public int MaxRsaBits { get; init => field = Between(value, 2048, 16384); } = 8192;

    /// <summary>
    /// Why this policy does not take a certificate in a chain: its key, or how it is signed, is weak or not known to be strong. The same
    /// rule by which peers' certificates and our own are judged.
    /// </summary>
    /// <param name="certificate">Any; of a trusted root nothing but its name and key counts, so it need not be asked about.</param>
    /// <returns>In words that are read behind the certificate's name; null when it is strong enough.</returns>
    public string? WeaknessOf(X509Certificate2 certificate)
    {
        ArgumentNullException.ThrowIfNull(certificate);
        return Strength.Of(certificate, this)?.Detail;
    }

    /// <summary>Whether a server follows the client's order of suites and groups. Default false: its own decides.</summary>
    public bool PreferClientOrder { get; init; }

    /// <summary>
    /// TLS 1.2: whether both sides must bind the keys to the whole handshake (extended master secret, RFC 7627). TLS 1.3 always does.
    /// </summary>
    /// <value>
    /// Default true: without it, who is in the middle of two connections can make their keys equal. False admits peers that do not know
    /// it, such as scanners and what is older than 2015; their sessions are not resumed, and nothing is exported from them. A server then
    /// also admits clients without renegotiation_info (RFC 5746): it never renegotiates.
    /// </value>
    public bool RequireExtendedMasterSecret { get; init; } = true;

    /// <summary>
    /// TLS 1.2: whether the peer must know secure renegotiation (RFC 5746), which it says by renegotiation_info, or as a client by a cipher
    /// suite. TLS 1.3 has no renegotiation.
    /// </summary>
    /// <value>
    /// Default true. False admits peers without, such as wolfSSL's clients. We never renegotiate; but a server without it can be made to
    /// take
    /// what another has said before for the beginning of what we say, and a client of ours cannot tell (RFC 5746 section 4.1).
    /// </value>
    public bool RequireSecureRenegotiation { get; init; } = true;

    private static int Between(int value, int from, int to, [CallerMemberName] string name = "") =>
        value >= from && value <= to
            ? value : throw new ArgumentOutOfRangeException(name, value, $"{name} should be {from} to {to} bits, got {value}.");
}
