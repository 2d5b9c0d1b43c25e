using System.Security.Cryptography;
using Org.BouncyCastle.Tls.Crypto;
using Org.BouncyCastle.Tls.Crypto.Impl.BC;

namespace TlsFsm.Core.BouncyCastle.Keys;

/// <summary>A secret from which more are derived (RFC 5869), by the handshake's HMAC.</summary>
/// <remarks>
/// Falls back to BouncyCastle for hashes that the platform does not have. Used by one thread at a time, as the connection.
/// </remarks>
internal class KeyedSecret(BcTlsCrypto crypto, HandshakeHmac hmac, byte[] content) : BcTlsSecret(crypto, content)
{
    // A label and a hash of TLS 1.3 take less.
    private const int MaxInfo = 256;

    /// <summary>That of the same handshake.</summary>
    protected HandshakeHmac Handshake => hmac;

    public override TlsSecret HkdfExpand(int cryptoHashAlgorithm, byte[] info, int length) =>
        HkdfExpand(cryptoHashAlgorithm, info.AsSpan(), length);

    public override TlsSecret HkdfExpand(int cryptoHashAlgorithm, ReadOnlySpan<byte> info, int length)
    {
        if (NameOf(cryptoHashAlgorithm) is not { } name || length < 1)
            return base.HkdfExpand(cryptoHashAlgorithm, info, length);

        CheckAlive();
        var output = new byte[length];
        if (length > TlsCryptoUtilities.GetHashOutputSize(cryptoHashAlgorithm))
        {
            HKDF.Expand(name, m_data, output, info);
        }
        else
        {
            // RFC 5869 section 2.3: of one block, the only one that TLS 1.3 asks for, T(1) = HMAC(secret, info | 1) is all there is.
            Span<byte> first = info.Length < MaxInfo ? stackalloc byte[info.Length + 1] : new byte[info.Length + 1];
            info.CopyTo(first);
            first[^1] = 1;
            hmac.Compute(name, m_data, first, output);
        }

        return new KeyedSecret(m_crypto, hmac, output);
    }

    public override TlsSecret HkdfExtract(int cryptoHashAlgorithm, TlsSecret ikm)
    {
        if (NameOf(cryptoHashAlgorithm) is not { } name)
            return base.HkdfExtract(cryptoHashAlgorithm, ikm);

        CheckAlive();
        var material = CopyData(Convert(m_crypto, ikm));

        // RFC 5869 section 2.2.
        var output = Hmac(cryptoHashAlgorithm, name, material);
        CryptographicOperations.ZeroMemory(material);

        // As BouncyCastle's: what was extracted from is used up.
        Destroy();
        return new KeyedSecret(m_crypto, hmac, output);
    }

    public override byte[] CalculateHmac(int cryptoHashAlgorithm, byte[] buf, int off, int len)
    {
        if (NameOf(cryptoHashAlgorithm) is not { } name)
            return base.CalculateHmac(cryptoHashAlgorithm, buf, off, len);

        CheckAlive();
        return Hmac(cryptoHashAlgorithm, name, buf.AsSpan(off, len));
    }

    public override void ExtractTo(Span<byte> output)
    {
        var content = m_data;
        base.ExtractTo(output);
        CryptographicOperations.ZeroMemory(content);
    }

    private byte[] Hmac(int cryptoHashAlgorithm, HashAlgorithmName name, ReadOnlySpan<byte> data)
    {
        var output = new byte[TlsCryptoUtilities.GetHashOutputSize(cryptoHashAlgorithm)];
        hmac.Compute(name, m_data, data, output);
        return output;
    }

    private static HashAlgorithmName? NameOf(int cryptoHashAlgorithm) => cryptoHashAlgorithm switch
    {
        CryptoHashAlgorithm.sha256 => HashAlgorithmName.SHA256,
        CryptoHashAlgorithm.sha384 => HashAlgorithmName.SHA384,
        CryptoHashAlgorithm.sha512 => HashAlgorithmName.SHA512,
        _ => null,
    };
}
