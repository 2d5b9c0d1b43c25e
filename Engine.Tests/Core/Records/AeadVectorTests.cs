using System.Security.Cryptography;
using System.Text.Json;
using Org.BouncyCastle.Crypto;
using Org.BouncyCastle.Crypto.Modes;
using Org.BouncyCastle.Crypto.Parameters;
using TlsFsm.Abstractions.Policy;
using TlsFsm.Core.BouncyCastle;
using TlsFsm.Core.BouncyCastle.Records;
using TlsFsm.Core.Primitives;
using TlsFsm.Tests.Support;
using StockChaCha = Org.BouncyCastle.Crypto.Modes.ChaCha20Poly1305;

namespace TlsFsm.Tests.Core.Records;

/// <summary>
/// Published vectors through each AEAD that protects records: ours for short ones, .NET's, OpenSSL's, BouncyCastle's. The files have
/// Project Wycheproof's schema; <c>TLSFSM_AEAD_VECTORS</c> names a folder with others to play, such as that project's own.
/// </summary>
public sealed class AeadVectorTests
{
    private const int TagSize = 16;

    private static readonly string Folder = Environment.GetEnvironmentVariable("TLSFSM_AEAD_VECTORS") is { Length: > 0 } given
        ? given
        : Path.Combine(AppContext.BaseDirectory, "Core", "Records", "Vectors");

    private static readonly PlatformCiphers Here = PlatformCiphers.OfThisMachine;

    private static readonly Func<byte[], ISealer?>[] GcmMakers =
    [
        key => Here.HasAesInstructions ? new Ours(isEncoder => new ShortGcm(key, isEncoder)) : null,
        key => new Ours(_ => new PlatformGcm(key)),
        key => OfOpenSsl(key, isChaCha: false),
        key => new Stock(() => new GcmBlockCipher(AesUtilities.CreateEngine()), key),
    ];

    private static readonly Func<byte[], ISealer?>[] ChaChaMakers =
    [
        key => Here.HasChaCha20Poly1305 ? new Ours(_ => new PlatformChaCha(key)) : null,
        key => OfOpenSsl(key, isChaCha: true),
        key => new Stock(() => new StockChaCha(), key),
    ];

    private interface ISealer : IDisposable
    {
        byte[] Seal(byte[] nonce, byte[] additional, byte[] text);

        /// <summary>Null when it does not authenticate.</summary>
        byte[]? Open(byte[] nonce, byte[] additional, byte[] sealedText);
    }

    [Test]
    public void Every_AES_GCM_does_what_the_vectors_say([Range(0, 3)] int maker) => Play("aes_gcm", GcmMakers[maker]);

    [Test]
    public void Every_ChaCha20_Poly1305_does_what_the_vectors_say([Range(0, 2)] int maker) =>
        Play("chacha20_poly1305", ChaChaMakers[maker]);

    [Test]
    public void Linux_has_all_of_OpenSSLs()
    {
        Assume.That(ThisSystem.HasOpenSsl3, "OpenSSL 3");

        Assert.That(OpenSslAead.Has(keySize: 16, isChaCha: false), Is.True);
        Assert.That(OpenSslAead.Has(keySize: 32, isChaCha: false), Is.True);
        Assert.That(OpenSslAead.Has(keySize: 32, isChaCha: true), Is.True);
        Assert.That(OpenSslAead.Has(keySize: 16, isChaCha: true), Is.False, "nobody has it");
        Assert.That(OpenSslAead.Make(new byte[24], isChaCha: false, isEncoder: true), Is.Null);
    }

    [Test]
    public void Our_AES_GCM_refuses_to_seal_twice_under_one_nonce()
    {
        Assume.That(Here.HasAesInstructions, "this processor has what it takes");
        using var aead = new Ours(isEncoder => new ShortGcm(new byte[16], isEncoder));
        aead.Seal(new byte[12], [], [1]);

        Assert.That(() => aead.Seal(new byte[12], [], [2]), Throws.ArgumentException);
    }

    private static Ours? OfOpenSsl(byte[] key, bool isChaCha) => OpenSslAead.Has(key.Length, isChaCha)
        ? new Ours(isEncoder => OpenSslAead.Make(key, isChaCha, isEncoder)!) : null;

    private static void Play(string file, Func<byte[], ISealer?> make)
    {
        using var document = JsonDocument.Parse(File.ReadAllText(Path.Combine(Folder, file + ".json")));
        var played = 0;
        foreach (var group in document.RootElement.GetProperty("testGroups").EnumerateArray())
        {
            // What TLS uses: nonces of 12 bytes, whole tags, keys of 128 and 256 bits.
            if (group.GetProperty("ivSize").GetInt32() != 96 || group.GetProperty("tagSize").GetInt32() != 128
                || group.GetProperty("keySize").GetInt32() == 192)
                continue;

            foreach (var vector in group.GetProperty("tests").EnumerateArray())
            {
                PlayOne(vector, make);
                played++;
            }
        }

        Assert.That(played, Is.Positive, $"vectors in {file}");
    }

    private static void PlayOne(JsonElement vector, Func<byte[], ISealer?> make)
    {
        var name = $"vector {vector.GetProperty("tcId").GetInt32()} ({vector.GetProperty("comment").GetString()})";
        var (nonce, additional, text) = (Bytes("iv"), Bytes("aad"), Bytes("msg"));
        byte[] sealedText = [.. Bytes("ct"), .. Bytes("tag")];
        using var aead = make(Bytes("key"));
        Assume.That(aead, Is.Not.Null, "this machine has it");
        if (vector.GetProperty("result").GetString() == "invalid")
        {
            Assert.That(aead!.Open(nonce, additional, sealedText), Is.Null, name);
            return;
        }

        // Twice, because a second use of one object goes another way; BouncyCastle refuses a nonce that was the last one's.
        for (var i = 0; i < 2; i++)
        {
            Assert.That(aead!.Seal(nonce, additional, text), Is.EqualTo(sealedText), name);
            Assert.That(aead!.Open(nonce, additional, sealedText), Is.EqualTo(text), name);
            aead!.Seal([.. nonce[..^1], (byte)~nonce[^1]], additional, text);
        }

        for (var bit = 0; bit < 8 * TagSize; bit++)
        {
            var forged = (byte[])sealedText.Clone();
            forged[^(1 + (bit / 8))] ^= (byte)(1 << (bit % 8));
            Assert.That(aead!.Open(nonce, additional, forged), Is.Null, $"{name}, bit {bit} of the tag");
        }

        byte[] Bytes(string property) => Convert.FromHexString(vector.GetProperty(property).GetString()!);
    }

    /// <summary>One of the engine's: one direction each, as the record cipher has them.</summary>
    private sealed class Ours(Func<bool, IAead> make) : ISealer
    {
        private readonly IAead _encoder = make(true);
        private readonly IAead _decoder = make(false);

        public byte[] Seal(byte[] nonce, byte[] additional, byte[] text)
        {
            byte[] content = [.. text, .. new byte[TagSize]];
            _encoder.Encrypt(nonce, additional, content);
            return content;
        }

        public byte[]? Open(byte[] nonce, byte[] additional, byte[] sealedText)
        {
            var (inPlace, apart) = ((byte[])sealedText.Clone(), new byte[sealedText.Length]);
            try
            {
                _decoder.Decrypt(nonce, additional, sealedText, apart);
                _decoder.Decrypt(nonce, additional, inPlace, inPlace);
                Assert.That(inPlace[..^TagSize], Is.EqualTo(apart[..^TagSize]));
                return apart[..^TagSize];
            }
            catch (AuthenticationTagMismatchException)
            {
                Assert.That(
                    () => _decoder.Decrypt(nonce, additional, inPlace, inPlace), Throws.TypeOf<AuthenticationTagMismatchException>());
                Assert.That((IEnumerable<byte>)[.. apart[..^TagSize], .. inPlace[..^TagSize]], Is.All.Zero, "nothing is left of it");
                return null;
            }
        }

        public void Dispose()
        {
            _encoder.Dispose();
            _decoder.Dispose();
        }
    }

    private sealed class Stock(Func<IAeadCipher> create, byte[] key) : ISealer
    {
        public void Dispose() { }

        public byte[] Seal(byte[] nonce, byte[] additional, byte[] text) => Process(true, nonce, additional, text);

        public byte[]? Open(byte[] nonce, byte[] additional, byte[] sealedText)
        {
            try
            {
                return Process(false, nonce, additional, sealedText);
            }
            catch (InvalidCipherTextException)
            {
                return null;
            }
        }

        private byte[] Process(bool isEncryption, byte[] nonce, byte[] additional, byte[] input)
        {
            var cipher = create();
            cipher.Init(isEncryption, new AeadParameters(new KeyParameter(key), 8 * TagSize, nonce, additional));
            var output = new byte[cipher.GetOutputSize(input.Length)];
            var done = cipher.ProcessBytes(input, 0, input.Length, output, 0);
            done += cipher.DoFinal(output, done);
            return output[..done];
        }
    }
}
