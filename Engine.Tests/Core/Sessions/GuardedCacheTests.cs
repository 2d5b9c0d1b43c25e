using System.Security.Authentication;
using TlsFsm.Abstractions.Sessions;
using TlsFsm.Core.Sessions;

namespace TlsFsm.Tests.Core.Sessions;

/// <summary>The application's cache as a connection uses it, and what a server remembers of failed tickets.</summary>
public sealed class GuardedCacheTests
{
    // As many as a connection takes back.
    private const int MaxKept = 16;

    private readonly List<Exception> _failures = [];

    [SetUp]
    public void SetUp() => _failures.Clear();

    [Test]
    public void What_is_added_is_taken_from_the_applications_cache()
    {
        var (inner, session) = (new MemorySessionCache(), Session());
        var cache = new GuardedCache(inner, _failures.Add);

        cache.Add(session);

        Assert.That(inner.Count, Is.EqualTo(1));
        Assert.That(cache.Take("a", null), Is.SameAs(session));
        Assert.That(cache.Take("b", null), Is.Null);
        Assert.That(_failures, Is.Empty);
    }

    [Test]
    public void A_failure_overwrites_and_removes_the_last_that_the_connection_gave_and_one_besides()
    {
        var inner = new MemorySessionCache(100, 100);
        var cache = new GuardedCache(inner, _failures.Add);
        var sessions = Enumerable.Range(0, MaxKept + 2).Select(_ => Session()).ToList();
        var other = Session();
        sessions.ForEach(cache.Add);
        inner.Add(other);

        cache.Forget(other);

        Assert.That(sessions.Select(one => one.IsUsable), Is.EqualTo(sessions.Select((_, i) => i < 2)));
        Assert.That(other.IsUsable, Is.False);
        Assert.That(inner.Count, Is.EqualTo(2));
    }

    [Test]
    public void What_was_forgotten_is_not_forgotten_again()
    {
        var inner = new CountingCache();
        var cache = new GuardedCache(inner, _failures.Add);
        cache.Add(Session());

        cache.Forget(null);
        cache.Forget(null);

        Assert.That(inner.Removed, Is.EqualTo(1));
    }

    [Test]
    public void A_cache_that_throws_is_told_of_and_secrets_are_overwritten_all_the_same()
    {
        var (cache, session) = (new GuardedCache(new CountingCache { Fails = true }, _failures.Add), Session());

        cache.Add(session);
        Assert.That(cache.Take("a", null), Is.Null);
        cache.Forget(null);

        Assert.That(session.IsUsable, Is.False);
        Assert.That(_failures, Has.Count.EqualTo(3).And.All.InstanceOf<NotSupportedException>());
    }

    [Test]
    public void Without_a_cache_there_is_nothing_and_a_secret_is_overwritten_all_the_same()
    {
        var (cache, session) = (new GuardedCache(null, _failures.Add), Session());

        cache.Add(session);
        Assert.That(cache.Take("a", null), Is.Null);
        cache.Forget(null);

        Assert.That(session.IsUsable, Is.False);
        Assert.That(_failures, Is.Empty);
    }

    [Test]
    public void Of_failed_lineages_the_oldest_is_forgotten_when_there_are_too_many_and_each_counts_once()
    {
        const int Capacity = 8192;
        var failed = new FailedSessions();
        var lineages = Enumerable.Range(0, Capacity + 1).Select(_ => Guid.NewGuid()).ToArray();

        foreach (var lineage in lineages[..^1])
            failed.Add(lineage);
        failed.Add(lineages[0]);
        Assert.That(lineages[..^1].All(failed.Has), Is.True);
        Assert.That(failed.Has(lineages[^1]), Is.False);
        failed.Add(lineages[^1]);

        Assert.That(failed.Has(lineages[0]), Is.False);
        Assert.That(lineages[1..].All(failed.Has), Is.True);
    }

    [Test]
    public void Each_ring_has_its_own_failed_lineages()
    {
        using var one = new MemoryTicketKeyRing();
        using var other = new MemoryTicketKeyRing();
        var lineage = Guid.NewGuid();

        FailedSessions.Of(one).Add(lineage);

        Assert.That(FailedSessions.Of(one).Has(lineage), Is.True);
        Assert.That(FailedSessions.Of(other).Has(lineage), Is.False);
    }

    private static TlsSavedSession Session() => new([1, 2, 3], new TlsSavedSession.Facts
    {
        Key = "a", Origin = Guid.NewGuid(), Protocol = SslProtocols.Tls12, CipherSuite = 0xC02B, ReceivedAt = DateTimeOffset.UtcNow,
        AuthenticatedAt = DateTimeOffset.UtcNow, ExpiresAt = DateTimeOffset.UtcNow.AddDays(1), Ticket = [1], SessionId = [], AgeAdd = 0,
        ApplicationProtocol = default, Peer = PeerIdentity.None,
    });

    private sealed class CountingCache : ITlsSessionCache
    {
        public bool Fails { get; init; }

        public int Removed { get; private set; }

        public void Add(TlsSavedSession session) => Check();

        public TlsSavedSession? Take(string key, Guid? origin)
        {
            Check();
            return null;
        }

        public void Remove(TlsSavedSession session)
        {
            Check();
            Removed++;
        }

        private void Check()
        {
            if (Fails)
                throw new NotSupportedException("no room");
        }
    }
}
