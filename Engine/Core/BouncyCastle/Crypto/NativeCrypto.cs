using System.Security.Cryptography.X509Certificates;
using Org.BouncyCastle.Security;
using Org.BouncyCastle.Tls;
using Org.BouncyCastle.Tls.Crypto;
using Org.BouncyCastle.Tls.Crypto.Impl.BC;
using TlsFsm.Abstractions.Policy;
using TlsFsm.Core.BouncyCastle.Identity;
using TlsFsm.Core.BouncyCastle.Keys;
using TlsFsm.Core.BouncyCastle.Library;
using TlsFsm.Core.BouncyCastle.Records;
using TlsFsm.Core.BouncyCastle.Replay;
using TlsFsm.Core.Certificates;
using TlsFsm.Core.Strictness;

namespace TlsFsm.Core.BouncyCastle.Crypto;

/// <summary>
/// One connection's cryptography: records, signatures and key derivation by the platform (2.5 times as fast on records, 20 times on RSA),
/// key agreement by BouncyCastle, which has all of it everywhere, but for X25519 where the system's OpenSSL is faster.
/// </summary>
/// <param name="contents">Told what protected records hold.</param>
/// <param name="facts">The handshake's, by which the peer's signatures are judged.</param>
/// <param name="keyLog">Told of every secret that opens records; null without one.</param>
/// <param name="padding">How records of TLS 1.3 are filled up; null for not at all.</param>
/// <param name="tape">Where random bytes come from if the handshake may have to be gone through again; null otherwise.</param>
/// <param name="platform">Which ciphers are there; null for those that are.</param>
/// <param name="x25519">Who computes X25519; null for <see cref="TlsX25519.Default"/>.</param>
internal sealed class NativeCrypto(
    RecordContents contents, HandshakeFacts facts, KeyLog? keyLog = null, TlsRecordPadding? padding = null, HandshakeTape? tape = null,
    PlatformCiphers? platform = null, ITlsX25519? x25519 = null)
    : BcTlsCrypto(tape is null ? PlatformRandom.Secure : new SecureRandom(tape.Random)), IDisposable
{
    private readonly PlatformCiphers _platform = platform ?? PlatformCiphers.OfThisMachine;

    /// <summary>The hashes of the handshake, until it is over.</summary>
    private List<PlatformHash>? _hashes = [];

    /// <summary>The connection's keys on X25519; null before the first.</summary>
    private X25519Domain? _x25519;

    /// <summary>That of the key schedule.</summary>
    public HandshakeHmac Hmac { get; } = new();

    /// <summary>What is needed to go through the handshake again; null when that cannot come about.</summary>
    public HandshakeTape? Tape => tape;

    /// <summary>What must be the same when the handshake is gone through again: what time it is, for one.</summary>
    public T Once<T>(string what, Func<T> first) => tape is null ? first() : tape.Once(what, first);

    public override TlsNonceGenerator CreateNonceGenerator(byte[] additionalSeedMaterial) =>
        (TlsNonceGenerator?)tape?.Random ?? PlatformRandom.Instance;

    public override TlsNonceGenerator CreateNonceGenerator(ReadOnlySpan<byte> additionalSeedMaterial) =>
        (TlsNonceGenerator?)tape?.Random ?? PlatformRandom.Instance;

    /// <summary>Protects the records of an established connection; null when BouncyCastle's own cipher does.</summary>
    public AeadRecordCipher? RecordCipher { get; private set; }

    /// <summary>TLS 1.3: what protects the rest of the handshake, which has its own; null where that is BouncyCastle's work.</summary>
    public AeadRecordCipher? HandshakeCipher { get; private set; }

    /// <summary>Null before the handshake has finished.</summary>
    public ExporterSecret? Exporter { get; private set; }

    /// <summary>TLS 1.2: the binding <c>tls-unique</c>; null otherwise.</summary>
    public byte[]? TlsUnique { get; private set; }

    public override TlsCipher CreateCipher(TlsCryptoParameters cryptoParams, int encryptionAlgorithm, int macAlgorithm)
    {
        keyLog?.OnCipher(this, cryptoParams.SecurityParameters);
        AeadRecordCipher? cipher = encryptionAlgorithm switch
        {
            EncryptionAlgorithm.AES_128_GCM when _platform.HasAesGcm => Make(keySize: 16, isChaCha: false),
            EncryptionAlgorithm.AES_256_GCM when _platform.HasAesGcm => Make(keySize: 32, isChaCha: false),
            EncryptionAlgorithm.CHACHA20_POLY1305 when _platform.HasChaCha20Poly1305 => Make(keySize: 32, isChaCha: true),
            _ => null,
        };
        if (cipher is null)
            return new WatchedCipher(base.CreateCipher(cryptoParams, encryptionAlgorithm, macAlgorithm), contents);

        HandshakeCipher ??= cipher;
        return RecordCipher = cipher;

        AeadRecordCipher Make(int keySize, bool isChaCha) =>
            new(cryptoParams, contents, padding ?? TlsRecordPadding.None, keySize, isChaCha, _platform);
    }

    public override TlsCertificate CreateCertificate(short type, byte[] encoding) =>
        type switch
        {
            CertificateType.X509 => ReadCertificate(encoding),
            CertificateType.RawPublicKey => ReadRawKey(encoding),
            _ => base.CreateCertificate(type, encoding),
        };

    private NativeCertificate ReadCertificate(byte[] encoding)
    {
        try
        {
            return new NativeCertificate(this, facts, encoding);
        }
        catch (TlsFatalAlert e) when (e.AlertDescription == (short)CertificateFaults.BadForm.Alert)
        {
            throw Faults.Carry(CertificateVerifier.Malformed(encoding, facts.Refusal, e));
        }
    }

    private NativeRawKey ReadRawKey(byte[] encoding)
    {
        try
        {
            return new NativeRawKey(this, facts, encoding);
        }
        catch (ArgumentException)
        {
            throw CertificateFaults.MalformedRawKey.ToException();
        }
    }

    public override TlsECDomain CreateECDomain(TlsECConfig ecConfig)
    {
        facts.LastGroup = ecConfig.NamedGroup;
        if (ecConfig.NamedGroup == NamedGroup.x25519)
            return _x25519 ??= new X25519Domain(this, SecureRandom, x25519 ?? TlsX25519.Default);

        return new StrictDomain(base.CreateECDomain(ecConfig), ecConfig.NamedGroup);
    }

    /// <summary>A ClientHello has gone out.</summary>
    public void OnHelloSent() => _x25519?.OnHelloSent();

    public override TlsKemDomain CreateKemDomain(TlsKemConfig kemConfig) => new StrictKemDomain(base.CreateKemDomain(kemConfig));

    public override TlsHash CreateHash(int cryptoHashAlgorithm)
    {
        if (PlatformHash.Of(cryptoHashAlgorithm) is not { } hash)
            return base.CreateHash(cryptoHashAlgorithm);

        _hashes?.Add(hash);
        return hash;
    }

    public override TlsSecret HkdfInit(int cryptoHashAlgorithm) =>
        new ResumptionSecrets.Zeros(this, Hmac, TlsCryptoUtilities.GetHashOutputSize(cryptoHashAlgorithm));

    public override TlsSecret CreateSecret(byte[] data) => new KeyedSecret(this, Hmac, (byte[])data.Clone());

    /// <summary>
    /// Keeps what outlives the handshake, and lets go of the ciphers that protected it: only the last one made is in use now.
    /// </summary>
    public void HandshakeCompleted(TlsContext context)
    {
        keyLog?.OnComplete(this, context.SecurityParameters);

        // RFC 7627 section 5.4: without extended master secret two connections may share all of this.
        var isBound = TlsUtilities.IsTlsV13(context) || context.SecurityParameters.IsExtendedMasterSecret;
        if (isBound)
            Exporter = new ExporterSecret(this, context.SecurityParameters);
        if (isBound && !TlsUtilities.IsTlsV13(context))
            TlsUnique = context.ExportChannelBinding(ChannelBinding.tls_unique);

        // BouncyCastle would keep another copy of the master secret for the connection's life, for resumption in its own way.
        context.Session?.ExportSessionParameters()?.Clear();

        Hmac.Dispose();
        ForgetHashes();
        ForgetX25519();
        if (HandshakeCipher != RecordCipher)
            HandshakeCipher?.Dispose();
        HandshakeCipher = null;
    }

    public void Dispose()
    {
        Hmac.Dispose();
        ForgetHashes();
        ForgetX25519();
        HandshakeCipher?.Dispose();
        RecordCipher?.Dispose();
        (HandshakeCipher, RecordCipher) = (null, null);
        Exporter?.Dispose();
    }

    private void ForgetHashes()
    {
        _hashes?.ForEach(static hash => hash.Dispose());
        _hashes = null;
    }

    private void ForgetX25519()
    {
        _x25519?.Erase();
        _x25519 = null;
    }
}
