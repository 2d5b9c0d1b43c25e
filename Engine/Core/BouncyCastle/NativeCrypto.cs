using System.Security.Cryptography;
using Org.BouncyCastle.Crypto;
using Org.BouncyCastle.Security;
using Org.BouncyCastle.Tls;
using Org.BouncyCastle.Tls.Crypto;
using Org.BouncyCastle.Tls.Crypto.Impl.BC;
using TlsFsm.Abstractions;

namespace TlsFsm.Core.BouncyCastle;

/// <summary>
/// One connection's cryptography: records and signatures by the platform (2.5 times as fast on records, 20 times on RSA), key
/// agreement, key derivation and hashes by BouncyCastle, which is no slower there and has X25519 and ML-KEM everywhere.
/// </summary>
internal sealed class NativeCrypto(PeerConduct conduct, HandshakeTape? tape = null)
    : BcTlsCrypto(tape is null ? CryptoServicesRegistrar.GetSecureRandom() : new SecureRandom(tape.Random)), IDisposable
{
    private readonly List<AeadRecordCipher> _ciphers = [];

    /// <summary>What signatures and keys of the peer are accepted.</summary>
    public SecurityPolicy Policy { get; set; } = SecurityPolicy.Of(TlsPolicy.Default, TlsPolicy.Default.Protocols);

    /// <summary>The group of the last elliptic-curve key exchange; negative before one. TLS 1.2 says it nowhere else.</summary>
    public int LastGroup { get; private set; } = -1;

    /// <summary>The scheme of the last signature of the peer; negative before one.</summary>
    public int PeerSignatureScheme { get; private set; } = -1;

    /// <summary>The identity of the pre-shared key in use; null without one.</summary>
    public byte[]? PskIdentity { get; set; }

    /// <summary>The peer's public key if it came bare; null without one.</summary>
    public byte[]? PeerRawKey { get; set; }

    /// <summary>The scheme that we sign with; negative when we do not.</summary>
    public int OwnSignatureScheme { get; set; } = -1;

    /// <summary>What is needed to go through the handshake again; null when that cannot come about.</summary>
    public HandshakeTape? Tape => tape;

    public override TlsNonceGenerator CreateNonceGenerator(byte[] additionalSeedMaterial) => tape?.Random ?? base.CreateNonceGenerator(additionalSeedMaterial);

    public override TlsNonceGenerator CreateNonceGenerator(ReadOnlySpan<byte> additionalSeedMaterial) => tape?.Random ?? base.CreateNonceGenerator(additionalSeedMaterial);

    public override TlsCipher CreateCipher(TlsCryptoParameters cryptoParams, int encryptionAlgorithm, int macAlgorithm)
    {
        AeadRecordCipher? cipher = encryptionAlgorithm switch
        {
            EncryptionAlgorithm.AES_128_GCM => new AeadRecordCipher(cryptoParams, conduct, keySize: 16, isChaCha: false),
            EncryptionAlgorithm.AES_256_GCM => new AeadRecordCipher(cryptoParams, conduct, keySize: 32, isChaCha: false),
            EncryptionAlgorithm.CHACHA20_POLY1305 when ChaCha20Poly1305.IsSupported => new AeadRecordCipher(cryptoParams, conduct, keySize: 32, isChaCha: true),
            _ => null,
        };
        if (cipher is null)
        {
            conduct.CannotSeeRecords();
            return base.CreateCipher(cryptoParams, encryptionAlgorithm, macAlgorithm);
        }

        _ciphers.Add(cipher);
        return cipher;
    }

    public override TlsCertificate CreateCertificate(short type, byte[] encoding) =>
        type switch
        {
            CertificateType.X509 => new NativeCertificate(this, encoding),
            CertificateType.RawPublicKey => new NativeRawKey(this, encoding),
            _ => base.CreateCertificate(type, encoding),
        };

    public override TlsECDomain CreateECDomain(TlsECConfig ecConfig)
    {
        LastGroup = ecConfig.NamedGroup;
        return base.CreateECDomain(ecConfig);
    }

    public void RememberPeerSignature(int scheme) => PeerSignatureScheme = scheme;

    /// <summary>Lets go of the ciphers that protected the handshake: only the last one made is in use now.</summary>
    public void HandshakeCompleted()
    {
        for (var i = 0; i < _ciphers.Count - 1; i++)
            _ciphers[i].Dispose();
        if (_ciphers.Count > 1)
            _ciphers.RemoveRange(0, _ciphers.Count - 1);
    }

    public void Dispose()
    {
        foreach (var cipher in _ciphers)
            cipher.Dispose();
        _ciphers.Clear();
    }
}
