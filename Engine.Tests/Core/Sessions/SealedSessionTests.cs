using System.Security.Authentication;
using TlsFsm.Abstractions.Sessions;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Core.Sessions;

/// <summary>Sessions that leave the process and come back: sealed, whole, and good for no more than before.</summary>
[TestFixture(SslProtocols.Tls12)]
[TestFixture(SslProtocols.Tls13)]
public sealed class SealedSessionTests(SslProtocols version)
{
    [Test]
    public void A_sealed_session_is_resumed_by_whoever_has_the_ring()
    {
        using var keys = new MemoryTicketKeyRing();
        var pair = new SessionPair(version);
        pair.Visit();
        var bytes = TakeFrom(pair).Seal(keys);
        pair.Cache.Clear();

        var opened = TlsSavedSession.Open(bytes, keys)!;
        pair.Cache.Add(opened);
        var resumed = pair.Visit().Client;

        Assert.That(resumed.IsResumed, Is.True);
        Assert.That(resumed.Origin, Is.EqualTo(opened.Origin));
        Assert.That(resumed.PeerCertificate, Is.EqualTo(TestCertificates.Server.Certificate));
    }

    [Test]
    public void A_session_of_TLS_13_leaves_and_one_of_12_stays()
    {
        using var keys = new MemoryTicketKeyRing();
        var pair = new SessionPair(version);
        pair.Visit();
        var session = TakeFrom(pair);

        session.Seal(keys);

        Assert.That(session.IsUsable, Is.EqualTo(version == SslProtocols.Tls12));
        session.Forget();
        Assert.That(() => session.Seal(keys), Throws.InvalidOperationException);
    }

    [Test]
    public void What_another_ring_has_sealed_or_somebody_has_changed_is_no_session()
    {
        using var keys = new MemoryTicketKeyRing();
        using var others = new MemoryTicketKeyRing();
        others.Seal([1]);
        var pair = new SessionPair(version);
        pair.Visit();
        var bytes = TakeFrom(pair).Seal(keys);

        Assert.That(TlsSavedSession.Open(bytes, others), Is.Null);
        Assert.That(TlsSavedSession.Open([], keys), Is.Null);
        for (var i = 0; i < bytes.Length; i++)
        {
            bytes[i] ^= 1;
            Assert.That(TlsSavedSession.Open(bytes, keys), Is.Null, $"byte {i}");
            bytes[i] ^= 1;
        }

        Assert.That(TlsSavedSession.Open(bytes, keys), Is.Not.Null);
    }

    [Test]
    public void A_state_that_is_cut_short_or_goes_on_is_no_session_and_one_that_is_changed_throws_nothing()
    {
        var pair = new SessionPair(version);
        pair.Visit();
        var state = TakeFrom(pair).Export();

        for (var length = 0; length < state.Length; length++)
            Assert.That(SavedSessionState.Read(state[..length]), Is.Null, $"{length} bytes");
        Assert.That(SavedSessionState.Read([.. state, 0]), Is.Null);
        for (var i = 0; i < state.Length; i++)
        {
            var changed = (byte[])state.Clone();
            changed[i] = (byte)~changed[i];
            Assert.That(() => SavedSessionState.Read(changed), Throws.Nothing, $"byte {i}");
        }
    }

    [Test]
    public void Under_one_ring_a_servers_ticket_is_no_session_and_a_session_no_ticket()
    {
        var pair = new SessionPair(version);
        pair.Visit();
        var session = TakeFrom(pair);
        Assert.That(TlsSavedSession.Open(session.About.Ticket, pair.Keys!), Is.Null);

        // A client that offers as a ticket what a client of the same fleet has sealed.
        var sealedSession = TlsSavedSession.Open(session.Seal(pair.Keys!), pair.Keys!)!;
        var about = sealedSession.About with { Ticket = sealedSession.Seal(pair.Keys!) };
        pair.Cache.Clear();
        pair.Cache.Add(new TlsSavedSession(new byte[48], about));

        Assert.That(pair.Visit().Client.IsResumed, Is.False);
    }

    [Test]
    public void Under_other_options_or_too_late_it_is_not_offered()
    {
        using var keys = new MemoryTicketKeyRing();
        var pair = new SessionPair(version);
        pair.Visit();
        var bytes = TakeFrom(pair).Seal(keys);
        pair.Cache.Clear();

        pair.ClientPolicy = TlsPolicy.Default with { MinRsaBits = 3072 };
        pair.Cache.Add(TlsSavedSession.Open(bytes, keys)!);
        Assert.That(pair.Visit().Client.IsResumed, Is.False, "other options");

        pair.Cache.Clear();
        pair.ClientPolicy = TlsPolicy.Default;
        var late = TlsSavedSession.Open(bytes, keys)!;
        pair.Time.SetUtcNow(late.ExpiresAt);
        pair.Cache.Add(late);
        Assert.That(pair.Visit().Client.IsResumed, Is.False, "too late");
    }

    private static TlsSavedSession TakeFrom(SessionPair pair) =>
        pair.Cache.Take(TlsFsm.Core.Sessions.SessionBinding.Of(pair.ClientOptions())!, null)!;
}
