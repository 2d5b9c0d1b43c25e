using System.Security.Cryptography;
using Org.BouncyCastle.Tls;
using Org.BouncyCastle.Tls.Crypto;
using Org.BouncyCastle.Tls.Crypto.Impl;
using TlsFsm.Core.BouncyCastle.Library;
using TlsFsm.Core.Strictness;

namespace TlsFsm.Core.BouncyCastle.Records;

/// <summary>Where a record cipher's keys come from.</summary>
internal static class RecordKeys
{
    /// <summary>TLS 1.3: the present traffic secret of one side (RFC 8446 section 7.3).</summary>
    public static void Set13(TlsCryptoParameters parameters, AeadKey direction, int keySize, bool ofServer)
    {
        var security = parameters.SecurityParameters;
        var secret = ofServer ? security.TrafficSecretServer : security.TrafficSecretClient;
        if (!TlsImplUtilities.IsTlsV13(parameters) || secret is null)
            throw Faults.Carry(OwnFaults.Internal("There is no traffic secret to take keys from."));

        var hash = security.PrfCryptoHashAlgorithm;
        Span<byte> key = stackalloc byte[keySize];
        TlsCryptoUtilities.HkdfExpandLabel(secret, hash, "key", default, keySize).ExtractTo(key);
        direction.Set(key);
        CryptographicOperations.ZeroMemory(key);
        TlsCryptoUtilities.HkdfExpandLabel(secret, hash, "iv", default, AeadKey.NonceSize).ExtractTo(direction.FixedNonce);
    }

    /// <summary>TLS 1.2: the key block of both sides.</summary>
    public static void Set12(TlsCryptoParameters parameters, AeadKey encoder, AeadKey decoder, int keySize, int fixedNonceSize)
    {
        // RFC 5246 section 6.3: client key, server key, client nonce, server nonce.
        Span<byte> block = stackalloc byte[2 * (keySize + fixedNonceSize)];
        TlsImplUtilities.CalculateKeyBlock(parameters, block);
        var nonces = block[(2 * keySize)..];
        var (client, server) = parameters.IsServer ? (decoder, encoder) : (encoder, decoder);
        client.Set(block[..keySize]);
        server.Set(block.Slice(keySize, keySize));
        nonces[..fixedNonceSize].CopyTo(client.FixedNonce);
        nonces[fixedNonceSize..].CopyTo(server.FixedNonce);
        CryptographicOperations.ZeroMemory(block);
    }
}
