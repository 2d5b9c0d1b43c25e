namespace TlsFsm;

/// <summary>A private key that is somewhere else: in another process, a vault, a security module.</summary>
public interface ITlsSigner
{
    /// <summary>
    /// Sets about signing a hash, or with <see cref="TlsSignatureScheme.Ed25519"/> a message. Called on a connection's loop, so it must not
    /// block; many may be under way at once.
    /// </summary>
    /// <param name="scheme">
    /// How: ECDSA in the form of RFC 3279 (a DER sequence), RSA with PSS or PKCS#1 v1.5 padding, Ed25519 as 64 bytes; the hash function is
    /// the scheme's.
    /// </param>
    /// <param name="hash">
    /// What is signed: the hash, with Ed25519 the whole message, because that hashes twice by itself. Valid also after the call.
    /// </param>
    /// <param name="decision">Takes the signature, now or later.</param>
    void Sign(TlsSignatureScheme scheme, ReadOnlyMemory<byte> hash, TlsDecision<ReadOnlyMemory<byte>> decision);
}
