using System.Security.Cryptography;

namespace TlsFsm.Core.Primitives;

/// <summary>.NET's AES-GCM.</summary>
internal sealed class PlatformGcm(ReadOnlySpan<byte> key) : IAead
{
    private readonly AesGcm _gcm = new(key, IAead.TagSize);

    public void Encrypt(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> additional, Span<byte> content)
    {
        var inner = content[..^IAead.TagSize];
        _gcm.Encrypt(nonce, inner, inner, content[^IAead.TagSize..], additional);
    }

    public void Decrypt(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> additional, ReadOnlySpan<byte> source, Span<byte> content) =>
        _gcm.Decrypt(nonce, source[..^IAead.TagSize], source[^IAead.TagSize..], content[..^IAead.TagSize], additional);

    public void Dispose() => _gcm.Dispose();
}

/// <summary>.NET's ChaCha20-Poly1305.</summary>
internal sealed class PlatformChaCha(ReadOnlySpan<byte> key) : IAead
{
    private readonly ChaCha20Poly1305 _chaCha = new(key);

    public void Encrypt(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> additional, Span<byte> content)
    {
        var inner = content[..^IAead.TagSize];
        _chaCha.Encrypt(nonce, inner, inner, content[^IAead.TagSize..], additional);
    }

    public void Decrypt(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> additional, ReadOnlySpan<byte> source, Span<byte> content) =>
        _chaCha.Decrypt(nonce, source[..^IAead.TagSize], source[^IAead.TagSize..], content[..^IAead.TagSize], additional);

    public void Dispose() => _chaCha.Dispose();
}
