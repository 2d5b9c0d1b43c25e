using System.Security.Authentication;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Connection;

/// <summary>
/// Whatever an application gives a connection to call throws, at each of its calls in turn: both ends come to an end with a reason, nobody
/// but the application is blamed, and nothing escapes.
/// </summary>
[TestFixture]
internal sealed class ForeignSeamTests
{
    // A seam that is called more often than this throws at calls enough.
    private const int MostCalls = 40;

    private static readonly SslProtocols[] Versions = [SslProtocols.Tls12, SslProtocols.Tls13];

    // A clock and a log are asked all the time; every third call shows as much.
    private static int StrideOf(string seam) =>
        seam.EndsWith("Logger", StringComparison.Ordinal) || seam.EndsWith("TimeProvider", StringComparison.Ordinal) ? 3 : 1;

    [Test]
    public void A_seam_that_throws_costs_its_connection_at_most(
        [ValueSource(typeof(ForeignSeams), nameof(ForeignSeams.All))] string seam, [ValueSource(nameof(Versions))] SslProtocols version)
    {
        // Of keys, TLS 1.3 is the version whose suites are there by default.
        version = ForeignSeams.OfKeys.Contains(seam) ? SslProtocols.Tls13 : version;

        var calls = 0;
        for (var at = 1; at <= MostCalls; at += StrideOf(seam))
        {
            using var seams = new ForeignSeams(seam, at);
            Live(seams, version, at);
            if (!seams.HasThrown)
                break;
            calls++;
        }

        Assert.That(calls, Is.GreaterThan(0), "it was never called");
    }

    [Test]
    public void A_seam_that_throws_one_of_our_exceptions_does_so_too(
        [ValueSource(typeof(ForeignSeams), nameof(ForeignSeams.All))] string seam)
    {
        using var seams = new ForeignSeams(
            seam, at: 1, () => new TlsException("mine", CloseReason.Failed, TlsFault.Application, TlsAlert.AccessDenied));

        Live(seams, ForeignSeams.OfKeys.Contains(seam) ? SslProtocols.Tls13 : SslProtocols.Tls12, at: 1);

        Assert.That(seams.HasThrown);
    }

    [Test]
    public void Whoever_is_told_of_an_abandoned_decision_and_throws_is_reported_and_the_end_is_as_ever([Values] bool byDeadline)
    {
        var told = new List<Exception>();
        var client = new TlsClientOptions
        {
            TargetHost = TestCertificates.Host,
            Verification = TestCertificates.Verification with
            {
                Review = (_, decision) => decision.Abandoned.Register(() => throw new ForeignException("Abandoned")),
            },
        };
        var pair = new TwoEngines(new(SslProtocols.Tls13, int.MaxValue), client);
        pair.Loop.Unhandled = told.Add;
        pair.Connect();

        if (byDeadline)
            pair.Loop.Advance(TimeSpan.FromMinutes(5));
        else
            pair.Client.Transport.Abort();
        pair.Run();

        Assert.That(pair.Client.Connection.CloseReason, Is.EqualTo(byDeadline ? CloseReason.HandshakeTimeout : CloseReason.LocalAbort));
        Assert.That(pair.Client.Connection.Handshake.IsFaulted);
        Assert.That(told, Has.Count.EqualTo(1).And.All.InnerException.InstanceOf<ForeignException>());
        Assert.That(pair.Loop.ArmedTimers, Is.Zero);
    }

    [Test]
    public void A_refusal_stays_a_refusal_when_the_cache_cannot_forget()
    {
        using var seams = new ForeignSeams("Cache.Remove", at: 1);
        var told = new List<Exception>();
        Live(seams, SslProtocols.Tls12, at: 1, isLast: false);

        // A session of TLS 1.2 must not be resumed when its connection has failed (RFC 5246 section 7.2.2).
        var pair = Pair(seams, SslProtocols.Tls12, told);
        pair.Connect();
        pair.Server.Transport.Abort(TlsAlert.AccessDenied);
        pair.Run();

        Assert.That(seams.HasThrown);
        Assert.That(pair.Client.Connection.Failure, Is.InstanceOf<TlsException>().With.Property("Alert").EqualTo(TlsAlert.AccessDenied));
        Assert.That(told, Is.Empty, "a cache that fails costs the resumption, and is logged");
    }

    /// <summary>Two connections, of which the second may resume the first's session, then one that fails.</summary>
    private static void Live(ForeignSeams seams, SslProtocols version, int at, bool isLast = true)
    {
        for (var i = 0; i < (isLast ? 3 : 1); i++)
        {
            var told = new List<Exception>();
            var pair = Pair(seams, version, told);
            var hadThrown = seams.HasThrown;
            pair.Connect();
            pair.Client.Transport.Write("question"u8);
            pair.Run();
            pair.Server.Transport.Write("answer"u8);
            pair.Run();
            var isWhole = pair.Client.Application.ReceivedCount == "answer".Length;
            if (i == 2)
                pair.Server.Transport.Abort(TlsAlert.AccessDenied);
            pair.Client.Transport.Close();
            pair.Run();
            pair.Loop.Advance(TimeSpan.FromMinutes(5));
            pair.Run();

            var where = $"call {at}, connection {i}:\n{pair.Client.Connection.Failure}\n{pair.Server.Connection.Failure}";
            AssertEnded(pair, where);
            Assert.That(told, Is.All.Matches<Exception>(IsForeign), where);
            if (hadThrown || !seams.HasThrown)
                Assert.That(isWhole, Is.True, where);
        }
    }

    private static TwoEngines Pair(ForeignSeams seams, SslProtocols version, List<Exception> told)
    {
        var pair = new TwoEngines(new(version, int.MaxValue), seams.Client(version), seams.Server(version));
        pair.Loop.Unhandled = told.Add;
        return pair;
    }

    private static void AssertEnded(TwoEngines pair, string where)
    {
        foreach (var end in new[] { pair.Client, pair.Server })
        {
            Assert.That(end.Connection.State, Is.EqualTo(TlsState.Unwrapped), where);
            Assert.That(end.Connection.CloseReason, Is.Not.EqualTo(CloseReason.None), where);
            Assert.That(end.Connection.Handshake.IsCompleted, where);
            Assert.That(
                (end.Connection.Failure as TlsException)?.Fault, Is.Not.EqualTo(TlsFault.PeerMisbehaved), $"nobody else is blamed; {where}");
        }

        Assert.That(pair.Loop.ArmedTimers, Is.Zero, where);
    }

    private static bool IsForeign(Exception? exception) =>
        exception is ForeignException or TlsException { Fault: TlsFault.Application }
        || (exception is AggregateException all && all.InnerExceptions.All(IsForeign))
        || (exception?.InnerException is { } inner && IsForeign(inner));
}
