using System.Security.Cryptography;
using System.Text.Json;
using Org.BouncyCastle.Crypto;
using Org.BouncyCastle.Crypto.Modes;
using Org.BouncyCastle.Crypto.Parameters;
using TlsFsm.Abstractions.Policy;
using TlsFsm.Core.BouncyCastle;
using TlsFsm.Core.BouncyCastle.Records;
using PlatformChaCha = System.Security.Cryptography.ChaCha20Poly1305;
using StockChaCha = Org.BouncyCastle.Crypto.Modes.ChaCha20Poly1305;

namespace TlsFsm.Tests.Core.Records;

/// <summary>
/// Published vectors through each AEAD that protects records: ours for short ones, the platform's, BouncyCastle's. The files have Project
/// Wycheproof's schema; <c>TLSFSM_AEAD_VECTORS</c> names a folder with others to play, such as that project's own.
/// </summary>
public sealed class AeadVectorTests
{
    private const int TagSize = 16;

    private static readonly string Folder = Environment.GetEnvironmentVariable("TLSFSM_AEAD_VECTORS") is { Length: > 0 } given
        ? given
        : Path.Combine(AppContext.BaseDirectory, "Core", "Records", "Vectors");

    private static readonly Func<byte[], IAead>[] GcmMakers =
        [key => new Short(key), key => new PlatformGcm(key), key => new Stock(() => new GcmBlockCipher(AesUtilities.CreateEngine()), key)];
    private static readonly Func<byte[], IAead>[] ChaChaMakers =
        [key => new PlatformChaChaPoly(key), key => new Stock(() => new StockChaCha(), key)];

    private interface IAead : IDisposable
    {
        /// <summary>Whether it is here.</summary>
        bool IsSupported => true;

        byte[] Seal(byte[] nonce, byte[] additional, byte[] text);

        /// <summary>Null when it does not authenticate.</summary>
        byte[]? Open(byte[] nonce, byte[] additional, byte[] sealedText);
    }

    [Test]
    public void Every_AES_GCM_does_what_the_vectors_say([Range(0, 2)] int maker) => Play("aes_gcm", GcmMakers[maker]);

    [Test]
    public void Our_AES_GCM_refuses_to_seal_twice_under_one_nonce()
    {
        using var aead = new Short(new byte[16]);
        Assume.That(aead.IsSupported, "this processor has what it takes");
        aead.Seal(new byte[12], [], [1]);

        Assert.That(() => aead.Seal(new byte[12], [], [2]), Throws.ArgumentException);
    }

    [Test]
    public void Every_ChaCha20_Poly1305_does_what_the_vectors_say([Range(0, 1)] int maker) =>
        Play("chacha20_poly1305", ChaChaMakers[maker]);

    private static void Play(string file, Func<byte[], IAead> make)
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

    private static void PlayOne(JsonElement vector, Func<byte[], IAead> make)
    {
        var name = $"vector {vector.GetProperty("tcId").GetInt32()} ({vector.GetProperty("comment").GetString()})";
        var (nonce, additional, text) = (Bytes("iv"), Bytes("aad"), Bytes("msg"));
        byte[] sealedText = [.. Bytes("ct"), .. Bytes("tag")];
        using var aead = make(Bytes("key"));
        Assume.That(aead.IsSupported, "this machine has it");
        if (vector.GetProperty("result").GetString() == "invalid")
        {
            Assert.That(aead.Open(nonce, additional, sealedText), Is.Null, name);
            return;
        }

        // Twice, because a second use of one object goes another way; BouncyCastle refuses a nonce that was the last one's.
        for (var i = 0; i < 2; i++)
        {
            Assert.That(aead.Seal(nonce, additional, text), Is.EqualTo(sealedText), name);
            Assert.That(aead.Open(nonce, additional, sealedText), Is.EqualTo(text), name);
            aead.Seal([.. nonce[..^1], (byte)~nonce[^1]], additional, text);
        }

        for (var bit = 0; bit < 8 * TagSize; bit++)
        {
            var forged = (byte[])sealedText.Clone();
            forged[^(1 + (bit / 8))] ^= (byte)(1 << (bit % 8));
            Assert.That(aead.Open(nonce, additional, forged), Is.Null, $"{name}, bit {bit} of the tag");
        }

        byte[] Bytes(string property) => Convert.FromHexString(vector.GetProperty(property).GetString()!);
    }

    private sealed class Short(byte[] key) : IAead
    {
        // One direction each, as the record cipher has them.
        private readonly ShortGcm _encoder = new(key, isEncoder: true);
        private readonly ShortGcm _decoder = new(key, isEncoder: false);

        public bool IsSupported => PlatformCiphers.OfThisMachine.HasAesInstructions;

        public byte[] Seal(byte[] nonce, byte[] additional, byte[] text)
        {
            byte[] content = [.. text, .. new byte[TagSize]];
            _encoder.Encrypt(nonce, additional, content);
            return content;
        }

        public byte[]? Open(byte[] nonce, byte[] additional, byte[] sealedText)
        {
            var content = (byte[])sealedText.Clone();
            try
            {
                _decoder.Decrypt(nonce, additional, content);
                return content[..^TagSize];
            }
            catch (AuthenticationTagMismatchException)
            {
                Assert.That(content, Is.All.Zero, "nothing is left of what was decrypted");
                return null;
            }
        }

        public void Dispose()
        {
            _encoder.Dispose();
            _decoder.Dispose();
        }
    }

    private sealed class PlatformGcm(byte[] key) : IAead
    {
        private readonly AesGcm _gcm = new(key, TagSize);

        public byte[] Seal(byte[] nonce, byte[] additional, byte[] text) =>
            InPlace(text, (content, tag) => _gcm.Encrypt(nonce, content, content, tag, additional));

        public byte[]? Open(byte[] nonce, byte[] additional, byte[] sealedText) =>
            OpenInPlace(sealedText, (content, tag) => _gcm.Decrypt(nonce, content, tag, content, additional));

        public void Dispose() => _gcm.Dispose();
    }

    private sealed class PlatformChaChaPoly(byte[] key) : IAead
    {
        private readonly PlatformChaCha _chaCha = new(key);

        public bool IsSupported => PlatformChaCha.IsSupported;

        public byte[] Seal(byte[] nonce, byte[] additional, byte[] text) =>
            InPlace(text, (content, tag) => _chaCha.Encrypt(nonce, content, content, tag, additional));

        public byte[]? Open(byte[] nonce, byte[] additional, byte[] sealedText) =>
            OpenInPlace(sealedText, (content, tag) => _chaCha.Decrypt(nonce, content, tag, content, additional));

        public void Dispose() => _chaCha.Dispose();
    }

    private sealed class Stock(Func<IAeadCipher> create, byte[] key) : IAead
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

    private static byte[] InPlace(byte[] text, Action<byte[], byte[]> encrypt)
    {
        var (content, tag) = ((byte[])text.Clone(), new byte[TagSize]);
        encrypt(content, tag);
        return [.. content, .. tag];
    }

    private static byte[]? OpenInPlace(byte[] sealedText, Action<byte[], byte[]> decrypt)
    {
        var (content, tag) = (sealedText[..^TagSize], sealedText[^TagSize..]);
        try
        {
            decrypt(content, tag);
            return content;
        }
        catch (AuthenticationTagMismatchException)
        {
            return null;
        }
    }
}
