using System.Net.Security;
using System.Security.Authentication;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Core;

public sealed class NegotiationTests
{
    private static readonly SslProtocols[] Versions = [SslProtocols.Tls12, SslProtocols.Tls13];

    [Test]
    public void The_servers_order_of_application_protocols_wins([ValueSource(nameof(Versions))] SslProtocols version)
    {
        using var pair = CorePair.Connected(
            Client(version, SslApplicationProtocol.Http11, SslApplicationProtocol.Http2),
            Server(version, SslApplicationProtocol.Http2, SslApplicationProtocol.Http11));

        Assert.That(pair.Client.Session!.ApplicationProtocol, Is.EqualTo(SslApplicationProtocol.Http2));
        Assert.That(pair.Server.Session!.ApplicationProtocol, Is.EqualTo(SslApplicationProtocol.Http2));
    }

    [Test]
    public void No_application_protocol_in_common_fails_both([ValueSource(nameof(Versions))] SslProtocols version)
    {
        using var pair = new CorePair(Client(version, SslApplicationProtocol.Http11), Server(version, SslApplicationProtocol.Http2));

        pair.Handshake();

        Assert.That(pair.ServerFault?.Fault, Is.EqualTo(TlsFault.Incompatible));
        Assert.That(pair.ServerFault!.Alert, Is.EqualTo(TlsAlert.NoApplicationProtocol));
        Assert.That(pair.ClientFault?.Alert, Is.EqualTo(TlsAlert.NoApplicationProtocol));
        Assert.That(pair.ClientFault!.Fault, Is.EqualTo(TlsFault.PeerAlert));
    }

    [Test]
    public void One_side_without_application_protocols_agrees_on_none(
        [ValueSource(nameof(Versions))] SslProtocols version, [Values] bool isClient)
    {
        using var pair = CorePair.Connected(
            isClient ? Client(version) : Client(version, SslApplicationProtocol.Http2),
            isClient ? Server(version, SslApplicationProtocol.Http2) : Server(version));

        Assert.That(pair.Client.Session!.ApplicationProtocol, Is.EqualTo(default(SslApplicationProtocol)));
        Assert.That(pair.Server.Session!.ApplicationProtocol, Is.EqualTo(default(SslApplicationProtocol)));
    }

    [TestCase(SslProtocols.Tls12, SslProtocols.Tls13)]
    [TestCase(SslProtocols.Tls13, SslProtocols.Tls12)]
    public void No_version_in_common_fails_both(SslProtocols client, SslProtocols server)
    {
        using var pair = new CorePair(CorePair.Options(client), CorePair.ServerOptions(server));

        pair.Handshake();

        Assert.That(pair.ServerFault?.Fault, Is.EqualTo(TlsFault.Incompatible));
        Assert.That(pair.ServerFault!.Alert, Is.EqualTo(TlsAlert.ProtocolVersion));
        Assert.That(pair.ServerFault.Message, Does.Contain("speaks none of our protocol versions"));
        Assert.That(pair.ClientFault?.Alert, Is.EqualTo(TlsAlert.ProtocolVersion));
    }

    [TestCase(SslProtocols.Tls12)]
    [TestCase(SslProtocols.Tls13)]
    public void The_best_version_that_both_speak_is_taken(SslProtocols older)
    {
        using var pair = CorePair.Connected(CorePair.Options(), CorePair.ServerOptions(older));

        Assert.That(pair.Client.Session!.Protocol, Is.EqualTo(older));
    }

    private static TlsClientOptions Client(SslProtocols version, params SslApplicationProtocol[] protocols) => new()
    {
        TargetHost = "localhost",
        Verification = TestCertificates.Verification,
        EnabledProtocols = version,
        ApplicationProtocols = protocols,
    };

    private static TlsServerOptions Server(SslProtocols version, params SslApplicationProtocol[] protocols) => new()
    {
        Credential = TestCertificates.Server,
        EnabledProtocols = version,
        ApplicationProtocols = protocols,
    };
}
