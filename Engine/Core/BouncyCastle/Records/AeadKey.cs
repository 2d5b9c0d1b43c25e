using System.Buffers.Binary;
using System.Security.Cryptography;
using TlsFsm.Abstractions.Policy;
using TlsFsm.Core.Primitives;

namespace TlsFsm.Core.BouncyCastle.Records;

/// <summary>The key of one direction: AES-GCM or ChaCha20-Poly1305 of the system, and for short records of AES-GCM our own way.</summary>
/// <param name="isEncoder">Whether it seals; otherwise it opens.</param>
/// <param name="isChaCha">ChaCha20-Poly1305; AES-GCM otherwise.</param>
/// <param name="platform">What there is to do it.</param>
internal sealed class AeadKey(bool isEncoder, bool isChaCha, PlatformCiphers platform) : IDisposable
{
    public const int NonceSize = 12;

    // A ShortGcm takes longer to make than so many records take, and leaves 1.2 kB of garbage; the keys of a handshake seldom have more.
    private const int ShortsByOpenSsl = 4;

    private readonly byte[] _fixedNonce = new byte[NonceSize];

    // The key makes its objects with the first record that needs them: those that protect a handshake see short records only, and one of
    // the platform's takes 2.6 kB outside of the managed heap.
    private byte[]? _key;
    private ShortGcm? _short;
    private IAead? _long;
    private byte _shorts;

    /// <summary>The part of the nonce that comes from the key schedule; the rest is zero.</summary>
    public Span<byte> FixedNonce => _fixedNonce;

    /// <summary>Puts another key in the place of the one before.</summary>
    public void Set(ReadOnlySpan<byte> key)
    {
        Forget();
        _key = key.ToArray();
    }

    /// <summary>Writes the nonce of a record.</summary>
    public void WriteNonce(Span<byte> nonce, long sequence)
    {
        _fixedNonce.CopyTo(nonce);
        var tail = nonce[4..];

        // TLS 1.2 GCM: the fixed part is four bytes, so the last eight are zero here and become the sequence number itself.
        BinaryPrimitives.WriteUInt64BigEndian(tail, BinaryPrimitives.ReadUInt64BigEndian(tail) ^ (ulong)sequence);
    }

    /// <summary>Seals in place.</summary>
    /// <param name="nonce">The record's.</param>
    /// <param name="content">The plaintext, with room for the tag behind it.</param>
    /// <param name="additional">Authenticated with the content.</param>
    public void Encrypt(ReadOnlySpan<byte> nonce, Span<byte> content, ReadOnlySpan<byte> additional) =>
        For(content).Encrypt(nonce, additional, content);

    /// <summary>Opens in place.</summary>
    /// <param name="nonce">The record's.</param>
    /// <param name="content">The ciphertext, and the tag behind it.</param>
    /// <param name="additional">Authenticated with the content.</param>
    /// <exception cref="AuthenticationTagMismatchException">It does not authenticate.</exception>
    public void Decrypt(ReadOnlySpan<byte> nonce, Span<byte> content, ReadOnlySpan<byte> additional) =>
        Decrypt(nonce, content, content, additional);

    /// <summary>Opens to another place, or in place.</summary>
    /// <param name="nonce">The record's.</param>
    /// <param name="source">The ciphertext, and the tag behind it.</param>
    /// <param name="content">As long; the plaintext comes to its beginning. The same, or apart.</param>
    /// <param name="additional">Authenticated with the content.</param>
    /// <exception cref="AuthenticationTagMismatchException">It does not authenticate; there is nothing of it in the content.</exception>
    public void Decrypt(
        ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> source, Span<byte> content, ReadOnlySpan<byte> additional) =>
        For(source).Decrypt(nonce, additional, source, content);

    /// <summary>Forgets the key.</summary>
    public void Dispose()
    {
        Forget();
        CryptographicOperations.ZeroMemory(_fixedNonce);
    }

    /// <summary>Lets go of what was made of the keys, and keeps the keys.</summary>
    public static void Rest(AeadKey one, AeadKey other)
    {
        one.Rest();
        other.Rest();
    }

    private void Rest()
    {
        _short?.Dispose();
        _long?.Dispose();
        (_short, _long) = (null, null);
    }

    private IAead For(ReadOnlySpan<byte> content) => IsShort(content.Length - IAead.TagSize)
        ? _short ??= new ShortGcm(Key, isEncoder)
        : _long ??= MakeLong();

    private bool IsShort(int size)
    {
        if (isChaCha || !platform.HasAesInstructions)
            return false;
        if (!platform.AsksOpenSsl)
            return size <= ShortGcm.MaxSize;
        if (size > ShortGcm.MaxSizeBesideOpenSsl)
            return false;
        if (_shorts == ShortsByOpenSsl)
            return true;

        _shorts++;
        return false;
    }

    private IAead MakeLong() => (platform.AsksOpenSsl ? OpenSslAead.Make(Key, isChaCha, isEncoder) : null)
        ?? (isChaCha ? new PlatformChaCha(Key) : (IAead)new PlatformGcm(Key));

    private byte[] Key
    {
        get
        {
            ObjectDisposedException.ThrowIf(_key is null, this);
            return _key;
        }
    }

    private void Forget()
    {
        CryptographicOperations.ZeroMemory(_key);
        _key = null;
        Rest();
    }
}
