using System.Security.Authentication;
using Microsoft.Extensions.Time.Testing;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Core;

/// <summary>
/// Time is an input: dates of certificates and of OCSP responses are judged by the clock of the options, and by no other.
/// </summary>
public sealed class ClockTests
{
    private static readonly SslProtocols[] Versions = [SslProtocols.Tls12, SslProtocols.Tls13];

    [Test]
    public void A_servers_certificate_is_judged_by_the_clients_clock([ValueSource(nameof(Versions))] SslProtocols version)
    {
        var end = new DateTimeOffset(TestCertificates.Server.Certificate.NotAfter);
        var memory = new VerdictMemory(TimeSpan.FromMinutes(1));

        CorePair.Connected(Client(version, end.AddSeconds(-1), memory), CorePair.ServerOptions(version)).Dispose();
        using var late = new CorePair(Client(version, end.AddSeconds(1), memory), CorePair.ServerOptions(version));
        late.Handshake();

        Assert.That(late.ClientFault?.Alert, Is.EqualTo(TlsAlert.CertificateExpired));
        Assert.That(memory.Count, Is.EqualTo(1), "that it was good just now by the memory's clock excuses nothing");
    }

    [Test]
    public void A_clients_certificate_is_judged_by_the_servers_clock([ValueSource(nameof(Versions))] SslProtocols version)
    {
        var start = new DateTimeOffset(TestCertificates.Client.Certificate.NotBefore);
        using var pair = new CorePair(
            new TlsClientOptions
            {
                TargetHost = TestCertificates.Host, Verification = TestCertificates.Verification, EnabledProtocols = version,
                Credential = TestCertificates.Client,
            },
            new TlsServerOptions
            {
                Credential = TestCertificates.Server, EnabledProtocols = version, ClientCertificates = ClientCertificateMode.Require,
                ClientVerification = TestCertificates.Verification, TimeProvider = new FakeTimeProvider(start.AddSeconds(-1)),
            });
        pair.Handshake();

        Assert.That((pair.ServerFault as TlsCertificateException)?.Check, Is.EqualTo("dates"));
    }

    [TestCase(-6, StapleStatus.Outdated)]
    [TestCase(-4, StapleStatus.Good)]
    [TestCase((24 * 60) + 4, StapleStatus.Good)]
    [TestCase((24 * 60) + 6, StapleStatus.Outdated)]
    public void A_stapled_response_is_judged_by_the_clients_clock(int minutesFromNow, StapleStatus expected)
    {
        // The certificates are valid then too; five minutes are tolerated on both sides.
        var now = DateTimeOffset.UtcNow;
        var server = TestCertificates.Server.With(TestStaples.For(TestCertificates.Server.Certificate));
        StapleStatus? seen = null;

        CorePair.Connected(
            new TlsClientOptions
            {
                TargetHost = TestCertificates.Host, EnabledProtocols = SslProtocols.Tls13,
                TimeProvider = new FakeTimeProvider(now.AddMinutes(minutesFromNow)),
                Verification = TestCertificates.Verification with
                {
                    Review = TlsDecisions.AtOnce<CertificateReview, TlsAlert?>(review =>
                    {
                        seen = review.Staple;
                        return null;
                    }),
                },
            },
            CorePair.ServerOptions(SslProtocols.Tls13, server)).Dispose();

        Assert.That(seen, Is.EqualTo(expected));
    }

    private static TlsClientOptions Client(SslProtocols version, DateTimeOffset now, VerdictMemory memory) => new()
    {
        TargetHost = TestCertificates.Host, EnabledProtocols = version, TimeProvider = new FakeTimeProvider(now),
        Verification = TestCertificates.Verification with { Memory = memory },
    };
}
