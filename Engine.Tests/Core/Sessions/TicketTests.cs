using System.Security.Authentication;
using Org.BouncyCastle.Tls;
using TlsFsm.Core.BouncyCastle.Sessions;
using TlsFsm.Core.Sessions;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Core.Sessions;

/// <summary>Tickets as such: how many, how long, by id, and what is in them.</summary>
public sealed class TicketTests
{
    [TestCase(0)]
    [TestCase(1)]
    [TestCase(3)]
    public void As_many_tickets_are_sent_as_the_options_say_and_one_after_a_resumption(int count)
    {
        var pair = new SessionPair(SslProtocols.Tls13) { TicketCount = count };

        pair.Visit();
        Assert.That(pair.Cache.Count, Is.EqualTo(count));
        pair.Visit();
        Assert.That(pair.Cache.Count, Is.EqualTo(count), "one was used, and replaced");
    }

    [Test]
    public void A_ticket_of_TLS_13_is_offered_once()
    {
        var pair = new SessionPair(SslProtocols.Tls13) { TicketCount = 1 };
        pair.Visit();

        using var one = new CorePair(pair.ClientOptions(), pair.ServerOptions());
        using var other = new CorePair(pair.ClientOptions(), pair.ServerOptions());
        one.Handshake();
        other.Handshake();

        Assert.That(one.Client.Session!.IsResumed || other.Client.Session!.IsResumed, Is.True);
        Assert.That(one.Client.Session!.IsResumed && other.Client.Session!.IsResumed, Is.False);
    }

    [Test]
    public void Session_ids_are_not_kept_for_clients_that_take_tickets()
    {
        var pair = new SessionPair(SslProtocols.Tls12) { SessionIds = new MemorySessionIds() };
        pair.Visit();

        Assert.That(pair.SessionIds.Count, Is.Zero, "the ticket is enough");
        Assert.That(pair.Visit().Client.IsResumed, Is.True);
    }

    [Test]
    public void A_failed_connection_takes_its_session_of_TLS_12_with_it()
    {
        var pair = new SessionPair(SslProtocols.Tls12);
        using (var connection = pair.Connect())
        {
            Assert.That(pair.Cache.Count, Is.EqualTo(1));
            connection.ClientIn.Write([23, 3, 3, 0, 30, .. new byte[30]]);
            Assert.That(() => connection.Client.Read(new byte[10], out _), Throws.InstanceOf<TlsException>());
        }

        Assert.That(pair.Cache.Count, Is.Zero);
        Assert.That(pair.Visit().Client.IsResumed, Is.False);
    }

    [Test]
    public void A_ticket_larger_than_a_record_arrives_in_parts()
    {
        var pair = new SessionPair(SslProtocols.Tls13) { Keys = new WideRing(40_000) };
        pair.Visit();

        Assert.That(pair.Cache.Count, Is.EqualTo(2));
        Assert.That(pair.Visit().Client.IsResumed, Is.True);
    }

    [Test]
    public void A_ticket_larger_than_a_message_may_be_is_not_sent()
    {
        var pair = new SessionPair(SslProtocols.Tls13) { Keys = new WideRing(65_001) };
        pair.Visit();

        Assert.That(pair.Cache.Count, Is.Zero);
    }

    [Test]
    public void Tickets_are_tried_up_to_the_limit()
    {
        var pair = new SessionPair(SslProtocols.Tls13) { Keys = new OneTicketRing() };
        pair.Visit();
        var options = pair.ServerOptions();
        using var crypto = TestCrypto.Create();
        var resumption = new ServerResumption(options, crypto);
        PskIdentity good = new([1], 0), bad = new([2], 0);

        Assert.That(resumption.Accept13([bad, bad, bad, good], 0x1301, TestCertificates.Host, []), Is.Not.Null);
        Assert.That(resumption.Accept13([bad, bad, bad, bad, good], 0x1301, TestCertificates.Host, []), Is.Null);
    }

    [Test]
    public void A_ticket_of_another_hash_than_the_suite_has_is_passed_over()
    {
        var pair = new SessionPair(SslProtocols.Tls13) { Keys = new OneTicketRing() };
        pair.Visit();
        using var crypto = TestCrypto.Create();
        var resumption = new ServerResumption(pair.ServerOptions(), crypto);

        Assert.That(resumption.Accept13([new PskIdentity([1], 0)], 0x1302, TestCertificates.Host, []), Is.Null);
        Assert.That(resumption.Accept13([new PskIdentity([1], 0)], 0x1303, TestCertificates.Host, []), Is.Not.Null);
        Assert.That(resumption.Accept13([new PskIdentity([1], 0)], 0x1303, "other.example", []), Is.Null);
    }

    [Test]
    public void Who_has_a_ticket_and_not_its_secret_is_refused([Values(SslProtocols.Tls12, SslProtocols.Tls13)] SslProtocols version)
    {
        var pair = new SessionPair(version) { Keys = new ForgetfulRing() };
        pair.Visit();

        using var connection = new CorePair(pair.ClientOptions(), pair.ServerOptions());
        connection.Handshake();

        Assert.That(connection.Server.IsEstablished || connection.Client.IsEstablished, Is.False);
        Assert.That(version == SslProtocols.Tls13 ? connection.ServerFault!.Alert : connection.ClientFault!.Alert,
            Is.EqualTo(version == SslProtocols.Tls13 ? TlsAlert.DecryptError : TlsAlert.BadRecordMac));
    }

    [Test]
    public void A_session_ends_with_the_certificate_that_it_rests_on()
    {
        var pair = new SessionPair(SslProtocols.Tls13) { MaxSessionAge = TimeSpan.FromDays(7) };
        pair.Visit();
        var end = TestCertificates.Server.Certificate.NotAfter.ToUniversalTime();
        Assume.That(end - pair.Time.GetUtcNow().UtcDateTime, Is.GreaterThan(TimeSpan.FromDays(7)));

        pair.Time.SetUtcNow(new DateTimeOffset(end, TimeSpan.Zero) - TimeSpan.FromHours(1));
        pair.Visit();
        Assert.That(pair.Cache.Take(SessionBinding.Of(pair.ClientOptions())!, null)!.ExpiresAt.UtcDateTime, Is.EqualTo(end));
    }

    [Test]
    public void A_state_reads_as_it_was_written()
    {
        var state = new TicketState
        {
            Version = 0x0304, CipherSuite = 0x1302, Secret = [1, 2, 3],
            AuthenticatedAt = DateTimeOffset.FromUnixTimeMilliseconds(1_700_000_000_123),
            Origin = Guid.NewGuid(), Lineage = Guid.NewGuid(), Policy = [4, 5], ServerName = "localhost", ApplicationProtocol = [6],
            Presented = [9], ClientCertificates = [[7, 8], []], ClientRawPublicKey = [10, 11, 12],
        };

        var read = TicketState.Read(state.Write())!;

        Assert.That(read.ClientCertificates, Is.EqualTo(state.ClientCertificates));
        Assert.That((read.Version, read.CipherSuite, read.AuthenticatedAt, read.Origin, read.ServerName),
            Is.EqualTo((state.Version, state.CipherSuite, state.AuthenticatedAt, state.Origin, state.ServerName)));
        Assert.That(Bytes(read), Is.EqualTo(Bytes(state)));

        static byte[][] Bytes(TicketState state) =>
            [state.Secret, state.Policy, state.ApplicationProtocol, state.Presented, state.ClientRawPublicKey];
    }

    [Test]
    public void A_state_that_is_cut_or_of_another_format_is_none()
    {
        var bytes = new TicketState
        {
            Version = 0x0304, CipherSuite = 0x1301, Secret = [1], AuthenticatedAt = default, Origin = default,
            Lineage = default, Policy = [], ServerName = "",
            ApplicationProtocol = [],
            Presented = [1], ClientCertificates = [[7]],
        }.Write();

        for (var length = 0; length < bytes.Length; length++)
            Assert.That(TicketState.Read(bytes.AsSpan(0, length)), Is.Null, $"{length} bytes");
        bytes[0]++;
        Assert.That(TicketState.Read(bytes), Is.Null);
    }

    private sealed class WideRing(int size) : ITicketKeyRing
    {
        public byte[] Seal(ReadOnlySpan<byte> state) =>
            [(byte)(state.Length >> 8), (byte)state.Length, .. state, .. new byte[size - 2 - state.Length]];

        public byte[]? Open(ReadOnlySpan<byte> ticket) => ticket.Slice(2, (ticket[0] << 8) | ticket[1]).ToArray();
    }

    /// <summary>Knows one state, under a ticket of one byte.</summary>
    private sealed class OneTicketRing : ITicketKeyRing
    {
        private byte[] _state = [];

        public byte[] Seal(ReadOnlySpan<byte> state)
        {
            _state = state.ToArray();
            return [1];
        }

        public byte[]? Open(ReadOnlySpan<byte> ticket) => ticket[0] == 1 ? (byte[])_state.Clone() : null;
    }

    /// <summary>Gives back another secret than it was given.</summary>
    private sealed class ForgetfulRing : ITicketKeyRing
    {
        public byte[] Seal(ReadOnlySpan<byte> state) => state.ToArray();

        public byte[]? Open(ReadOnlySpan<byte> ticket)
        {
            // Behind the secret come the hash of what was presented, no bare key, and the number of client certificates, which is zero.
            var state = ticket.ToArray();
            state[^(1 + 1 + 2 + (2 + 32))] ^= 1;
            return state;
        }
    }
}
