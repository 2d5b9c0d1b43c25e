using System.Buffers.Binary;
using System.Security.Cryptography;
using Org.BouncyCastle.Crypto;
using Org.BouncyCastle.Crypto.Modes;
using Org.BouncyCastle.Crypto.Parameters;
using TlsFsm.Core.BouncyCastle.Records;

namespace TlsFsm.Tests.Core;

/// <summary>
/// BouncyCastle's GCM with its state put back by hand, record after record, against itself as it means to be used, and the platform's.
/// </summary>
public sealed class ShortGcmTests
{
    private static readonly int[] Sizes = [0, 1, 15, 16, 17, 31, 32, 33, 63, 64, 65, 127, 128, 129, 255, 300, 1000, ShortGcm.MaxSize];

    [Test]
    public void One_object_seals_and_opens_record_after_record_as_the_others_do([Values(16, 32)] int keySize)
    {
        var key = RandomNumberGenerator.GetBytes(keySize);
        using var encoder = new ShortGcm(key, isEncoder: true);
        using var decoder = new ShortGcm(key, isEncoder: false);
        using var platform = new AesGcm(key, 16);
        var random = new Random(Seed: 7);
        for (var record = 0; record < 200; record++)
        {
            var plain = RandomNumberGenerator.GetBytes(record < Sizes.Length ? Sizes[record] : random.Next(ShortGcm.MaxSize));
            var (nonce, additional) = (NonceOf(record), RandomNumberGenerator.GetBytes(record % 2 == 0 ? 5 : 13));
            var expected = new byte[plain.Length + 16];
            platform.Encrypt(nonce, plain, expected.AsSpan(0, plain.Length), expected.AsSpan(plain.Length), additional);
            Assert.That(Stock(key, nonce, additional, plain), Is.EqualTo(expected));

            var content = new byte[plain.Length + 16];
            plain.CopyTo(content, 0);
            encoder.Encrypt(nonce, additional, content);
            Assert.That(content, Is.EqualTo(expected), $"record {record}");

            decoder.Decrypt(nonce, additional, content, content);
            Assert.That(content.AsSpan(0, plain.Length).SequenceEqual(plain), Is.True, $"record {record}");
        }
    }

    [Test]
    public void A_record_that_does_not_authenticate_leaves_nothing_behind()
    {
        var key = RandomNumberGenerator.GetBytes(16);
        using var platform = new AesGcm(key, 16);
        using var decoder = new ShortGcm(key, isEncoder: false);
        byte[] additional = [1, 2, 3];
        for (var record = 0; record < 40; record++)
        {
            var plain = RandomNumberGenerator.GetBytes(50 + record);
            var content = new byte[plain.Length + 16];
            platform.Encrypt(NonceOf(record), plain, content.AsSpan(0, plain.Length), content.AsSpan(plain.Length), additional);
            var bad = (byte[])content.Clone();
            bad[record % bad.Length] ^= 0x10;

            Assert.That(() => decoder.Decrypt(NonceOf(record), additional, bad, bad), Throws.TypeOf<AuthenticationTagMismatchException>());
            Assert.That(bad, Is.All.Zero, "what was decrypted is wiped");
            Assert.That(
                () => decoder.Decrypt(NonceOf(record + 1), additional, content, new byte[content.Length]),
                Throws.TypeOf<AuthenticationTagMismatchException>(), "another nonce");

            decoder.Decrypt(NonceOf(record), additional, content, content);
            Assert.That(content.AsSpan(0, plain.Length).SequenceEqual(plain), Is.True);
        }
    }

    [Test]
    public void A_record_makes_no_garbage()
    {
        var key = RandomNumberGenerator.GetBytes(16);
        using var encoder = new ShortGcm(key, isEncoder: true);
        using var decoder = new ShortGcm(key, isEncoder: false);
        var content = new byte[500];
        var nonce = NonceOf(0);
        encoder.Encrypt(nonce, [1], content);
        decoder.Decrypt(nonce, [1], content, content);

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var record = 1; record <= 100; record++)
        {
            BinaryPrimitives.WriteInt64BigEndian(nonce.AsSpan(4), record);
            encoder.Encrypt(nonce, [1], content);
            decoder.Decrypt(nonce, [1], content, content);
        }

        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.Zero);
    }

    private static byte[] NonceOf(int record)
    {
        var nonce = new byte[12];
        BinaryPrimitives.WriteInt64BigEndian(nonce.AsSpan(4), record);
        return nonce;
    }

    private static byte[] Stock(byte[] key, byte[] nonce, byte[] additional, byte[] plain)
    {
        var cipher = new GcmBlockCipher(AesUtilities.CreateEngine());
        cipher.Init(true, new AeadParameters(new KeyParameter(key), 128, nonce, additional));
        var output = new byte[cipher.GetOutputSize(plain.Length)];
        var done = cipher.ProcessBytes(plain, 0, plain.Length, output, 0);
        cipher.DoFinal(output, done);
        return output;
    }
}
