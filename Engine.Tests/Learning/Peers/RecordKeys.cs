using System.Buffers.Binary;
using System.Security.Cryptography;
using TlsFsm.Tests.Strictness;

namespace TlsFsm.Tests.Learning.Peers;

/// <summary>One direction's keys for AES-128-GCM, by the platform.</summary>
internal abstract class RecordKeys(byte[] key)
{
    private const int TagSize = 16;

    private ulong _sequence;

    public byte[] Seal(byte type, byte[] content)
    {
        var (outer, plaintext, prefix) = Wrap(type, content, _sequence);
        var sealedBytes = new byte[plaintext.Length];
        var tag = new byte[TagSize];
        var size = prefix.Length + plaintext.Length + TagSize;
        using var gcm = new AesGcm(key, TagSize);
        gcm.Encrypt(Nonce(_sequence, prefix), plaintext, sealedBytes, tag, Associated(_sequence, outer, plaintext.Length, size));
        _sequence++;
        return Messages.Record(outer, [.. prefix, .. sealedBytes, .. tag]);
    }

    /// <returns>Null when it does not authenticate.</returns>
    public (byte Type, byte[] Content)? Open(byte type, byte[] body)
    {
        var prefix = body[..PrefixSize];
        var plaintext = new byte[body.Length - PrefixSize - TagSize];
        using var gcm = new AesGcm(key, TagSize);
        try
        {
            gcm.Decrypt(
                Nonce(_sequence, prefix), body.AsSpan(PrefixSize, plaintext.Length), body.AsSpan(body.Length - TagSize), plaintext,
                Associated(_sequence, type, plaintext.Length, body.Length));
        }
        catch (AuthenticationTagMismatchException)
        {
            return null;
        }

        _sequence++;
        return Unwrap(type, plaintext);
    }

    /// <summary>Bytes in front of what is sealed.</summary>
    protected abstract int PrefixSize { get; }

    protected abstract (byte Outer, byte[] Plaintext, byte[] Prefix) Wrap(byte type, byte[] content, ulong sequence);

    protected abstract (byte Type, byte[] Content) Unwrap(byte type, byte[] plaintext);

    protected abstract byte[] Nonce(ulong sequence, byte[] prefix);

    protected abstract byte[] Associated(ulong sequence, byte type, int plaintextSize, int bodySize);

    protected static byte[] BigEndian(ulong number)
    {
        var bytes = new byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, number);
        return bytes;
    }
}

/// <summary>RFC 5246 section 6.2.3.3 and RFC 5288: the nonce stands in the record.</summary>
internal sealed class RecordKeys12(byte[] key, byte[] salt) : RecordKeys(key)
{
    protected override int PrefixSize => 8;

    protected override (byte Outer, byte[] Plaintext, byte[] Prefix) Wrap(byte type, byte[] content, ulong sequence) =>
        (type, content, BigEndian(sequence));

    protected override (byte Type, byte[] Content) Unwrap(byte type, byte[] plaintext) => (type, plaintext);

    protected override byte[] Nonce(ulong sequence, byte[] prefix) => [.. salt, .. prefix];

    protected override byte[] Associated(ulong sequence, byte type, int plaintextSize, int bodySize) =>
        [.. BigEndian(sequence), type, 3, 3, (byte)(plaintextSize >> 8), (byte)plaintextSize];
}

/// <summary>RFC 8446 sections 5.2 and 5.3: type and nonce are not seen.</summary>
internal sealed class RecordKeys13(byte[] secret) : RecordKeys(Hkdf.Expand(secret, "key", [], 16))
{
    private const byte ApplicationData = 23;

    private readonly byte[] _iv = Hkdf.Expand(secret, "iv", [], 12);

    protected override int PrefixSize => 0;

    /// <summary>After a KeyUpdate (section 7.2).</summary>
    public RecordKeys13 Next() => new(Hkdf.Expand(secret, "traffic upd", [], 32));

    /// <summary>RFC 8446 section 4.4.4.</summary>
    public byte[] Finished(byte[] transcriptHash) => HMACSHA256.HashData(Hkdf.Expand(secret, "finished", [], 32), transcriptHash);

    protected override (byte Outer, byte[] Plaintext, byte[] Prefix) Wrap(byte type, byte[] content, ulong sequence) =>
        (ApplicationData, [.. content, type], []);

    protected override (byte Type, byte[] Content) Unwrap(byte type, byte[] plaintext)
    {
        var end = plaintext.AsSpan().LastIndexOfAnyExcept((byte)0);
        return (plaintext[end], plaintext[..end]);
    }

    protected override byte[] Nonce(ulong sequence, byte[] prefix)
    {
        byte[] nonce = [0, 0, 0, 0, .. BigEndian(sequence)];
        for (var i = 0; i < nonce.Length; i++)
            nonce[i] ^= _iv[i];

        return nonce;
    }

    protected override byte[] Associated(ulong sequence, byte type, int plaintextSize, int bodySize) =>
        [ApplicationData, 3, 3, (byte)(bodySize >> 8), (byte)bodySize];
}
