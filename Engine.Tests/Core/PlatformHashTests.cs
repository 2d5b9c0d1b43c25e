using System.Security.Cryptography;
using Org.BouncyCastle.Tls.Crypto;
using TlsFsm.Core.BouncyCastle.Keys;

namespace TlsFsm.Tests.Core;

/// <summary>The platform's hashes as BouncyCastle uses them: values in between, by copies.</summary>
[TestFixture]
internal sealed class PlatformHashTests
{
    private static readonly byte[] One = [.. Enumerable.Range(0, 300).Select(i => (byte)i)];
    private static readonly byte[] Two = [.. Enumerable.Range(0, 77).Select(i => (byte)(3 * i))];

    [TestCase(CryptoHashAlgorithm.sha256)]
    [TestCase(CryptoHashAlgorithm.sha384)]
    [TestCase(CryptoHashAlgorithm.sha512)]
    public void Values_in_between_are_those_of_the_platform_in_one_piece(int algorithm)
    {
        using var hash = PlatformHash.Of(algorithm)!;

        Assert.That(hash.CloneHash().CalculateHash(), Is.EqualTo(Expected(algorithm, [])));
        hash.Update(One);
        Assert.That(hash.CloneHash().CalculateHash(), Is.EqualTo(Expected(algorithm, One)));
        Assert.That(hash.CloneHash().CloneHash().CalculateHash(), Is.EqualTo(Expected(algorithm, One)), "once more, nothing has changed");
        hash.Update(Two, 7, 50);
        Assert.That(hash.CalculateHash(), Is.EqualTo(Expected(algorithm, [.. One, .. Two[7..57]])));
        hash.Update(Two);
        Assert.That(hash.CalculateHash(), Is.EqualTo(Expected(algorithm, Two)), "it has begun anew");
    }

    [Test]
    public void A_copy_that_goes_on_takes_the_state_with_it()
    {
        using var hash = PlatformHash.Of(CryptoHashAlgorithm.sha256)!;
        hash.Update(One);

        var copy = hash.CloneHash();
        copy.Update(Two);

        Assert.That(copy.CloneHash().CalculateHash(), Is.EqualTo(Expected(CryptoHashAlgorithm.sha256, [.. One, .. Two])));
        Assert.That(copy.CalculateHash(), Is.EqualTo(Expected(CryptoHashAlgorithm.sha256, [.. One, .. Two])));
        Assert.That(() => hash.Update(Two), Throws.Exception.With.Message.Contains("behind its end"));
        Assert.That(() => hash.CalculateHash(), Throws.Exception);
    }

    [Test]
    public void A_copy_of_nothing_goes_on_beside_the_original()
    {
        using var hash = PlatformHash.Of(CryptoHashAlgorithm.sha256)!;

        var copy = hash.CloneHash();
        copy.Update(One);
        hash.Update(Two);

        Assert.That(copy.CalculateHash(), Is.EqualTo(Expected(CryptoHashAlgorithm.sha256, One)));
        Assert.That(hash.CalculateHash(), Is.EqualTo(Expected(CryptoHashAlgorithm.sha256, Two)));
    }

    [Test]
    public void A_copy_whose_original_went_on_gives_no_wrong_value()
    {
        using var hash = PlatformHash.Of(CryptoHashAlgorithm.sha256)!;
        hash.Update(One);
        var copy = hash.CloneHash();

        hash.Update(Two);

        Assert.That(() => copy.CalculateHash(), Throws.Exception.With.Message.Contains("behind its end"));
        Assert.That(hash.CalculateHash(), Is.EqualTo(Expected(CryptoHashAlgorithm.sha256, [.. One, .. Two])));
    }

    [Test]
    public void It_can_be_reset_and_is_over_when_it_is_disposed()
    {
        var hash = PlatformHash.Of(CryptoHashAlgorithm.sha384)!;
        hash.Update(One);
        hash.Reset();
        Assert.That(hash.CloneHash().CalculateHash(), Is.EqualTo(Expected(CryptoHashAlgorithm.sha384, [])));

        hash.Dispose();

        Assert.That(() => hash.CalculateHash(), Throws.Exception);
        Assert.That(() => hash.CloneHash().CalculateHash(), Throws.Exception);
        Assert.That(PlatformHash.Of(CryptoHashAlgorithm.sha1), Is.Null);
    }

    private static byte[] Expected(int algorithm, byte[] content) => algorithm switch
    {
        CryptoHashAlgorithm.sha256 => SHA256.HashData(content),
        CryptoHashAlgorithm.sha384 => SHA384.HashData(content),
        _ => SHA512.HashData(content),
    };
}
