using System.Security.Authentication;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Core.Sessions;

/// <summary>
/// What a failed connection has is not resumed, in both roles and on both versions (RFC 5246 section 7.2.2, RFC 8446 section 6.2). Sessions
/// that are kept by their id are in <c>SessionRulesInteropTests</c>: no client of ours does without tickets.
/// </summary>
[TestFixture(SslProtocols.Tls12)]
[TestFixture(SslProtocols.Tls13)]
public sealed class FailedSessionTests(SslProtocols version)
{
    /// <summary>A record that does not authenticate.</summary>
    private static readonly byte[] Garbage = [23, 3, 3, 0, 30, .. new byte[30]];

    [Test]
    public void A_client_forgets_what_came_on_a_connection_that_it_had_to_end()
    {
        var pair = new SessionPair(version);
        using (var connection = pair.Connect())
        {
            connection.ClientIn.Write(Garbage);
            Assert.That(() => connection.Client.Read(new byte[10], out _), Throws.InstanceOf<TlsException>());
        }

        Assert.That(pair.Cache.Count, Is.Zero);
        Assert.That(pair.Visit().Client.IsResumed, Is.False);
    }

    [Test]
    public void A_client_forgets_when_it_hears_a_fatal_alert()
    {
        var pair = new SessionPair(version);
        using (var connection = pair.Connect())
        {
            connection.ServerIn.Write(Garbage);
            Assert.That(() => connection.Server.Read(new byte[10], out _), Throws.InstanceOf<TlsException>());
            connection.ToClient();
            Assert.That(() => connection.Client.Read(new byte[10], out _), Throws.InstanceOf<TlsException>());
        }

        Assert.That(pair.Cache.Count, Is.Zero);
    }

    [Test]
    public void A_server_resumes_nothing_of_a_connection_that_it_had_to_end_though_its_client_has_not_heard()
    {
        var pair = new SessionPair(version);
        using (var connection = pair.Connect())
        {
            connection.ServerIn.Write(Garbage);
            Assert.That(() => connection.Server.Read(new byte[10], out _), Throws.InstanceOf<TlsException>());
        }

        Assert.That(pair.Cache.Count, Is.Positive);
        Assert.That(pair.Visit().Client.IsResumed, Is.False);
        Assert.That(pair.Visit().Client.IsResumed, Is.True, "the session that came instead");
    }

    [Test]
    public void A_server_that_the_application_ends_with_an_alert_resumes_nothing_of_it()
    {
        var pair = new SessionPair(version);
        using (var connection = pair.Connect())
            connection.Server.SendAlert(TlsAlert.AccessDenied);

        Assert.That(pair.Visit().Client.IsResumed, Is.False);
    }

    [Test]
    public void A_session_that_was_resumed_goes_with_the_connection_that_resumed_it_on_TLS_12_alone()
    {
        var pair = new SessionPair(version);
        pair.Visit();
        using (var connection = pair.Connect())
        {
            Assert.That(connection.Client.Session!.IsResumed, Is.True);
            connection.ClientIn.Write(Garbage);
            Assert.That(() => connection.Client.Read(new byte[10], out _), Throws.InstanceOf<TlsException>());
        }

        // On TLS 1.3 the first connection gave two tickets, of secrets of their own.
        Assert.That(pair.Visit().Client.IsResumed, Is.EqualTo(version == SslProtocols.Tls13));
    }

    [Test]
    public void A_session_kept_elsewhere_than_in_our_cache_is_not_offered_either()
    {
        var pair = new SessionPair(version);
        TlsSavedSession kept;
        using (var connection = pair.Connect())
        {
            kept = pair.Cache.Take(TlsFsm.Core.Sessions.SessionBinding.Of(pair.ClientOptions())!, null)!;
            connection.ClientIn.Write(Garbage);
            Assert.That(() => connection.Client.Read(new byte[10], out _), Throws.InstanceOf<TlsException>());
        }

        Assert.That(kept.IsUsable, Is.False);
    }

    [Test]
    public void A_connection_that_closes_in_order_takes_nothing_with_it()
    {
        var pair = new SessionPair(version);
        using (var connection = pair.Connect())
        {
            connection.Server.StepShutdown();
            connection.ToClient();
            Assert.That(connection.Client.StepShutdown(), Is.EqualTo(CoreStatus.Done));
        }

        Assert.That(pair.Visit().Client.IsResumed, Is.True);
    }
}
