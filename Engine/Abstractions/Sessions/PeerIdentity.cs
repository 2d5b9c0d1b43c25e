using System.Security.Cryptography.X509Certificates;

namespace TlsFsm.Abstractions.Sessions;

/// <summary>What a peer has shown of itself in a full handshake, which the sessions that go back to it keep.</summary>
/// <param name="Certificates">Its chain, leaf first; empty without one.</param>
/// <param name="RawPublicKey">Its bare key (RFC 7250); empty without one.</param>
internal sealed record PeerIdentity(IReadOnlyList<X509Certificate2> Certificates, ReadOnlyMemory<byte> RawPublicKey)
{
    /// <summary>It has shown nothing.</summary>
    public static PeerIdentity None { get; } = new([], default);

    /// <summary>Whether it has shown nothing.</summary>
    public bool IsNone => Certificates.Count == 0 && RawPublicKey.IsEmpty;
}
