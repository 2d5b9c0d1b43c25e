using System.Security.Cryptography;

namespace TlsFsm.Core.Primitives;

/// <summary>An authenticated cipher under one key, in one direction. For one caller at a time.</summary>
internal interface IAead : IDisposable
{
    /// <summary>In bytes.</summary>
    const int TagSize = 16;

    /// <summary>Encrypts in place and writes the tag after it.</summary>
    /// <param name="nonce">12 bytes, never twice under one key.</param>
    /// <param name="additional">Authenticated with the content.</param>
    /// <param name="content">What to encrypt, followed by room for the tag.</param>
    void Encrypt(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> additional, Span<byte> content);

    /// <summary>Decrypts to another place, or in place.</summary>
    /// <param name="nonce">As <see cref="Encrypt"/>.</param>
    /// <param name="additional">As <see cref="Encrypt"/>.</param>
    /// <param name="source">What to decrypt, followed by the tag.</param>
    /// <param name="content">As long; the plaintext comes to its beginning. The same, or apart.</param>
    /// <exception cref="AuthenticationTagMismatchException">It does not authenticate; there is nothing of it in the content.</exception>
    void Decrypt(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> additional, ReadOnlySpan<byte> source, Span<byte> content);
}
