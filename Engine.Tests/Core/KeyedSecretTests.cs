using System.Security.Cryptography;
using Org.BouncyCastle.Tls.Crypto;
using Org.BouncyCastle.Tls.Crypto.Impl.BC;
using TlsFsm.Core.BouncyCastle.Crypto;
using TlsFsm.Core.BouncyCastle.Keys;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Core;

/// <summary>The platform's key schedule against BouncyCastle's.</summary>
public sealed class KeyedSecretTests
{
    private static readonly int[] Hashes =
        [CryptoHashAlgorithm.sha256, CryptoHashAlgorithm.sha384, CryptoHashAlgorithm.sha512, CryptoHashAlgorithm.sm3];

    [Test]
    public void What_is_expanded_is_the_same_however_often([ValueSource(nameof(Hashes))] int hash, [Values] bool isInHandshake)
    {
        using var crypto = Crypto(isInHandshake);
        var content = RandomNumberGenerator.GetBytes(TlsCryptoUtilities.GetHashOutputSize(hash));
        var ours = new KeyedSecret(crypto, crypto.Hmac, (byte[])content.Clone());
        var theirs = new BcTlsSecret(crypto, (byte[])content.Clone());
        foreach (var length in (int[])[1, 12, 16, 32, content.Length - 1, content.Length, content.Length + 1, 300, 12])
        {
            var info = RandomNumberGenerator.GetBytes(length);
            Assert.That(
                ours.HkdfExpand(hash, info, length).Extract(), Is.EqualTo(theirs.HkdfExpand(hash, info, length).Extract()),
                $"{length} bytes");
        }
    }

    [Test]
    public void A_whole_schedule_is_the_same([ValueSource(nameof(Hashes))] int hash)
    {
        using var crypto = Crypto(isInHandshake: true);
        var content = RandomNumberGenerator.GetBytes(32);
        var shared = RandomNumberGenerator.GetBytes(32);

        Assert.That(
            Schedule(new KeyedSecret(crypto, crypto.Hmac, (byte[])content.Clone()), hash, new BcTlsSecret(crypto, (byte[])shared.Clone())),
            Is.EqualTo(Schedule(new BcTlsSecret(crypto, (byte[])content.Clone()), hash, new BcTlsSecret(crypto, (byte[])shared.Clone()))));
    }

    [Test]
    public void A_secret_that_was_taken_out_or_destroyed_gives_nothing_more()
    {
        using var crypto = Crypto(isInHandshake: true);
        Action<TlsSecret>[] ends =
        [
            secret => secret.Destroy(), secret => secret.Extract(), secret => secret.ExtractTo(new byte[32]),
            secret => secret.HkdfExtract(CryptoHashAlgorithm.sha256, new BcTlsSecret(crypto, [1])),
        ];
        foreach (var end in ends)
        {
            var secret = new KeyedSecret(crypto, crypto.Hmac, RandomNumberGenerator.GetBytes(32));
            secret.HkdfExpand(CryptoHashAlgorithm.sha256, [1], 32);
            end(secret);

            Assert.That(secret.IsAlive(), Is.False);
            Assert.That(() => secret.HkdfExpand(CryptoHashAlgorithm.sha256, [1], 32), Throws.InvalidOperationException);
            Assert.That(() => secret.CalculateHmac(CryptoHashAlgorithm.sha256, [1], 0, 1), Throws.InvalidOperationException);
        }
    }

    [Test]
    public void The_end_of_a_handshake_forgets_what_was_keyed_and_not_the_secrets()
    {
        var content = RandomNumberGenerator.GetBytes(32);
        var crypto = Crypto(isInHandshake: true);
        var secret = new KeyedSecret(crypto, crypto.Hmac, (byte[])content.Clone());
        secret.HkdfExpand(CryptoHashAlgorithm.sha256, [1], 32);

        crypto.Dispose();

        Assert.That(crypto.Hmac.HoldsKey, Is.False);
        Assert.That(
            secret.HkdfExpand(CryptoHashAlgorithm.sha256, [1], 32).Extract(),
            Is.EqualTo(HKDF.Expand(HashAlgorithmName.SHA256, content, 32, [1])));
        Assert.That(crypto.Hmac.HoldsKey, Is.False, "nobody would let go of it any more");
    }

    private static byte[] Schedule(TlsSecret early, int hash, TlsSecret shared)
    {
        var size = TlsCryptoUtilities.GetHashOutputSize(hash);
        var binder = TlsCryptoUtilities.HkdfExpandLabel(early, hash, "ext binder", Array.Empty<byte>(), size).CalculateHmac(
            hash, [1, 2, 3, 4], 1, 2);
        var derived = TlsCryptoUtilities.HkdfExpandLabel(early, hash, "derived", Array.Empty<byte>(), size);
        var handshake = derived.HkdfExtract(hash, shared);
        var client = TlsCryptoUtilities.HkdfExpandLabel(handshake, hash, "c hs traffic", new byte[size], size);
        var server = TlsCryptoUtilities.HkdfExpandLabel(handshake, hash, "s hs traffic", new byte[size], size);
        return
        [
            .. binder, .. TlsCryptoUtilities.HkdfExpandLabel(client, hash, "key", Array.Empty<byte>(), 16).Extract(),
            .. TlsCryptoUtilities.HkdfExpandLabel(client, hash, "iv", Array.Empty<byte>(), 12).Extract(),
            .. TlsCryptoUtilities.HkdfExpandLabel(server, hash, "finished", Array.Empty<byte>(), size).CalculateHmac(
                hash, new byte[size], 0, size), .. client.Extract(), .. server.Extract(), .. handshake.Extract(),
        ];
    }

    private static NativeCrypto Crypto(bool isInHandshake)
    {
        var crypto = TestCrypto.Create();
        if (!isInHandshake)
            crypto.Dispose();
        return crypto;
    }
}
