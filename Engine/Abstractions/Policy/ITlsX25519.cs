namespace TlsFsm;

/// <summary>
/// X25519 (RFC 7748 section 5) by a library of the caller's choice: in managed code it is half of the cost of a resumed handshake.
/// <see cref="TlsX25519"/> has two, <c>TlsFsm.Sodium</c> a third, which is the quickest.
/// </summary>
/// <remarks>
/// Called in the middle of a handshake, on its loop, by several connections at once: it must be quick, take no lock that is held for long,
/// and keep nothing. What it throws ends the handshake as <see cref="TlsFault.Application"/>. Whether a secret is zero (RFC 8446 section
/// 7.4.2) is looked at by the engine, whatever this does.
/// </remarks>
public interface ITlsX25519
{
    /// <summary>The public key of a private one: <c>X25519(k, 9)</c>.</summary>
    /// <param name="privateKey">32 random bytes, which are clamped here (RFC 7748 section 5).</param>
    /// <param name="publicKey">Where it goes, 32 bytes.</param>
    void DerivePublicKey(ReadOnlySpan<byte> privateKey, Span<byte> publicKey);

    /// <summary>The secret that two share: <c>X25519(k, u)</c>.</summary>
    /// <param name="privateKey">32 random bytes, which are clamped here.</param>
    /// <param name="peerKey">The peer's public key, 32 bytes, whatever they are.</param>
    /// <param name="secret">
    /// Where it goes, 32 bytes. All zero for a peer's key of low order; a library that reports this otherwise leaves them so.
    /// </param>
    void DeriveSecret(ReadOnlySpan<byte> privateKey, ReadOnlySpan<byte> peerKey, Span<byte> secret);
}
