using Microsoft.Extensions.Time.Testing;
using TlsFsm.Abstractions;
using TlsFsm.Core.Certificates;

namespace TlsFsm.Tests.Core;

/// <summary>A verdict is remembered for what it was about, for as long as it is true, and no longer.</summary>
public sealed class VerdictCacheTests
{
    private static readonly byte[] Leaf = [1, 2, 3];
    private static readonly byte[] Issuer = [4, 5];

    private readonly FakeTimeProvider _clock = new(new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero));
    private VerdictCache _verdicts = null!;

    private static VerdictCache.Key Key => VerdictCache.KeyOf([Leaf, Issuer], "localhost", isServer: false);

    [SetUp]
    public void SetUp() => _verdicts = new VerdictCache(TimeSpan.FromMinutes(1), _clock);

    [Test]
    public void A_chain_that_was_found_good_is_good_for_its_lifetime()
    {
        Remember();

        Assert.That(_verdicts.IsGood(Key), Is.True);
        _clock.Advance(TimeSpan.FromSeconds(59));
        Assert.That(_verdicts.IsGood(Key), Is.True);
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.That(_verdicts.IsGood(Key), Is.False);
    }

    [Test]
    public void A_chain_ceases_to_be_good_when_one_of_its_certificates_does()
    {
        _verdicts.Add(Key, _clock.GetUtcNow().AddDays(-1), _clock.GetUtcNow().AddSeconds(10));

        _clock.Advance(TimeSpan.FromSeconds(10));
        Assert.That(_verdicts.IsGood(Key), Is.True);
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.That(_verdicts.IsGood(Key), Is.False);
    }

    [Test]
    public void Another_name_role_or_byte_is_another_verdict()
    {
        Remember();

        Assert.That(_verdicts.IsGood(VerdictCache.KeyOf([Leaf, Issuer], "localhost.", isServer: false)), Is.False);
        Assert.That(_verdicts.IsGood(VerdictCache.KeyOf([Leaf, Issuer], null, isServer: false)), Is.False);
        Assert.That(_verdicts.IsGood(VerdictCache.KeyOf([Leaf, Issuer], "localhost", isServer: true)), Is.False);
        Assert.That(_verdicts.IsGood(VerdictCache.KeyOf([Leaf], "localhost", isServer: false)), Is.False);
        Assert.That(_verdicts.IsGood(VerdictCache.KeyOf([Issuer, Leaf], "localhost", isServer: false)), Is.False);
        Assert.That(_verdicts.IsGood(VerdictCache.KeyOf([[1, 2], [3, 4, 5]], "localhost", isServer: false)), Is.False);
    }

    [Test]
    public void The_cache_does_not_grow_without_bound()
    {
        Remember();
        for (var i = 0; i < VerdictCache.Capacity; i++)
            _verdicts.Add(VerdictCache.KeyOf([BitConverter.GetBytes(i)], null, isServer: false), DateTimeOffset.MinValue, DateTimeOffset.MaxValue);

        Assert.That(_verdicts.IsGood(Key), Is.False);
    }

    [Test]
    public void Each_verification_has_verdicts_of_its_own_or_none()
    {
        var one = CertificateVerification.SystemTrust;
        var other = one.WithVerdictLifetime(TimeSpan.FromMinutes(1));

        Assert.That(VerdictCache.Of(one), Is.Not.Null);
        Assert.That(VerdictCache.Of(other), Is.Not.SameAs(VerdictCache.Of(one)));
        Assert.That(VerdictCache.Of(one.WithVerdictLifetime(TimeSpan.Zero)), Is.Null);
        Assert.That(() => one.WithVerdictLifetime(TimeSpan.FromTicks(-1)), Throws.InstanceOf<ArgumentOutOfRangeException>());
    }

    private void Remember() => _verdicts.Add(Key, DateTimeOffset.MinValue, DateTimeOffset.MaxValue);
}
