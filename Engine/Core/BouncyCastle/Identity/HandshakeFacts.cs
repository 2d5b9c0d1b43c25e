using System.Security.Cryptography.X509Certificates;
using TlsFsm.Abstractions.Verification;
using TlsFsm.Core.BouncyCastle.Library;
using TlsFsm.Core.Certificates;

namespace TlsFsm.Core.BouncyCastle.Identity;

/// <summary>
/// What a handshake goes by and what it has come to, as far as BouncyCastle does not keep it: by whose signature, with which key, in
/// which group. Written where it becomes known, read when the handshake is over.
/// </summary>
internal sealed class HandshakeFacts
{
    /// <summary>How the peer's certificates are refused, if they are.</summary>
    public Refusal Refusal { get; init; } = Refusal.OfClient;

    /// <summary>What signatures and keys of the peer are accepted.</summary>
    public SecurityPolicy Policy { get; set; } = SecurityPolicy.Of(TlsPolicy.Default, TlsPolicy.Default.Protocols);

    /// <summary>The group of the last elliptic-curve key exchange; negative before one. TLS 1.2 says it nowhere else.</summary>
    public int LastGroup { get; set; } = -1;

    /// <summary>The scheme of the last signature of the peer; negative before one.</summary>
    public int PeerSignatureScheme { get; set; } = -1;

    /// <summary>The scheme that we sign with; negative when we do not.</summary>
    public int OwnSignatureScheme { get; set; } = -1;

    /// <summary>The identity of the pre-shared key in use; null without one.</summary>
    public byte[]? PskIdentity { get; set; }

    /// <summary>The verdict on the peer's certificates, which may hold the key that is in them; null when there is none.</summary>
    public ChainVerdict? PeerVerdict { get; set; }

    /// <summary>The peer's certificate; null without one.</summary>
    public X509Certificate2? PeerLeaf { get; set; }
}
