using System.Net.Security;
using System.Security.Authentication;
using System.Text;
using TlsFsm.Core.Messages;
using TlsFsm.Core.Strictness;
using TlsFsm.Tests.Strictness;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Core;

/// <summary>A server that chooses its options by ClientHello, at once or after a while.</summary>
public sealed class ServerSelectionTests
{
    private static readonly SslProtocols[] Versions = [SslProtocols.Tls12, SslProtocols.Tls13];

    [TestCase("a.test", "CN=server for a.test")]
    [TestCase("A.TEST", "CN=server for a.test")]
    [TestCase("b.test", "CN=server EcdsaP256")]
    [TestCase("x.example.com", "CN=wildcard")]
    [TestCase("y.x.example.com", "CN=server EcdsaP256")]
    [TestCase("bücher.example", "CN=server for xn--bcher-kva.example")]
    public void A_name_has_its_own_credential_and_others_the_default(string host, string subject)
    {
        foreach (var version in Versions)
        {
            using var pair = CorePair.Connected(Client(host, version), Server(Names()));

            Assert.That(pair.Client.Session!.PeerCertificate!.Subject, Is.EqualTo(subject));
        }
    }

    [Test]
    public void An_unknown_name_is_refused_by_option_and_no_name_is_not([ValueSource(nameof(Versions))] SslProtocols version)
    {
        var server = Server(Names(refuse: true));
        using var pair = new CorePair(Client("b.test", version), server);

        pair.Handshake();

        Assert.That(pair.ServerFault?.Fault, Is.EqualTo(TlsFault.Incompatible));
        Assert.That(pair.ClientFault?.Alert, Is.EqualTo(TlsAlert.UnrecognizedName));
        Assert.That(pair.ClientFault!.Message, Does.Contain("it serves no such name"));
        CorePair.Connected(Client("127.0.0.1", version), server).Dispose();
    }

    [Test]
    public void Application_protocols_client_certificates_and_policy_go_with_the_name()
    {
        var names = new TlsServerNames();
        names.Set("strict.test", new TlsServerOptions
        {
            Credential = TestCertificates.Server,
            ApplicationProtocols = [SslApplicationProtocol.Http2],
            ClientCertificates = ClientCertificateMode.Require,
            ClientVerification = TestCertificates.Verification,
            Policy = TlsPolicy.Modern with { CipherSuites = [TlsCipherSuite.TLS_CHACHA20_POLY1305_SHA256] },
        });

        using var pair = CorePair.Connected(
            new TlsClientOptions
            {
                TargetHost = "strict.test", Verification = CertificateVerification.DangerousAcceptAny,
                ApplicationProtocols = [SslApplicationProtocol.Http11, SslApplicationProtocol.Http2], Credential = TestCertificates.Client,
            },
            Server(names));

        Assert.That(pair.Server.Session!.ApplicationProtocol, Is.EqualTo(SslApplicationProtocol.Http2));
        Assert.That(pair.Server.Session.CipherSuite, Is.EqualTo(TlsCipherSuite.TLS_CHACHA20_POLY1305_SHA256));
        Assert.That(pair.Server.Session.PeerCertificate!.Thumbprint, Is.EqualTo(TestCertificates.Client.Certificate.Thumbprint));
    }

    [Test]
    public void A_name_that_is_changed_counts_from_the_next_handshake_on()
    {
        var names = Names();
        using var before = CorePair.Connected(Client("a.test"), Server(names));

        names.Set("a.test", CorePair.ServerOptions(credential: TestCertificates.Wildcard));
        using var after = CorePair.Connected(Client("a.test"), Server(names));
        Assert.That(names.Remove("a.test"), Is.True);
        using var removed = CorePair.Connected(Client("a.test"), Server(names));

        Assert.That(after.Client.Session!.PeerCertificate!.Subject, Is.EqualTo("CN=wildcard"));
        Assert.That(removed.Client.Session!.PeerCertificate!.Subject, Is.EqualTo("CN=server EcdsaP256"));
        before.Client.Write("still there"u8);
        before.ToServer();
        Assert.That(CorePair.ReadAll(before.Server), Is.EqualTo("still there"u8.ToArray()));
    }

    [TestCase("*")]
    [TestCase("a.*.test")]
    [TestCase("")]
    public void What_is_no_name_cannot_be_set(string name) =>
        Assert.That(() => new TlsServerNames().Set(name, CorePair.ServerOptions()), Throws.ArgumentException);

    [Test]
    public void The_choice_sees_the_ClientHello_as_it_came_however_it_is_cut([Values(1, 7, 100_000)] int chunk)
    {
        TlsClientHello? seen = null;
        using var pair = new CorePair(
            new TlsClientOptions
            {
                TargetHost = "a.test", Verification = CertificateVerification.DangerousAcceptAny,
                ApplicationProtocols = [SslApplicationProtocol.Http2, SslApplicationProtocol.Http11],
            },
            Choosing((hello, decision) =>
            {
                seen = hello;
                decision.Complete(TlsServerChoice.Default);
            }));
        pair.Client.StepHandshake();
        var bytes = pair.ClientOut.Readable.ToArray();

        for (var at = 0; at < bytes.Length; at += chunk)
        {
            Assert.That(seen, Is.Null);
            pair.ServerIn.Write(bytes.AsSpan(at, Math.Min(chunk, bytes.Length - at)));
            Assert.That(pair.Server.StepHandshake(), Is.EqualTo(CoreStatus.WantRead));
        }

        Assert.That(seen!.Raw.ToArray(), Is.EqualTo(bytes[5..]));
        Assert.That(seen.ServerName, Is.EqualTo("a.test"));
        Assert.That(seen.ApplicationProtocols, Is.EqualTo(new[] { SslApplicationProtocol.Http2, SslApplicationProtocol.Http11 }));
        Assert.That(seen.Versions, Is.EqualTo(new[] { 0x0304, 0x0303 }));
        Assert.That(seen.Groups, Is.EqualTo(new[] { 0x11EC, 0x1D, 0x17, 0x18, 0x19 }));
        Assert.That(seen.CipherSuites, Does.Contain(TlsCipherSuite.TLS_AES_128_GCM_SHA256));
        Assert.That(seen.SignatureSchemes, Does.Contain(0x0403));
        Assert.That(seen.Ja4, Does.Match("^t13d10[0-9]{2}h2_[0-9a-f]{12}_[0-9a-f]{12}$"));
        pair.ClientOut.Clear();
        pair.ToClient();
        pair.Handshake();
        Assert.That(pair.Server.IsEstablished, Is.True);
    }

    [Test]
    public void While_the_choice_is_made_nothing_is_answered([ValueSource(nameof(Versions))] SslProtocols version)
    {
        TlsDecision<TlsServerChoice>? choice = null;
        using var pair = new CorePair(Client("a.test", version), Choosing((_, decision) => choice = decision));
        pair.Client.StepHandshake();
        pair.ToServer();

        Assert.That(pair.Server.StepHandshake(), Is.EqualTo(CoreStatus.WantDecision));
        Assert.That(pair.Server.StepHandshake(), Is.EqualTo(CoreStatus.WantDecision));
        Assert.That(pair.ServerOut.Pending, Is.Zero);

        choice!.Complete(TlsServerChoice.Use(CorePair.ServerOptions(credential: TestCertificates.ServerFor("a.test"))));
        pair.Handshake();
        Assert.That(
            pair.Client.Session?.PeerCertificate?.Subject, Is.EqualTo("CN=server for a.test"), $"{pair.ClientFault}{pair.ServerFault}");
    }

    [Test]
    public void A_choice_after_which_the_client_must_ask_again_holds()
    {
        var asked = 0;
        using var pair = new CorePair(
            new TlsClientOptions { TargetHost = "localhost", Verification = TestCertificates.Verification, Policy =
                TlsPolicy.Default with { KeyShares = [] } },
            Choosing((_, decision) =>
            {
                asked++;
                decision.Complete(TlsServerChoice.Default);
            }));

        pair.Handshake();

        Assert.That(pair.Server.IsEstablished, Is.True);
        Assert.That(asked, Is.EqualTo(1));
    }

    [Test]
    public void A_choice_may_refuse_with_any_alert()
    {
        using var pair = new CorePair(
            Client("a.test"), Choosing((_, decision) => decision.Complete(TlsServerChoice.Refuse(TlsAlert.AccessDenied))));

        pair.Handshake();

        Assert.That(pair.ClientFault?.Alert, Is.EqualTo(TlsAlert.AccessDenied));
    }

    [Test]
    public void A_choice_that_makes_no_sense_is_the_applications_fault()
    {
        TlsServerOptions[] bad =
        [
            new() { Credential = null! }, new() { Credential = TestCertificates.Server, Names = new TlsServerNames() },
        ];
        foreach (var options in bad)
        {
            using var pair = new CorePair(Client("a.test"), Choosing((_, decision) => decision.Complete(TlsServerChoice.Use(options))));

            pair.Handshake();

            Assert.That(pair.ServerFault?.Fault, Is.EqualTo(TlsFault.Application));
            Assert.That(pair.ClientFault?.Alert, Is.EqualTo(TlsAlert.InternalError));
        }
    }

    [TestCase("GET / HTTP/1.1\r\n\r\n")]
    [TestCase("\u0015\u0003\u0003\u0000\u0002\u0001\u0000")]
    [TestCase("\u0015\u0003\u0003\u0000\u0002\u0002\u0028")]
    [TestCase("\u0016\u0003\u0001\u0000\u0005\u0002\u0000\u0000\u0001\u0000")]
    [TestCase("\u0016\u0003\u0001\u0000\u0000")]
    [TestCase("\u0016\u0003\u0001\u0000\u0005\u0001\u0000\u0000\u0001\u0000")]
    [TestCase("\u0016\u0003\u0001\u0000\u0004\u0001\u0001\u0086\u00A0")]
    [TestCase("\u0016\u0003\u0001\u0000\u0002\u0001\u0000\u0015\u0003\u0001\u0000\u0002\u0001\u0000")]
    [TestCase("\u0016\u0002\u0001\u0000\u0005\u0001\u0000\u0000\u0001\u0000")]
    [TestCase("\u0017\u0003\u0003\u0000\u0001\u0000")]
    public void What_is_no_ClientHello_does_not_get_past_the_choice_and_hears_what_it_hears_without_one(string first)
    {
        using var choosing = new CorePair(Client("a.test"), Choosing((_, _) => Assert.Fail("nothing to choose by")));
        using var plain = new CorePair(Client("a.test"), CorePair.ServerOptions());
        choosing.ServerIn.Write(Encoding.Latin1.GetBytes(first));
        plain.ServerIn.Write(Encoding.Latin1.GetBytes(first));

        var fault = Assert.Throws<TlsException>(() => choosing.Server.StepHandshake())!;
        var expected = Assert.Throws<TlsException>(() => plain.Server.StepHandshake())!;

        Assert.That((fault.Fault, fault.Alert, fault.Message), Is.EqualTo((expected.Fault, expected.Alert, expected.Message)));
        Assert.That(choosing.ServerOut.Readable.ToArray(), Is.EqualTo(plain.ServerOut.Readable.ToArray()));
    }

    [Test]
    public void Map_and_callback_together_are_a_contradiction() =>
        Assert.That(
            () => BouncyCastleCore.CreateServer(
                new TlsServerOptions { Credential = TestCertificates.Server, Names = new TlsServerNames(), Choose = (_, _) => { } }),
            Throws.ArgumentException.With.Message.Contains("only one can choose"));

    private static TlsServerNames Names(bool refuse = false)
    {
        var names = new TlsServerNames { RefuseUnknown = refuse };
        names.Set("a.test", CorePair.ServerOptions(credential: TestCertificates.ServerFor("a.test")));
        names.Set("*.example.com", CorePair.ServerOptions(credential: TestCertificates.Wildcard));
        names.Set("bücher.example", CorePair.ServerOptions(credential: TestCertificates.ServerFor("xn--bcher-kva.example")));
        return names;
    }

    private static TlsServerOptions Server(TlsServerNames names) => new() { Credential = TestCertificates.Server, Names = names };

    private static TlsServerOptions Choosing(Action<TlsClientHello, TlsDecision<TlsServerChoice>> choose) =>
        new() { Credential = TestCertificates.Server, Choose = choose };

    private static TlsClientOptions Client(string host, SslProtocols version = SslProtocols.Tls12 | SslProtocols.Tls13) =>
        new() { TargetHost = host, Verification = CertificateVerification.DangerousAcceptAny, EnabledProtocols = version };
}
