using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using Org.BouncyCastle.Crypto;
using Org.BouncyCastle.Crypto.Modes;
using Org.BouncyCastle.Crypto.Parameters;
using TlsFsm.Core.Primitives;

namespace TlsFsm.Core.BouncyCastle.Records;

/// <summary>
/// AES-GCM for short records, in one direction under one key: BouncyCastle's, on the processor's own instructions. .NET's takes 0.9 µs
/// before the first byte, four times as long as this for 64 bytes; from some 1,400 bytes on it is ahead. OpenSSL called directly is ahead
/// from some 250 bytes on.
/// </summary>
/// <remarks>
/// Used only where those instructions are: without them BouncyCastle's AES looks up tables, which is slow and tells a neighbour about the
/// key.
/// </remarks>
internal sealed class ShortGcm(ReadOnlySpan<byte> key, bool isEncoder) : IAead
{
    /// <summary>The longest content that is done here where .NET's is the other way, with the type of TLS 1.3.</summary>
    public const int MaxSize = 1400 + 1;

    /// <summary>The longest where <see cref="OpenSslAead"/> is.</summary>
    public const int MaxSizeBesideOpenSsl = 256 + 1;

    private const int TagSize = IAead.TagSize;
    private const int BlockSize = 16;

    // Kept until the first short record makes the cipher: many connections never send one.
    private readonly byte[] _key = key.ToArray();
    private GcmBlockCipher? _cipher;

    public void Encrypt(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> additional, Span<byte> content)
    {
        var cipher = Begin(nonce, additional);
        var done = cipher.ProcessBytes(content[..^TagSize], content);
        Finish(cipher, content[done..^TagSize], content[^TagSize..]);
    }

    public void Decrypt(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> additional, ReadOnlySpan<byte> source, Span<byte> content)
    {
        source.CopyTo(content);
        Decrypt(nonce, additional, content);
    }

    private void Decrypt(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> additional, Span<byte> content)
    {
        var cipher = Begin(nonce, additional);
        Span<byte> tag = stackalloc byte[TagSize];
        var done = cipher.ProcessBytes(content, content);
        Finish(cipher, content[done..^TagSize], tag);
        if (CryptographicOperations.FixedTimeEquals(tag, content[^TagSize..]))
            return;

        CryptographicOperations.ZeroMemory(content);
        throw new AuthenticationTagMismatchException();
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
        else
        {
            Restart(_cipher, nonce);
        }

        _cipher.ProcessAadBytes(additional);
        return _cipher;
    }

    /// <summary>What Init does, without the ten arrays that it makes.</summary>
    private void Restart(GcmBlockCipher cipher, ReadOnlySpan<byte> nonce)
    {
        var first = Inside.FirstCounter(cipher);
        if (isEncoder && nonce.SequenceEqual(first.AsSpan(0, nonce.Length)))
            throw new ArgumentException("A nonce was about to be used twice under one key.", nameof(nonce));

        // Behind the nonce of 12 bytes the counter begins with 1 (NIST SP 800-38D section 7.1, step 2).
        nonce.CopyTo(first);
        first.CopyTo(Inside.Counter(cipher), 0);
        Inside.Count(cipher) = 1;
        Inside.BlocksRemaining(cipher) = uint.MaxValue - 1;
        Inside.Hash(cipher).AsSpan().Clear();
        Inside.HashOfAdditional(cipher).AsSpan().Clear();
        Inside.HashOfWholeAdditional(cipher).AsSpan().Clear();
        Inside.AdditionalHashed(cipher) = 0;
        Inside.WholeAdditionalHashed(cipher) = 0;
        Inside.AdditionalWaiting(cipher) = 0;
        Inside.Waiting(cipher) = 0;
        Inside.Length(cipher) = 0;
    }

    /// <summary>What DoFinal does, without the six arrays that it makes.</summary>
    /// <param name="cipher">Has all but the end of a record.</param>
    /// <param name="rest">Where what it keeps belongs: less than a block.</param>
    /// <param name="tag">The tag comes here.</param>
    private static void Finish(GcmBlockCipher cipher, Span<byte> rest, Span<byte> tag)
    {
        if (Inside.Length(cipher) == 0)
            Inside.TakeAdditional(cipher);
        var waiting = Inside.Block(cipher).AsSpan(0, rest.Length);
        if (!rest.IsEmpty)
            Inside.ProcessPartial(cipher, waiting, rest);
        waiting.Clear();

        // NIST SP 800-38D section 7.1, steps 5 and 6: the lengths in bits are the last block that is hashed; the tag is that hash under
        // the first counter.
        Span<byte> lengths = stackalloc byte[BlockSize];
        BinaryPrimitives.WriteUInt64BigEndian(lengths, Inside.AdditionalHashed(cipher) * 8);
        BinaryPrimitives.WriteUInt64BigEndian(lengths[8..], Inside.Length(cipher) * 8);
        var hash = Inside.Hash(cipher);
        Inside.HashBlock(cipher, hash, lengths);
        cipher.UnderlyingCipher.ProcessBlock(Inside.FirstCounter(cipher), tag);
        for (var i = 0; i < TagSize; i++)
            tag[i] ^= hash[i];
    }

    /// <summary>
    /// What BouncyCastle keeps to itself: LibraryFit says whether it still fits. Tests hold it against the platform's GCM and
    /// BouncyCastle's own use of it.
    /// </summary>
    private static class Inside
    {
        [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "J0")]
        public static extern ref byte[] FirstCounter(GcmBlockCipher cipher);

        [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "counter")]
        public static extern ref byte[] Counter(GcmBlockCipher cipher);

        [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "counter32")]
        public static extern ref uint Count(GcmBlockCipher cipher);

        [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "blocksRemaining")]
        public static extern ref uint BlocksRemaining(GcmBlockCipher cipher);

        [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "S")]
        public static extern ref byte[] Hash(GcmBlockCipher cipher);

        [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "S_atPre")]
        public static extern ref byte[] HashOfAdditional(GcmBlockCipher cipher);

        [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "S_at")]
        public static extern ref byte[] HashOfWholeAdditional(GcmBlockCipher cipher);

        [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "atLength")]
        public static extern ref ulong WholeAdditionalHashed(GcmBlockCipher cipher);

        [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "atLengthPre")]
        public static extern ref ulong AdditionalHashed(GcmBlockCipher cipher);

        [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "bufBlock")]
        public static extern ref byte[] Block(GcmBlockCipher cipher);

        [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "bufOff")]
        public static extern ref int Waiting(GcmBlockCipher cipher);

        [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "totalLength")]
        public static extern ref ulong Length(GcmBlockCipher cipher);

        [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "atBlockPos")]
        public static extern ref int AdditionalWaiting(GcmBlockCipher cipher);

        [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "InitCipher")]
        public static extern void TakeAdditional(GcmBlockCipher cipher);

        [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "ProcessPartial")]
        public static extern void ProcessPartial(GcmBlockCipher cipher, Span<byte> block, Span<byte> output);

        [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "gHASHBlock")]
        public static extern void HashBlock(GcmBlockCipher cipher, byte[] hash, ReadOnlySpan<byte> block);
    }
}
