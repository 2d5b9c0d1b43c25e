using Org.BouncyCastle.Tls;
using Org.BouncyCastle.Tls.Crypto;

namespace TlsFsm.Core.BouncyCastle.Records;

/// <summary>A record cipher of BouncyCastle's, for the suites that the platform does not protect: it tells what records hold.</summary>
internal sealed class WatchedCipher(TlsCipher cipher, RecordContents contents) : TlsCipher, TlsCipherExt
{
    public bool UsesOpaqueRecordType => cipher.UsesOpaqueRecordType;

    public int GetCiphertextDecodeLimit(int plaintextLimit) => cipher.GetCiphertextDecodeLimit(plaintextLimit);

    public int GetCiphertextEncodeLimit(int plaintextLength, int plaintextLimit) =>
        cipher.GetCiphertextEncodeLimit(plaintextLength, plaintextLimit);

    public int GetPlaintextLimit(int ciphertextLimit) => cipher.GetPlaintextLimit(ciphertextLimit);

    public int GetPlaintextDecodeLimit(int ciphertextLimit) =>
        cipher is TlsCipherExt more ? more.GetPlaintextDecodeLimit(ciphertextLimit) : cipher.GetPlaintextLimit(ciphertextLimit);

    public int GetPlaintextEncodeLimit(int ciphertextLimit) =>
        cipher is TlsCipherExt more ? more.GetPlaintextEncodeLimit(ciphertextLimit) : cipher.GetPlaintextLimit(ciphertextLimit);

    public TlsEncodeResult EncodePlaintext(
        long seqNo, short contentType, ProtocolVersion recordVersion, int headerAllocation, byte[] plaintext, int offset, int len) =>
        cipher.EncodePlaintext(seqNo, contentType, recordVersion, headerAllocation, plaintext, offset, len);

    public TlsEncodeResult EncodePlaintext(
        long seqNo, short contentType, ProtocolVersion recordVersion, int headerAllocation, ReadOnlySpan<byte> plaintext) =>
        cipher.EncodePlaintext(seqNo, contentType, recordVersion, headerAllocation, plaintext);

    public TlsDecodeResult DecodeCiphertext(
        long seqNo, short recordType, ProtocolVersion recordVersion, byte[] ciphertext, int offset, int len)
    {
        var decoded = cipher.DecodeCiphertext(seqNo, recordType, recordVersion, ciphertext, offset, len);
        contents.Opened(decoded.contentType, decoded.buf.AsSpan(decoded.off, decoded.len));
        return decoded;
    }

    public void RekeyDecoder() => cipher.RekeyDecoder();

    public void RekeyEncoder() => cipher.RekeyEncoder();
}
