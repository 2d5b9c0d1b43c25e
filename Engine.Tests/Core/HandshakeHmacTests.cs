using System.Security.Cryptography;
using TlsFsm.Core.BouncyCastle.Keys;
using TlsFsm.Core.Primitives;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Core;

/// <summary>The HMAC of a key schedule, by OpenSSL where it is, against .NET's and published values.</summary>
public sealed class HandshakeHmacTests
{
    private static readonly HashAlgorithmName[] Names = [HashAlgorithmName.SHA256, HashAlgorithmName.SHA384, HashAlgorithmName.SHA512];

    [Test]
    public void Each_key_has_its_own_value_whatever_was_keyed_before()
    {
        using var hmac = new HandshakeHmac();
        for (var round = 0; round < 50; round++)
        {
            var name = Names[round % 7 % Names.Length];
            var (key, data) = (RandomNumberGenerator.GetBytes(1 + (7 * round)), RandomNumberGenerator.GetBytes(1 + (5 * round)));
            var expected = CryptographicOperations.HmacData(name, key, data);
            foreach (var size in (int[])[expected.Length, 16, 12, 1])
            {
                var output = new byte[size];
                hmac.Compute(name, key, data, output);
                Assert.That(output, Is.EqualTo(expected[..size]), $"{name}, round {round}");
            }
        }
    }

    // RFC 4231, test cases 1, 2 and 6: a key of 20 bytes, one of 4, and one that is longer than a block.
    [TestCase(
        "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "4869205468657265",
        "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7")]
    [TestCase(
        "4a656665", "7768617420646f2079612077616e7420666f72206e6f7468696e673f",
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")]
    [TestCase(
        null, "54657374205573696e67204c6172676572205468616e20426c6f636b2d53697a65204b6579202d2048617368204b6579204669727374",
        "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54")]
    public void OpenSSL_computes_what_RFC_4231_says(string? key, string data, string expected)
    {
        Assume.That(ThisSystem.HasOpenSsl3, "this system has OpenSSL 3");
        using var hmac = OpenSslHmac.Make(HashAlgorithmName.SHA256)!;
        byte[] keyed = key is null ? [.. Enumerable.Repeat((byte)0xaa, 131)] : Convert.FromHexString(key);
        var output = new byte[32];

        var isDone = hmac.TryCompute(keyed, Convert.FromHexString(data), output);

        Assert.That(isDone, Is.True);
        Assert.That(Convert.ToHexStringLower(output), Is.EqualTo(expected));
    }

    [Test]
    public void An_empty_key_is_never_the_one_before()
    {
        using var hmac = new HandshakeHmac();
        var (first, second) = (new byte[32], new byte[32]);
        hmac.Compute(HashAlgorithmName.SHA256, [1, 2, 3], [4], first);

        hmac.Compute(HashAlgorithmName.SHA256, [], [4], second);

        Assert.That(second, Is.EqualTo(HMACSHA256.HashData([], [4])));
        using var direct = OpenSslHmac.Make(HashAlgorithmName.SHA256);
        Assert.That(direct?.TryCompute([], [4], second) ?? false, Is.False);
        Assert.That(direct?.TryCompute([1], [], second) ?? false, Is.False, "no message of a handshake is empty");
    }

    [Test]
    public void Nothing_is_keyed_behind_the_end()
    {
        var hmac = new HandshakeHmac();
        var output = new byte[32];
        hmac.Compute(HashAlgorithmName.SHA256, [1], [2], output);
        Assert.That(hmac.HoldsKey, Is.EqualTo(ThisSystem.HasOpenSsl3));

        hmac.Dispose();
        hmac.Compute(HashAlgorithmName.SHA256, [1], [2], output);

        Assert.That(hmac.HoldsKey, Is.False);
        Assert.That(output, Is.EqualTo(HMACSHA256.HashData([1], [2])));
        Assert.That(OpenSslHmac.Make(HashAlgorithmName.MD5), Is.Null);
    }
}
