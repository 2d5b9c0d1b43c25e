using System.Buffers.Binary;
using System.Security.Cryptography;
using Org.BouncyCastle.Tls;
using Org.BouncyCastle.Tls.Crypto;
using Org.BouncyCastle.Tls.Crypto.Impl;
using TlsFsm.Abstractions.Policy;
using TlsFsm.Core.BouncyCastle.Library;
using TlsFsm.Core.Primitives;
using TlsFsm.Core.Records;
using TlsFsm.Core.Strictness;

namespace TlsFsm.Core.BouncyCastle.Records;

/// <summary>
/// Protects records with the system's AES-GCM or ChaCha20-Poly1305, on TLS 1.3 (RFC 8446 section 5.2) and 1.2 (RFC 5288, RFC 7905),
/// in place and without garbage but for BouncyCastle's two result objects.
/// </summary>
internal sealed partial class AeadRecordCipher : TlsCipher, TlsCipherExt, IDisposable
{
    private const int TagSize = IAead.TagSize;
    private const int NonceSize = AeadKey.NonceSize;
    private const int MaxAdditionalData = 13;

    // RecordStream copies the result into its queue at once, so one buffer a thread serves all connections. It only ever holds ciphertext
    // when EncodePlaintext has returned.
    [ThreadStatic]
    private static byte[]? t_encoded;

    private readonly TlsCryptoParameters _parameters;
    private readonly RecordContents _contents;
    private readonly bool _isTls13;
    private readonly TlsRecordPadding _padding;
    private readonly int _keySize;

    /// <summary>Bytes of the nonce that come from the key schedule; the rest (TLS 1.2 GCM: 8) travels in each record.</summary>
    private readonly int _fixedNonceSize;
    private readonly int _explicitNonceSize;
    private readonly AeadKey _encoder;
    private readonly AeadKey _decoder;

    /// <param name="parameters">Where the keys are.</param>
    /// <param name="contents">Told what records hold.</param>
    /// <param name="padding">How records of TLS 1.3 are filled up.</param>
    /// <param name="keySize">In bytes.</param>
    /// <param name="isChaCha">ChaCha20-Poly1305; AES-GCM otherwise.</param>
    /// <param name="platform">What there is to do it.</param>
    public AeadRecordCipher(
        TlsCryptoParameters parameters, RecordContents contents, TlsRecordPadding padding, int keySize, bool isChaCha,
        PlatformCiphers platform)
    {
        if (!TlsImplUtilities.IsTlsV12(parameters))
            throw Faults.Carry(OwnFaults.Internal("The record cipher is for TLS 1.2 and 1.3."));

        _parameters = parameters;
        _contents = contents;
        _isTls13 = TlsImplUtilities.IsTlsV13(parameters);
        _encoder = new AeadKey(isEncoder: true, isChaCha, platform);
        _decoder = new AeadKey(isEncoder: false, isChaCha, platform);
        _padding = padding;
        _keySize = keySize;
        _fixedNonceSize = _isTls13 || isChaCha ? NonceSize : 4;
        _explicitNonceSize = NonceSize - _fixedNonceSize;
        if (_isTls13)
        {
            RekeyDecoder();
            RekeyEncoder();
        }
        else
        {
            RecordKeys.Set12(_parameters, _encoder, _decoder, _keySize, _fixedNonceSize);
        }
    }

    public bool UsesOpaqueRecordType => _isTls13;

    /// <summary>What protection adds to a record.</summary>
    private int Overhead => _explicitNonceSize + TagSize + (_isTls13 ? 1 : 0);

    public int GetCiphertextDecodeLimit(int plaintextLimit) => plaintextLimit + Overhead;
    public int GetCiphertextEncodeLimit(int plaintextLength, int plaintextLimit) => Math.Min(plaintextLength, plaintextLimit) + Overhead;
    public int GetPlaintextLimit(int ciphertextLimit) => ciphertextLimit - Overhead;
    public int GetPlaintextDecodeLimit(int ciphertextLimit) => ciphertextLimit - Overhead;
    public int GetPlaintextEncodeLimit(int ciphertextLimit) => ciphertextLimit - Overhead;

    public TlsEncodeResult EncodePlaintext(
        long seqNo, short contentType, ProtocolVersion recordVersion, int headerAllocation, byte[] plaintext, int offset, int len) =>
        EncodePlaintext(seqNo, contentType, recordVersion, headerAllocation, plaintext.AsSpan(offset, len));

    public TlsEncodeResult EncodePlaintext(
        long seqNo, short contentType, ProtocolVersion recordVersion, int headerAllocation, ReadOnlySpan<byte> plaintext)
    {
        var size = headerAllocation + SealedSize(plaintext.Length, contentType) - RecordHeader.Size;
        var encoded = t_encoded;
        if (encoded is null || encoded.Length < size)
            t_encoded = encoded = new byte[Math.Max(size, RecordHeader.Size + (1 << 14) + 256)];

        Protect(encoded.AsSpan(headerAllocation, size - headerAllocation), _sealed.Take(seqNo), contentType, plaintext);
        return new TlsEncodeResult(encoded, 0, size, _isTls13 ? ContentType.application_data : contentType);
    }

    public TlsDecodeResult DecodeCiphertext(
        long seqNo, short recordType, ProtocolVersion recordVersion, byte[] ciphertext, int offset, int len)
    {
        if (TakeOpened(seqNo) is not { } opened)
        {
            if (len < Overhead)
                throw Faults.Carry(RecordFaults.ShortCiphertext.ToException());

            opened = Unprotect(ciphertext.AsSpan(offset, len), _received.Take(seqNo), recordType);
        }

        if (opened.Fault is { } fault)
            throw new TlsFatalAlert((short)RecordFaults.Forged.Alert, fault);
        if (opened.ContentType < 0)
            throw Faults.Carry(RecordFaults.NoContentType.ToException());

        _contents.Opened(opened.ContentType, ciphertext.AsSpan(offset + opened.Start, opened.Count));
        return new TlsDecodeResult(ciphertext, offset + opened.Start, opened.Count, opened.ContentType);
    }

    public void RekeyDecoder()
    {
        RecordKeys.Set13(_parameters, _decoder, _keySize, ofServer: !_parameters.IsServer);
        _received.Restart();
    }

    public void RekeyEncoder()
    {
        RecordKeys.Set13(_parameters, _encoder, _keySize, ofServer: _parameters.IsServer);
        _sealed.Restart();
    }

    /// <summary>Lets go of what the keys have made of themselves; the next records make it anew.</summary>
    public void Rest() => AeadKey.Rest(_encoder, _decoder);

    public void Dispose()
    {
        _encoder.Dispose();
        _decoder.Dispose();
    }

    /// <summary>Protects a record's content into <paramref name="body"/>, which has exactly the size for it.</summary>
    private void Protect(Span<byte> body, long sequence, short contentType, ReadOnlySpan<byte> plaintext)
    {
        var innerSize = body.Length - _explicitNonceSize - TagSize;
        Span<byte> nonce = stackalloc byte[NonceSize];
        _encoder.WriteNonce(nonce, sequence);
        Span<byte> additional = stackalloc byte[MaxAdditionalData];
        additional = additional[..WriteAdditionalData(
            additional, sequence, _isTls13 ? ContentType.application_data : contentType, body.Length, innerSize)];

        nonce[_fixedNonceSize..].CopyTo(body);
        var inner = body.Slice(_explicitNonceSize, innerSize);
        plaintext.CopyTo(inner);
        if (_isTls13)
        {
            // RFC 8446 section 5.2: content, type, zeros. The buffer was used before.
            inner[plaintext.Length] = (byte)contentType;
            inner[(plaintext.Length + 1)..].Clear();
        }

        _encoder.Encrypt(nonce, body[_explicitNonceSize..], additional);
    }

    /// <summary>Opens a record's body, which is no shorter than its protection, in place. What is wrong with it is in the result.</summary>
    private OpenedRecord Unprotect(Span<byte> body, long sequence, short recordType)
    {
        var opened = Unprotect(body, body[_explicitNonceSize..], sequence, recordType);
        return opened with { Start = opened.Start + _explicitNonceSize };
    }

    /// <summary>Opens a record's body to another place, which has room for all behind the explicit nonce.</summary>
    private OpenedRecord Unprotect(ReadOnlySpan<byte> body, Span<byte> content, long sequence, short recordType)
    {
        var innerSize = body.Length - _explicitNonceSize - TagSize;
        Span<byte> nonce = stackalloc byte[NonceSize];
        _decoder.WriteNonce(nonce, sequence);
        body[.._explicitNonceSize].CopyTo(nonce[_fixedNonceSize..]);
        Span<byte> additional = stackalloc byte[MaxAdditionalData];
        additional = additional[..WriteAdditionalData(additional, sequence, recordType, body.Length, innerSize)];

        var inner = content[..innerSize];
        try
        {
            _decoder.Decrypt(nonce, body[_explicitNonceSize..], content, additional);
        }
        catch (AuthenticationTagMismatchException e)
        {
            return new OpenedRecord(0, 0, -1, e);
        }

        if (!_isTls13)
            return new OpenedRecord(0, innerSize, recordType, null);

        // RFC 8446 section 5.4: zeros after the content type are padding.
        var end = inner.LastIndexOfAnyExcept((byte)0);
        return end < 0 ? new OpenedRecord(0, 0, -1, null) : new OpenedRecord(0, end, inner[end], null);
    }

    /// <summary>Data and alerts are padded: the size of a handshake message is no secret.</summary>
    private int PaddedSize(int size, short contentType)
    {
        if (_padding.Multiple == 1 || contentType == ContentType.handshake)
            return size;

        var fragment = _parameters.SecurityParameters.MaxFragmentLength;
        return _padding.Fill(size, 1 + (fragment >= 0 ? 1 << (8 + fragment) : TlsRecordSize.Max));
    }

    private int WriteAdditionalData(Span<byte> to, long sequence, short recordType, int bodySize, int innerSize)
    {
        var at = 0;
        if (!_isTls13)
        {
            BinaryPrimitives.WriteInt64BigEndian(to, sequence);
            at = sizeof(long);
        }

        // The version of every record here is 3.3: TLS 1.2, and 1.3's legacy version.
        to[at] = (byte)recordType;
        to[at + 1] = 3;
        to[at + 2] = 3;
        BinaryPrimitives.WriteUInt16BigEndian(to[(at + 3)..], (ushort)(_isTls13 ? bodySize : innerSize));
        return at + RecordHeader.Size;
    }
}
