using System.Runtime.CompilerServices;
using Moq;
using Org.BouncyCastle.Tls;
using Org.BouncyCastle.Tls.Crypto;
using Org.BouncyCastle.Tls.Crypto.Impl.BC;
using TlsFsm.Abstractions.Policy;
using TlsFsm.Core.BouncyCastle;
using TlsFsm.Core.BouncyCastle.Records;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Core.Records;

/// <summary>
/// What record ciphers are made from, without a handshake: secrets of the caller's choice. A test's names of BouncyCastle's fields fail
/// loudly when they no longer fit.
/// </summary>
internal static class CipherParameters
{
    /// <summary>TLS 1.3: one traffic secret a direction.</summary>
    public static TlsCryptoParameters Tls13(
        TlsCrypto crypto, byte[] clientSecret, byte[] serverSecret, bool isServer, int hash = CryptoHashAlgorithm.sha256)
    {
        var security = new SecurityParameters();
        Version(security) = ProtocolVersion.TLSv13;
        HashAlgorithm(security) = hash;
        ClientSecret(security) = crypto.CreateSecret((byte[])clientSecret.Clone());
        ServerSecret(security) = crypto.CreateSecret((byte[])serverSecret.Clone());
        return new TlsCryptoParameters(Context(crypto, security, ProtocolVersion.TLSv13, isServer));
    }

    /// <summary>TLS 1.2: a master secret and both randoms.</summary>
    public static TlsCryptoParameters Tls12(TlsCrypto crypto, byte[] masterSecret, byte[] clientRandom, byte[] serverRandom, bool isServer)
    {
        var security = new SecurityParameters();
        Version(security) = ProtocolVersion.TLSv12;
        Prf(security) = PrfAlgorithm.tls_prf_sha256;
        HashAlgorithm(security) = CryptoHashAlgorithm.sha256;
        MasterSecret(security) = crypto.CreateSecret((byte[])masterSecret.Clone());
        ClientRandom(security) = clientRandom;
        ServerRandom(security) = serverRandom;
        return new TlsCryptoParameters(Context(crypto, security, ProtocolVersion.TLSv12, isServer));
    }

    /// <summary>Our cipher.</summary>
    public static AeadRecordCipher Ours(
        TlsCryptoParameters parameters, int algorithm, TlsRecordPadding? padding = null, PlatformCiphers? platform = null) => new(
        parameters, TestCrypto.Contents(), padding ?? TlsRecordPadding.None,
        algorithm == EncryptionAlgorithm.AES_128_GCM ? 16 : 32, algorithm == EncryptionAlgorithm.CHACHA20_POLY1305,
        platform ?? PlatformCiphers.OfThisMachine);

    /// <summary>BouncyCastle's own, with none of our code.</summary>
    public static TlsCipher Stock(TlsCryptoParameters parameters, int algorithm) =>
        new BcTlsCrypto().CreateCipher(parameters, algorithm, MacAlgorithm.cls_null);

    public static TlsContext Context(TlsCrypto crypto, SecurityParameters security, ProtocolVersion version, bool isServer) =>
        Mock.Of<TlsContext>(
        context => context.Crypto == crypto && context.SecurityParameters == security && context.ServerVersion == version &&
            context.ClientVersion == version && context.IsServer == isServer);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "m_negotiatedVersion")]
    private static extern ref ProtocolVersion Version(SecurityParameters security);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "m_prfAlgorithm")]
    private static extern ref int Prf(SecurityParameters security);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "m_prfCryptoHashAlgorithm")]
    private static extern ref int HashAlgorithm(SecurityParameters security);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "m_trafficSecretClient")]
    private static extern ref TlsSecret ClientSecret(SecurityParameters security);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "m_trafficSecretServer")]
    private static extern ref TlsSecret ServerSecret(SecurityParameters security);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "m_masterSecret")]
    private static extern ref TlsSecret MasterSecret(SecurityParameters security);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "m_clientRandom")]
    private static extern ref byte[] ClientRandom(SecurityParameters security);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "m_serverRandom")]
    private static extern ref byte[] ServerRandom(SecurityParameters security);
}
