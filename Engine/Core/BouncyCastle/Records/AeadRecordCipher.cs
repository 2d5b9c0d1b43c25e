using System.Buffers.Binary;
using System.Security.Cryptography;
using Org.BouncyCastle.Tls;
using Org.BouncyCastle.Tls.Crypto;
using Org.BouncyCastle.Tls.Crypto.Impl;
using TlsFsm.Core.BouncyCastle.Library;
using TlsFsm.Core.Records;
using TlsFsm.Core.Strictness;

namespace TlsFsm.Core.BouncyCastle.Records;

/// <summary>
/// Protects records with the platform's AES-GCM or ChaCha20-Poly1305, on TLS 1.3 (RFC 8446 section 5.2) and 1.2 (RFC 5288, RFC 7905),
/// in place and without garbage but for BouncyCastle's two result objects.
/// </summary>
internal sealed partial class AeadRecordCipher : TlsCipher, TlsCipherExt, IDisposable
{
    private const int TagSize = 16;
    private const int NonceSize = 12;
    private const int MaxAdditionalData = 13;

    // RecordStream copies the result into its queue at once, so one buffer a thread serves all connections. It only ever holds ciphertext
    // when EncodePlaintext has returned.
    [ThreadStatic]
    private static byte[]? t_encoded;

    private readonly TlsCryptoParameters _parameters;
    private readonly PeerConduct _conduct;
    private readonly bool _isTls13;
    private readonly bool _isChaCha;
    private readonly bool _hasShortGcm;
    private readonly TlsRecordPadding _padding;
    private readonly int _keySize;

    /// <summary>Bytes of the nonce that come from the key schedule; the rest (TLS 1.2 GCM: 8) travels in each record.</summary>
    private readonly int _fixedNonceSize;
    private readonly int _explicitNonceSize;
    private readonly byte[] _encoderNonce = new byte[NonceSize];
    private readonly byte[] _decoderNonce = new byte[NonceSize];

    // AES: the key makes its objects with the first record that needs them. Those that protect a handshake see short records only.
    private byte[]? _encoderKey;
    private byte[]? _decoderKey;
    private AesGcm? _encoderGcm;
    private AesGcm? _decoderGcm;
    private ShortGcm? _encoderShort;
    private ShortGcm? _decoderShort;
    private ChaCha20Poly1305? _encoderChaCha;
    private ChaCha20Poly1305? _decoderChaCha;

    /// <param name="parameters">Where the keys are.</param>
    /// <param name="conduct">Told of handshake messages.</param>
    /// <param name="padding">How records of TLS 1.3 are filled up.</param>
    /// <param name="keySize">In bytes.</param>
    /// <param name="isChaCha">ChaCha20-Poly1305; AES-GCM otherwise.</param>
    /// <param name="hasShortGcm">Whether short records are <see cref="ShortGcm"/>'s.</param>
    public AeadRecordCipher(
        TlsCryptoParameters parameters, PeerConduct conduct, TlsRecordPadding padding, int keySize, bool isChaCha, bool hasShortGcm)
    {
        if (!TlsImplUtilities.IsTlsV12(parameters))
            throw Faults.Carry(OwnFaults.Internal("The record cipher is for TLS 1.2 and 1.3."));

        _parameters = parameters;
        _conduct = conduct;
        _isTls13 = TlsImplUtilities.IsTlsV13(parameters);
        _isChaCha = isChaCha;
        _hasShortGcm = hasShortGcm;
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
            SetKeys12();
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

        Protect(encoded.AsSpan(headerAllocation, size - headerAllocation), NextToSeal(seqNo), contentType, plaintext);
        return new TlsEncodeResult(encoded, 0, size, _isTls13 ? ContentType.application_data : contentType);
    }

    public TlsDecodeResult DecodeCiphertext(
        long seqNo, short recordType, ProtocolVersion recordVersion, byte[] ciphertext, int offset, int len)
    {
        if (TakeOpened(seqNo) is not { } opened)
        {
            if (len < Overhead)
                throw Faults.Carry(RecordFaults.ShortCiphertext.ToException());

            opened = Unprotect(ciphertext.AsSpan(offset, len), NextToOpen(seqNo), recordType);
        }

        if (opened.Fault is { } fault)
            throw new TlsFatalAlert((short)RecordFaults.Forged.Alert, fault);
        if (opened.ContentType < 0)
            throw Faults.Carry(RecordFaults.NoContentType.ToException());

        _conduct.OnContent(opened.ContentType, ciphertext.AsSpan(offset + opened.Start, opened.Count));
        return new TlsDecodeResult(ciphertext, offset + opened.Start, opened.Count, opened.ContentType);
    }

    public void RekeyDecoder()
    {
        Rekey(isEncoder: false, ofServer: !_parameters.IsServer);
        _openedPast = _nextToOpen = 0;
    }

    public void RekeyEncoder()
    {
        Rekey(isEncoder: true, ofServer: _parameters.IsServer);
        _sealedPast = _nextToSeal = 0;
    }

    public void Dispose()
    {
        ForgetAes(isEncoder: true);
        ForgetAes(isEncoder: false);
        _encoderChaCha?.Dispose();
        _decoderChaCha?.Dispose();
        CryptographicOperations.ZeroMemory(_encoderNonce);
        CryptographicOperations.ZeroMemory(_decoderNonce);
    }

    /// <summary>Protects a record's content into <paramref name="body"/>, which has exactly the size for it.</summary>
    private void Protect(Span<byte> body, long sequence, short contentType, ReadOnlySpan<byte> plaintext)
    {
        var innerSize = body.Length - _explicitNonceSize - TagSize;
        Span<byte> nonce = stackalloc byte[NonceSize];
        WriteNonce(nonce, _encoderNonce, sequence);
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

        var tag = body[^TagSize..];
        if (_isChaCha)
            _encoderChaCha!.Encrypt(nonce, inner, inner, tag, additional);
        else if (_hasShortGcm && innerSize <= ShortGcm.MaxSize)
            (_encoderShort ??= new ShortGcm(KeyOf(isEncoder: true), isEncoder: true)).Encrypt(
                nonce, additional, body[_explicitNonceSize..]);
        else
            (_encoderGcm ??= new AesGcm(KeyOf(isEncoder: true), TagSize)).Encrypt(nonce, inner, inner, tag, additional);
    }

    /// <summary>Opens a record's body, which is no shorter than its protection, in place. What is wrong with it is in the result.</summary>
    private Opened Unprotect(Span<byte> body, long sequence, short recordType)
    {
        var innerSize = body.Length - _explicitNonceSize - TagSize;
        Span<byte> nonce = stackalloc byte[NonceSize];
        WriteNonce(nonce, _decoderNonce, sequence);
        body[.._explicitNonceSize].CopyTo(nonce[_fixedNonceSize..]);
        Span<byte> additional = stackalloc byte[MaxAdditionalData];
        additional = additional[..WriteAdditionalData(additional, sequence, recordType, body.Length, innerSize)];

        var inner = body.Slice(_explicitNonceSize, innerSize);
        var tag = body[^TagSize..];
        try
        {
            if (_isChaCha)
                _decoderChaCha!.Decrypt(nonce, inner, tag, inner, additional);
            else if (_hasShortGcm && innerSize <= ShortGcm.MaxSize)
                (_decoderShort ??= new ShortGcm(KeyOf(isEncoder: false), isEncoder: false)).Decrypt(
                    nonce, additional, body[_explicitNonceSize..]);
            else
                (_decoderGcm ??= new AesGcm(KeyOf(isEncoder: false), TagSize)).Decrypt(nonce, inner, tag, inner, additional);
        }
        catch (AuthenticationTagMismatchException e)
        {
            return new Opened(0, 0, -1, e);
        }

        if (!_isTls13)
            return new Opened(_explicitNonceSize, innerSize, recordType, null);

        // RFC 8446 section 5.4: zeros after the content type are padding.
        var end = inner.LastIndexOfAnyExcept((byte)0);
        return end < 0 ? new Opened(0, 0, -1, null) : new Opened(0, end, inner[end], null);
    }

    /// <summary>Data and alerts are padded: the size of a handshake message is no secret.</summary>
    private int PaddedSize(int size, short contentType)
    {
        if (_padding.Multiple == 1 || contentType == ContentType.handshake)
            return size;

        var fragment = _parameters.SecurityParameters.MaxFragmentLength;
        return _padding.Fill(size, 1 + (fragment >= 0 ? 1 << (8 + fragment) : TlsRecordSize.Max));
    }

    private static void WriteNonce(Span<byte> nonce, byte[] fixedPart, long sequence)
    {
        fixedPart.CopyTo(nonce);
        var tail = nonce[4..];

        // TLS 1.2 GCM: the fixed part is four bytes, so the last eight are zero here and become the sequence number itself.
        BinaryPrimitives.WriteUInt64BigEndian(tail, BinaryPrimitives.ReadUInt64BigEndian(tail) ^ (ulong)sequence);
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

    private void Rekey(bool isEncoder, bool ofServer)
    {
        var security = _parameters.SecurityParameters;
        var secret = ofServer ? security.TrafficSecretServer : security.TrafficSecretClient;
        if (!_isTls13 || secret is null)
            throw Faults.Carry(OwnFaults.Internal("There is no traffic secret to take keys from."));

        var hash = security.PrfCryptoHashAlgorithm;
        Span<byte> key = stackalloc byte[_keySize];
        TlsCryptoUtilities.HkdfExpandLabel(secret, hash, "key", default, _keySize).ExtractTo(key);
        SetKey(isEncoder, key);
        CryptographicOperations.ZeroMemory(key);
        TlsCryptoUtilities.HkdfExpandLabel(secret, hash, "iv", default, NonceSize).ExtractTo(isEncoder ? _encoderNonce : _decoderNonce);
    }

    private void SetKeys12()
    {
        // RFC 5246 section 6.3: client key, server key, client nonce, server nonce.
        Span<byte> block = stackalloc byte[2 * (_keySize + _fixedNonceSize)];
        TlsImplUtilities.CalculateKeyBlock(_parameters, block);
        var nonces = block[(2 * _keySize)..];
        SetKey(isEncoder: !_parameters.IsServer, block[.._keySize]);
        SetKey(isEncoder: _parameters.IsServer, block.Slice(_keySize, _keySize));
        nonces[.._fixedNonceSize].CopyTo(_parameters.IsServer ? _decoderNonce : _encoderNonce);
        nonces[_fixedNonceSize..].CopyTo(_parameters.IsServer ? _encoderNonce : _decoderNonce);
        CryptographicOperations.ZeroMemory(block);
    }

    private void SetKey(bool isEncoder, ReadOnlySpan<byte> key)
    {
        if (_isChaCha)
        {
            Replace(ref isEncoder ? ref _encoderChaCha : ref _decoderChaCha, new ChaCha20Poly1305(key));
            return;
        }

        ForgetAes(isEncoder);
        (isEncoder ? ref _encoderKey : ref _decoderKey) = key.ToArray();
    }

    private byte[] KeyOf(bool isEncoder)
    {
        var key = isEncoder ? _encoderKey : _decoderKey;
        ObjectDisposedException.ThrowIf(key is null, this);
        return key;
    }

    private void ForgetAes(bool isEncoder)
    {
        CryptographicOperations.ZeroMemory(isEncoder ? _encoderKey : _decoderKey);
        (isEncoder ? ref _encoderKey : ref _decoderKey) = null;
        Replace(ref isEncoder ? ref _encoderGcm : ref _decoderGcm, null);
        Replace(ref isEncoder ? ref _encoderShort : ref _decoderShort, null);
    }

    private static void Replace<T>(ref T? field, T? value) where T : class, IDisposable
    {
        field?.Dispose();
        field = value;
    }
}
