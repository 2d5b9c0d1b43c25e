using System.Security.Cryptography;
using Org.BouncyCastle.Tls.Crypto;
using Org.BouncyCastle.Tls.Crypto.Impl.BC;

namespace TlsFsm.Core.BouncyCastle.Keys;

/// <summary>
/// A secret from which more are derived (RFC 5869), by the platform's HMAC. In a handshake most are derived from several times: the
/// HMAC is keyed once, which is half the work, and makes none of the 3 kB of garbage that BouncyCastle's makes each time.
/// </summary>
/// <remarks>
/// Falls back to BouncyCastle for hashes that the platform does not have. Used by one thread at a time, as the connection.
/// </remarks>
internal class KeyedSecret(BcTlsCrypto crypto, KeyedSecrets keyed, byte[] content) : BcTlsSecret(crypto, content)
{
    private const int MaxHashSize = 64;

    // A label and a hash of TLS 1.3 take less.
    private const int MaxInfo = 256;

    private IncrementalHash? _mac;
    private int _hash;

    /// <summary>Those of the same handshake.</summary>
    protected KeyedSecrets Keyed => keyed;

    public override TlsSecret HkdfExpand(int cryptoHashAlgorithm, byte[] info, int length) =>
        HkdfExpand(cryptoHashAlgorithm, info.AsSpan(), length);

    public override TlsSecret HkdfExpand(int cryptoHashAlgorithm, ReadOnlySpan<byte> info, int length)
    {
        if (NameOf(cryptoHashAlgorithm) is not { } name || length < 1)
            return base.HkdfExpand(cryptoHashAlgorithm, info, length);

        CheckAlive();
        var output = new byte[length];
        if (length > TlsCryptoUtilities.GetHashOutputSize(cryptoHashAlgorithm) || !keyed.IsInHandshake)
        {
            HKDF.Expand(name, m_data, output, info);
        }
        else
        {
            // RFC 5869 section 2.3: of one block, the only one that TLS 1.3 asks for, T(1) = HMAC(secret, info | 1) is all there is.
            // In one piece: each call of the platform takes as long as the hash of such a piece.
            Span<byte> first = info.Length < MaxInfo ? stackalloc byte[info.Length + 1] : new byte[info.Length + 1];
            info.CopyTo(first);
            first[^1] = 1;
            var mac = MacOf(cryptoHashAlgorithm, name);
            mac.AppendData(first);
            Finish(mac, output);
        }

        return new KeyedSecret(m_crypto, keyed, output);
    }

    public override TlsSecret HkdfExtract(int cryptoHashAlgorithm, TlsSecret ikm)
    {
        if (NameOf(cryptoHashAlgorithm) is not { } name)
            return base.HkdfExtract(cryptoHashAlgorithm, ikm);

        CheckAlive();
        var material = CopyData(Convert(m_crypto, ikm));

        // RFC 5869 section 2.2.
        var output = Hmac(name, material);
        CryptographicOperations.ZeroMemory(material);

        // As BouncyCastle's: what was extracted from is used up.
        Destroy();
        return new KeyedSecret(m_crypto, keyed, output);
    }

    public override byte[] CalculateHmac(int cryptoHashAlgorithm, byte[] buf, int off, int len)
    {
        if (NameOf(cryptoHashAlgorithm) is not { } name)
            return base.CalculateHmac(cryptoHashAlgorithm, buf, off, len);

        CheckAlive();
        return Hmac(name, buf.AsSpan(off, len));
    }

    public override void Destroy()
    {
        ForgetMac();
        base.Destroy();
    }

    public override byte[] Extract()
    {
        ForgetMac();
        return base.Extract();
    }

    public override void ExtractTo(Span<byte> output)
    {
        ForgetMac();
        var content = m_data;
        base.ExtractTo(output);
        CryptographicOperations.ZeroMemory(content);
    }

    /// <summary>Whether it holds a keyed HMAC now.</summary>
    public bool HasMac => _mac is not null;

    /// <summary>Lets go of the keyed HMAC, which is made again if it is needed.</summary>
    public void ForgetMac()
    {
        _mac?.Dispose();
        _mac = null;
    }

    /// <summary>Of a secret that is used once. The platform takes longer over an HMAC in one call than over this.</summary>
    private byte[] Hmac(HashAlgorithmName name, ReadOnlySpan<byte> data)
    {
        using var mac = IncrementalHash.CreateHMAC(name, m_data);
        mac.AppendData(data);
        return mac.GetHashAndReset();
    }

    private IncrementalHash MacOf(int cryptoHashAlgorithm, HashAlgorithmName name)
    {
        if (_mac is not null && _hash == cryptoHashAlgorithm)
            return _mac;

        ForgetMac();
        _hash = cryptoHashAlgorithm;
        _mac = IncrementalHash.CreateHMAC(name, m_data);
        keyed.Remember(this);
        return _mac;
    }

    private static void Finish(IncrementalHash mac, Span<byte> output)
    {
        if (output.Length == mac.HashLengthInBytes)
        {
            mac.GetHashAndReset(output);
            return;
        }

        Span<byte> block = stackalloc byte[MaxHashSize];
        mac.GetHashAndReset(block);
        block[..output.Length].CopyTo(output);
        CryptographicOperations.ZeroMemory(block);
    }

    private static HashAlgorithmName? NameOf(int cryptoHashAlgorithm) => cryptoHashAlgorithm switch
    {
        CryptoHashAlgorithm.sha256 => HashAlgorithmName.SHA256,
        CryptoHashAlgorithm.sha384 => HashAlgorithmName.SHA384,
        CryptoHashAlgorithm.sha512 => HashAlgorithmName.SHA512,
        _ => null,
    };
}
