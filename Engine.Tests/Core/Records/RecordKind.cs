using System.Security.Cryptography;
using Org.BouncyCastle.Tls;
using Org.BouncyCastle.Tls.Crypto;
using Org.BouncyCastle.Tls.Crypto.Impl.BC;
using TlsFsm.Abstractions.Policy;
using TlsFsm.Core.BouncyCastle.Records;

namespace TlsFsm.Tests.Core.Records;

/// <summary>A version and an AEAD, with ciphers of both makers for both sides under the same keys.</summary>
public sealed class RecordKind
{
    private readonly string _name;
    private readonly byte[] _clientSecret;
    private readonly byte[] _serverSecret;
    private readonly int _hash;
    private readonly TlsCryptoParameters?[] _parameters = new TlsCryptoParameters?[2];

    private RecordKind(string name, bool isTls13, int algorithm, int hash = CryptoHashAlgorithm.sha256)
    {
        var secretSize = hash == CryptoHashAlgorithm.sha384 ? 48 : 32;
        (_name, IsTls13, Algorithm, _hash) = (name, isTls13, algorithm, hash);

        // Always the same, so that a failure can be looked at twice.
        _clientSecret = SHA512.HashData([1])[..secretSize];
        _serverSecret = SHA512.HashData([2])[..secretSize];
    }

    public static RecordKind[] All { get; } =
    [
        new("TLS 1.3 AES-128-GCM", true, EncryptionAlgorithm.AES_128_GCM),
        new("TLS 1.3 AES-256-GCM", true, EncryptionAlgorithm.AES_256_GCM, CryptoHashAlgorithm.sha384),
        new("TLS 1.3 ChaCha20-Poly1305", true, EncryptionAlgorithm.CHACHA20_POLY1305),
        new("TLS 1.2 AES-128-GCM", false, EncryptionAlgorithm.AES_128_GCM),
        new("TLS 1.2 AES-256-GCM", false, EncryptionAlgorithm.AES_256_GCM),
        new("TLS 1.2 ChaCha20-Poly1305", false, EncryptionAlgorithm.CHACHA20_POLY1305),
    ];

    public bool IsTls13 { get; }

    public int Algorithm { get; }

    /// <summary>Bytes of a nonce in each record.</summary>
    public int ExplicitNonceSize => !IsTls13 && Algorithm != EncryptionAlgorithm.CHACHA20_POLY1305 ? 8 : 0;

    internal AeadRecordCipher Ours(bool isServer, TlsRecordPadding? padding = null, PlatformCiphers? platform = null) =>
        CipherParameters.Ours(Parameters(isServer), Algorithm, padding, platform);

    internal TlsCipher Stock(bool isServer) => CipherParameters.Stock(Parameters(isServer), Algorithm);

    public override string ToString() => _name;

    private TlsCryptoParameters Parameters(bool isServer) => _parameters[isServer ? 1 : 0] ??= IsTls13
        ? CipherParameters.Tls13(new BcTlsCrypto(), _clientSecret, _serverSecret, isServer, _hash)
        : CipherParameters.Tls12(new BcTlsCrypto(), SHA384.HashData([3]), SHA256.HashData([4]), SHA256.HashData([5]), isServer);
}
