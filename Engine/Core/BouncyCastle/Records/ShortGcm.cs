using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using Org.BouncyCastle.Crypto;
using Org.BouncyCastle.Crypto.Modes;
using Org.BouncyCastle.Crypto.Parameters;

namespace TlsFsm.Core.BouncyCastle.Records;

/// <summary>
/// AES-GCM for short records, in one direction under one key: BouncyCastle's, on the processor's own instructions. The platform's takes
/// 0.9 µs before the first byte, four times as long as this for 64 bytes; from some 1,400 bytes on it is ahead.
/// </summary>
/// <remarks>
/// Used only where those instructions are: without them BouncyCastle's AES looks up tables, which is slow and tells a neighbour about the
/// key.
/// </remarks>
internal sealed class ShortGcm(ReadOnlySpan<byte> key, bool isEncoder) : IDisposable
{
    /// <summary>The longest content that is done here.</summary>
    public const int MaxSize = 1400 + 1;

    private const int TagSize = 16;

    // Kept until the first short record makes the cipher: many connections never send one.
    private readonly byte[] _key = key.ToArray();
    private GcmBlockCipher? _cipher;

    // Whether the last record was done to its end.
    private bool _isFresh;

    /// <summary>Encrypts in place and writes the tag after it.</summary>
    /// <param name="nonce">12 bytes, never twice under one key.</param>
    /// <param name="additional">Authenticated with the content.</param>
    /// <param name="content">What to encrypt, followed by room for the tag.</param>
    public void Encrypt(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> additional, Span<byte> content)
    {
        var cipher = Begin(nonce, additional);
        var done = cipher.ProcessBytes(content[..^TagSize], content);
        cipher.DoFinal(content[done..]);
        _isFresh = true;
    }

    /// <summary>Decrypts in place.</summary>
    /// <param name="nonce">As <see cref="Encrypt"/>.</param>
    /// <param name="additional">As <see cref="Encrypt"/>.</param>
    /// <param name="content">What to decrypt, followed by the tag.</param>
    /// <exception cref="AuthenticationTagMismatchException">It does not authenticate. What was decrypted is wiped.</exception>
    public void Decrypt(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> additional, Span<byte> content)
    {
        var cipher = Begin(nonce, additional);
        try
        {
            var done = cipher.ProcessBytes(content, content);
            cipher.DoFinal(content[done..]);
            _isFresh = true;
        }
        catch (InvalidCipherTextException)
        {
            CryptographicOperations.ZeroMemory(content);
            throw new AuthenticationTagMismatchException();
        }
    }

    /// <summary>Forgets the key, as far as BouncyCastle's objects let it be forgotten.</summary>
    public void Dispose()
    {
        CryptographicOperations.ZeroMemory(_key);
        _cipher = null;
    }

    private GcmBlockCipher Begin(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> additional)
    {
        if (_cipher is null)
        {
            _cipher = new GcmBlockCipher(AesUtilities.CreateEngine());
            _cipher.Init(isEncoder, new ParametersWithIV(new KeyParameter(_key), nonce));
        }
        else if (!_isFresh)
        {
            // Without a key: the same key again.
            _cipher.Init(isEncoder, new ParametersWithIV(null, nonce));
        }
        else
        {
            // What Init would do, without the ten arrays that it makes: DoFinal has left all at the beginning of a record but the nonce.
            var first = FirstCounter(_cipher);
            if (isEncoder && nonce.SequenceEqual(first.AsSpan(0, nonce.Length)))
                throw new ArgumentException("A nonce was about to be used twice under one key.", nameof(nonce));

            nonce.CopyTo(first);
            nonce.CopyTo(Counter(_cipher));
            IsInitialised(_cipher) = true;
        }

        _isFresh = false;
        _cipher.ProcessAadBytes(additional);
        return _cipher;
    }

    // Three names that BouncyCastle keeps to itself: LibraryFit says whether they still fit.
    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "J0")]
    private static extern ref byte[] FirstCounter(GcmBlockCipher cipher);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "counter")]
    private static extern ref byte[] Counter(GcmBlockCipher cipher);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "initialised")]
    private static extern ref bool IsInitialised(GcmBlockCipher cipher);
}
