using System.Security.Authentication;
using Microsoft.Extensions.Time.Testing;
using TlsFsm.Abstractions.Sessions;

namespace TlsFsm.Tests.Core.Sessions;

public sealed class MemorySessionCacheTests
{
    private readonly FakeTimeProvider _time = new();

    [Test]
    public void The_newest_session_is_given_first()
    {
        var cache = new MemorySessionCache(timeProvider: _time);
        var (first, second) = (Session("a"), Session("a"));
        cache.Add(first);
        cache.Add(second);

        Assert.That(cache.Take("a", null), Is.SameAs(second));
        Assert.That(cache.Take("a", null), Is.SameAs(first));
        Assert.That(cache.Take("a", null), Is.Null);
    }

    [Test]
    public void A_session_of_TLS_12_stays()
    {
        var cache = new MemorySessionCache(timeProvider: _time);
        var session = Session("a", SslProtocols.Tls12);
        cache.Add(session);

        Assert.That(cache.Take("a", null), Is.SameAs(session));
        Assert.That(cache.Take("a", null), Is.SameAs(session));
        Assert.That(cache.Take("b", null), Is.Null);
    }

    [Test]
    public void Beyond_the_capacity_the_oldest_goes_and_its_secret_with_it()
    {
        var cache = new MemorySessionCache(capacity: 2, timeProvider: _time);
        TlsSavedSession[] sessions = [Session("a"), Session("b"), Session("c")];
        cache.Add(sessions[0]);
        cache.Add(sessions[1]);
        Assert.That(cache.Count, Is.EqualTo(2));
        Assert.That(sessions[0].IsUsable, Is.True);

        cache.Add(sessions[2]);

        Assert.That(cache.Count, Is.EqualTo(2));
        Assert.That(sessions.Select(one => one.IsUsable), Is.EqualTo(new[] { false, true, true }));
        Assert.That(cache.Take("a", null), Is.Null);
    }

    [Test]
    public void Beyond_the_capacity_of_a_key_its_oldest_goes()
    {
        var cache = new MemorySessionCache(capacityPerKey: 2, timeProvider: _time);
        TlsSavedSession[] sessions = [Session("a"), Session("b"), Session("a"), Session("a")];
        foreach (var session in sessions)
            cache.Add(session);

        Assert.That(sessions.Select(one => one.IsUsable), Is.EqualTo(new[] { false, true, true, true }));
    }

    [Test]
    public void An_expired_session_is_not_given()
    {
        var cache = new MemorySessionCache(timeProvider: _time);
        cache.Add(Session("a"));
        _time.Advance(TimeSpan.FromHours(1));

        Assert.That(cache.Take("a", null), Is.Null);
        Assert.That(cache.Count, Is.Zero);
    }

    [Test]
    public void Only_a_session_of_the_origin_asked_for_is_given()
    {
        var cache = new MemorySessionCache(timeProvider: _time);
        var (one, other) = (Session("a"), Session("a"));
        cache.Add(one);
        cache.Add(other);

        Assert.That(cache.Take("a", one.Origin), Is.SameAs(one));
        Assert.That(cache.Take("a", one.Origin), Is.Null);
        Assert.That(cache.Count, Is.EqualTo(1));
    }

    [Test]
    public void A_removed_session_and_those_of_a_cleared_cache_are_forgotten()
    {
        var cache = new MemorySessionCache(timeProvider: _time);
        var (one, other) = (Session("a"), Session("b"));
        cache.Add(one);
        cache.Add(other);

        cache.Remove(one);
        Assert.That((one.IsUsable, other.IsUsable), Is.EqualTo((false, true)));
        cache.Remove(one);
        cache.Clear();
        Assert.That(other.IsUsable, Is.False);
        Assert.That(cache.Count, Is.Zero);
    }

    [Test]
    public void A_ticket_of_TLS_13_is_used_once_and_a_session_of_12_again()
    {
        var (ticket, session) = (Session("a"), Session("a", SslProtocols.Tls12));

        Assert.That(ticket.Use(), Is.EqualTo(new byte[] { 1, 2, 3 }));
        Assert.That(ticket.Use(), Is.Null);
        Assert.That(session.Use(), Is.EqualTo(new byte[] { 1, 2, 3 }));
        Assert.That(session.Use(), Is.EqualTo(new byte[] { 1, 2, 3 }));
        session.Forget();
        Assert.That(session.Use(), Is.Null);
    }

    [Test]
    public void Many_threads_may_use_it_at_once_and_none_gets_what_another_got()
    {
        var cache = new MemorySessionCache(capacity: 50, capacityPerKey: 10, _time);
        var taken = new System.Collections.Concurrent.ConcurrentBag<TlsSavedSession>();

        Parallel.For(0, 5000, i =>
        {
            cache.Add(Session($"{i % 7}"));
            if (cache.Take($"{(i + 3) % 7}", null) is { } session)
                taken.Add(session);
        });

        Assert.That(taken.Distinct().Count(), Is.EqualTo(taken.Count));
        Assert.That(cache.Count, Is.LessThanOrEqualTo(50));
    }

    [Test]
    public void Without_room_for_one_there_is_no_cache()
    {
        Assert.That(() => new MemorySessionCache(0), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => new MemorySessionCache(1, 0), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => new MemorySessionIds(0), Throws.InstanceOf<ArgumentOutOfRangeException>());
    }

    [Test]
    public void Session_ids_are_kept_up_to_the_capacity()
    {
        var ids = new MemorySessionIds(2);
        for (byte i = 0; i < 3; i++)
            ids.Add([i], [i, i]);

        Assert.That(ids.Count, Is.EqualTo(2));
        Assert.That(ids.Find([0]), Is.Null);
        Assert.That(ids.Find([2]), Is.EqualTo(new byte[] { 2, 2 }));
    }

    private TlsSavedSession Session(string key, SslProtocols protocol = SslProtocols.Tls13) => new([1, 2, 3], new TlsSavedSession.Facts
    {
        Key = key, Origin = Guid.NewGuid(), Protocol = protocol, CipherSuite = 0x1301, ReceivedAt = _time.GetUtcNow(),
        AuthenticatedAt = _time.GetUtcNow(),
        ExpiresAt = _time.GetUtcNow().AddHours(1), Ticket = [1], SessionId = [], AgeAdd = 0, ApplicationProtocol = default,
        Peer = PeerIdentity.None,
    });
}
