using System.Security.Authentication;
using Org.BouncyCastle.Tls;

namespace TlsFsm.Core.BouncyCastle;

/// <summary>What both roles speak: TLS 1.3 and 1.2 with forward secrecy and authenticated encryption, nothing else. Most wanted first.</summary>
internal static class SecurityPolicy
{
    public const int MinRsaKeyBits = 2048;

    /// <summary>Above this a signature check costs more than a handshake is worth.</summary>
    public const int MaxRsaKeyBits = 8192;

    /// <summary>Without a pair of keys of 128-bit strength or more there is no group here; the hybrid also withstands a quantum computer.</summary>
    private static readonly int[] AllGroups = [NamedGroup.X25519MLKEM768, NamedGroup.x25519, NamedGroup.secp256r1, NamedGroup.secp384r1];

    private static readonly int[] Groups12 = [NamedGroup.x25519, NamedGroup.secp256r1, NamedGroup.secp384r1];

    private static readonly int[] CipherSuites13 =
    [
        CipherSuite.TLS_AES_128_GCM_SHA256,
        CipherSuite.TLS_AES_256_GCM_SHA384,
        CipherSuite.TLS_CHACHA20_POLY1305_SHA256,
    ];

    private static readonly int[] CipherSuites12 =
    [
        CipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
        CipherSuite.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
        CipherSuite.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
        CipherSuite.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
        CipherSuite.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
        CipherSuite.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
    ];

    /// <summary>Signature schemes, in clients' offers and servers' requests.</summary>
    /// <remarks>The last three sign handshakes on TLS 1.2 only; on 1.3 they stand for certificates (RFC 8446 section 4.2.3).</remarks>
    private static readonly int[] Schemes =
    [
        SignatureScheme.ecdsa_secp256r1_sha256,
        SignatureScheme.ecdsa_secp384r1_sha384,
        SignatureScheme.ecdsa_secp521r1_sha512,
        SignatureScheme.rsa_pss_rsae_sha256,
        SignatureScheme.rsa_pss_rsae_sha384,
        SignatureScheme.rsa_pss_rsae_sha512,
        SignatureScheme.rsa_pkcs1_sha256,
        SignatureScheme.rsa_pkcs1_sha384,
        SignatureScheme.rsa_pkcs1_sha512,
    ];

    public static ProtocolVersion[] Versions(SslProtocols enabled) => (enabled.HasFlag(SslProtocols.Tls13), enabled.HasFlag(SslProtocols.Tls12)) switch
    {
        (true, true) => [ProtocolVersion.TLSv13, ProtocolVersion.TLSv12],
        (true, false) => [ProtocolVersion.TLSv13],
        _ => [ProtocolVersion.TLSv12],
    };

    public static int[] CipherSuites(SslProtocols enabled) => (enabled.HasFlag(SslProtocols.Tls13), enabled.HasFlag(SslProtocols.Tls12)) switch
    {
        (true, true) => [.. CipherSuites13, .. CipherSuites12],
        (true, false) => [.. CipherSuites13],
        _ => [.. CipherSuites12],
    };

    public static int[] Groups(SslProtocols enabled) => [.. enabled.HasFlag(SslProtocols.Tls13) ? AllGroups : Groups12];

    /// <summary>
    /// What a client offers. On TLS 1.2 the list also names the curves of the certificates that it takes (RFC 8422 section 5.1), its own
    /// included: without P-521 such a certificate, ours or the server's, would end the handshake. As the last one it is hardly ever agreed on.
    /// </summary>
    public static int[] OfferedGroups(SslProtocols enabled) => [.. Groups(enabled), NamedGroup.secp521r1];

    /// <summary>The groups that a client sends a key share for at once: one round trip with servers that know the hybrid, and with those that do not.</summary>
    public static IList<int> KeyShareGroups(SslProtocols enabled) =>
        enabled.HasFlag(SslProtocols.Tls13) ? [NamedGroup.X25519MLKEM768, NamedGroup.x25519] : [];

    /// <summary>Those of the policy's choices that are wanted, in the order of the wish; all of them without one.</summary>
    public static int[] Narrow(IList<int> allowed, IEnumerable<int>? wanted) => wanted is null ? [.. allowed] : [.. wanted.Where(allowed.Contains)];

    public static IList<SignatureAndHashAlgorithm> SignatureAlgorithms() =>
        [.. Schemes.Select(SignatureScheme.GetSignatureAndHashAlgorithm)];

    /// <summary>The group of a TLS 1.2 key exchange: ours in our order, of those that the client has; negative without one.</summary>
    /// <param name="offered">The client's groups; null when it names none, which leaves the choice to us (RFC 8422 section 4).</param>
    public static int SelectGroup12(int[]? offered)
    {
        if (offered is null)
            return NamedGroup.secp256r1;

        foreach (var group in Groups12)
        {
            if (Array.IndexOf(offered, group) >= 0)
                return group;
        }

        return -1;
    }

    /// <summary>Whether a scheme may sign a handshake of this version.</summary>
    public static bool Permits(int scheme, bool isTls13) =>
        Array.IndexOf(Schemes, scheme) >= 0 && !(isTls13 && IsPkcs1(scheme));

    private static bool IsPkcs1(int scheme) =>
        scheme is SignatureScheme.rsa_pkcs1_sha256 or SignatureScheme.rsa_pkcs1_sha384 or SignatureScheme.rsa_pkcs1_sha512;
}
