using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Time.Testing;
using TlsFsm.Core.BouncyCastle.Replay;
using TlsFsm.Core.Decisions;
using TlsFsm.Tests.Core.Certificates;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Core;

/// <summary>Private keys that are somewhere else and take their time.</summary>
public sealed class SignerTests
{
    private static readonly SslProtocols[] Versions = [SslProtocols.Tls12, SslProtocols.Tls13];

    private static readonly byte[] ChangeCipherSpec = [20, 3, 3, 0, 1, 1];

    [Test]
    public void A_server_waits_for_its_signature_and_sends_nothing_meanwhile(
        [ValueSource(nameof(Versions))] SslProtocols version, [Values(TestKey.EcdsaP256, TestKey.EcdsaP384, TestKey.Rsa2048)] TestKey key)
    {
        var signer = new SlowSigner(TestCertificates.ServerWith(key));
        using var pair = new CorePair(CorePair.Options(version), CorePair.ServerOptions(version, signer.Credential));

        pair.Handshake();
        Assert.That(pair.Server.StepHandshake(), Is.EqualTo(CoreStatus.WantDecision));
        Assert.That(pair.ServerOut.Pending, Is.Zero);
        Assert.That(signer.Asked, Is.EqualTo(1));

        signer.Answer();
        pair.Handshake();
        Assert.That(pair.Client.IsEstablished && pair.Server.IsEstablished, Is.True, $"{pair.ClientFault}{pair.ServerFault}");
        Assert.That(signer.Asked, Is.EqualTo(1), "the second time it is known");
        Exchange(pair);
    }

    [Test]
    public void A_client_waits_for_its_signature_and_sends_nothing_meanwhile(
        [ValueSource(nameof(Versions))] SslProtocols version, [Values(TestKey.EcdsaP256, TestKey.Rsa2048)] TestKey key)
    {
        var signer = new SlowSigner(TestCertificates.ClientWith(key));
        using var pair = new CorePair(Client(version, signer.Credential), Mutual(version, TestCertificates.Server));

        pair.Handshake();
        Assert.That(pair.Client.StepHandshake(), Is.EqualTo(CoreStatus.WantDecision));
        Assert.That(pair.ClientOut.Readable.ToArray(), Is.Empty.Or.EqualTo(ChangeCipherSpec));
        Assert.That(pair.Client.IsEstablished, Is.False);

        signer.Answer();
        pair.Handshake();
        Assert.That(pair.Client.IsEstablished && pair.Server.IsEstablished, Is.True, $"{pair.ClientFault}{pair.ServerFault}");
        Assert.That(pair.Server.Session!.PeerCertificate!.Thumbprint, Is.EqualTo(signer.Credential.Certificate.Thumbprint));
        Exchange(pair);
    }

    [Test]
    public void What_is_presented_is_chosen_once_however_late_it_is_when_the_signature_comes([Values] bool isClient)
    {
        using var root = new MadeCertificate { Subject = "CN=root", IsAuthority = true }.Make();
        var trust = CertificateVerification.TrustedRoots([X509CertificateLoader.LoadCertificate(root.RawData)]);
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow);
        var (brief, lasting) = (SignerUntil(root, 1), SignerUntil(root, 80));
        using var pair = new CorePair(
            new TlsClientOptions
            {
                TargetHost = TestCertificates.Host, Verification = trust, EnabledProtocols = SslProtocols.Tls13,
                TimeProvider = isClient ? time : TimeProvider.System,
                Credentials = isClient ? [brief.Credential, lasting.Credential] : [],
            },
            new TlsServerOptions
            {
                Credential = isClient
                    ? new TlsCredential(new MadeCertificate { Issuer = root, Names = [TestCertificates.Host] }.Make()) : null,
                Credentials = isClient ? [] : [brief.Credential, lasting.Credential],
                TimeProvider = isClient ? TimeProvider.System : time, EnabledProtocols = SslProtocols.Tls13,
                ClientCertificates = isClient ? ClientCertificateMode.Require : ClientCertificateMode.None, ClientVerification = trust,
            });

        pair.Handshake();
        time.Advance(TimeSpan.FromDays(2));
        brief.Answer();
        pair.Handshake();

        Assert.That(pair.Client.IsEstablished && pair.Server.IsEstablished, Is.True, $"{pair.ClientFault}{pair.ServerFault}");
        Assert.That((brief.Asked, lasting.Asked), Is.EqualTo((1, 0)));
    }

    private static SlowSigner SignerUntil(X509Certificate2 root, int days) => new(new MadeCertificate
    {
        Issuer = root, Names = [TestCertificates.Host], To = DateTimeOffset.UtcNow.AddDays(days),
    }.Make());

    [Test]
    public void Both_sides_may_take_their_time_after_a_second_hello()
    {
        var server = new SlowSigner(TestCertificates.Server);
        var client = new SlowSigner(TestCertificates.Client);
        using var pair = new CorePair(
            new TlsClientOptions
            {
                TargetHost = "localhost", Verification = TestCertificates.Verification, Credential = client.Credential,
                Policy = TlsPolicy.Modern with { KeyShares = [] },
            },
            Mutual(SslProtocols.Tls13, server.Credential));

        pair.Handshake();
        server.Answer();
        pair.Handshake();
        client.Answer();
        pair.Handshake();

        Assert.That(pair.Client.IsEstablished && pair.Server.IsEstablished, Is.True, $"{pair.ClientFault}{pair.ServerFault}");
        Exchange(pair);
    }

    [Test]
    public void Choice_verdict_credential_and_signature_may_all_take_time_and_are_asked_for_once(
        [ValueSource(nameof(Versions))] SslProtocols version)
    {
        var asked = new Dictionary<string, int>();
        TlsDecision<TlsServerChoice>? choice = null;
        TlsDecision<TlsAlert?>? verdictOnServer = null;
        TlsDecision<TlsAlert?>? verdictOnClient = null;
        TlsDecision<TlsCredential?>? credential = null;
        var server = new SlowSigner(TestCertificates.Server);
        var client = new SlowSigner(TestCertificates.Client);
        var chosen = new TlsServerOptions
        {
            Credential = server.Credential, EnabledProtocols = version, ClientCertificates = ClientCertificateMode.Require,
            ClientVerification =
                TestCertificates.Verification with { Review = (_, decision) => { Count("client"); verdictOnClient = decision; } },
        };
        using var pair = new CorePair(
            new TlsClientOptions
            {
                TargetHost = "localhost", EnabledProtocols = version,
                Verification =
                    TestCertificates.Verification with { Review = (_, decision) => { Count("server"); verdictOnServer = decision; } },
                ChooseCredential = (_, decision) => { Count("credential"); credential = decision; },
            },
            new TlsServerOptions { Credential = TestCertificates.Wildcard, Choose =
                (_, decision) => { Count("choice"); choice = decision; } });

        pair.Handshake();
        choice!.Complete(TlsServerChoice.Use(chosen));
        pair.Handshake();
        server.Answer();
        pair.Handshake();
        verdictOnServer!.Complete(null);
        pair.Handshake();
        credential!.Complete(client.Credential);
        pair.Handshake();
        client.Answer();
        pair.Handshake();
        Assert.That(verdictOnClient, Is.Not.Null, $"{pair.ClientFault}{pair.ServerFault}");
        verdictOnClient!.Complete(null);
        pair.Handshake();

        Assert.That(pair.Client.IsEstablished && pair.Server.IsEstablished, Is.True, $"{pair.ClientFault}{pair.ServerFault}");
        Assert.That(asked.Values, Is.All.EqualTo(1));
        Exchange(pair);

        void Count(string what) => asked[what] = asked.GetValueOrDefault(what) + 1;
    }

    [Test]
    public void An_answer_at_once_is_used_at_once([ValueSource(nameof(Versions))] SslProtocols version)
    {
        var signer = new SlowSigner(TestCertificates.Server) { IsQuick = true };

        using var pair = CorePair.Connected(CorePair.Options(version), CorePair.ServerOptions(version, signer.Credential));

        Assert.That(signer.Asked, Is.EqualTo(1));
    }

    [Test]
    public void A_signer_that_fails_is_told_to_the_peer_in_words_that_it_understands(
        [ValueSource(nameof(Versions))] SslProtocols version, [Values] bool isClient, [Values] bool isQuick)
    {
        var signer = new SlowSigner(
            isClient ? TestCertificates.Client : TestCertificates.Server) { IsQuick = isQuick, Failure = new FormatException("no card") };
        using var pair = isClient
            ? new CorePair(Client(version, signer.Credential), Mutual(version, TestCertificates.Server))
            : new CorePair(CorePair.Options(version), CorePair.ServerOptions(version, signer.Credential));

        pair.Handshake();
        if (!isQuick)
            signer.Answer();
        pair.Handshake();

        var (ours, theirs) = isClient ? (pair.ClientFault, pair.ServerFault) : (pair.ServerFault, pair.ClientFault);
        Assert.That(ours?.Fault, Is.EqualTo(TlsFault.Application));
        Assert.That(ours!.Message, Does.Contain("no card"));
        Assert.That(theirs?.Alert, Is.EqualTo(TlsAlert.InternalError), $"{theirs}");
        Assert.That(theirs!.Fault, Is.EqualTo(TlsFault.PeerAlert));
    }

    [Test]
    public void A_signature_by_another_key_is_found_out_by_the_peer([ValueSource(nameof(Versions))] SslProtocols version)
    {
        var signer = new SlowSigner(TestCertificates.Server, TestCertificates.Wildcard);
        using var pair = new CorePair(CorePair.Options(version), CorePair.ServerOptions(version, signer.Credential));

        pair.Handshake();
        signer.Answer();
        pair.Handshake();

        Assert.That(pair.ClientFault?.Alert, Is.EqualTo(TlsAlert.DecryptError));
        Assert.That(pair.ServerFault?.Alert, Is.EqualTo(TlsAlert.DecryptError));
    }

    [Test]
    public void A_signature_that_nobody_waits_for_any_more_is_cancelled()
    {
        var signer = new SlowSigner(TestCertificates.Server);
        var pair = new CorePair(null, CorePair.ServerOptions(credential: signer.Credential));
        pair.Handshake();

        pair.Dispose();

        Assert.That(signer.Decision!.Abandoned.IsCancellationRequested, Is.True);
        Assert.That(signer.Answer, Throws.Nothing);
    }

    [Test]
    public void A_handshake_that_does_not_repeat_itself_fails()
    {
        var tape = new HandshakeTape(new HandshakeGate());
        tape.Sent([1, 2, 3]);

        Assert.That(tape.NewPartOf([1, 2, 3, 4]).ToArray(), Is.EqualTo(new byte[] { 4 }));
        Assert.That(
            () => tape.NewPartOf([1, 2, 4, 4]).Length, Throws.InstanceOf<TlsException>().With.Message.Contains("did not repeat itself"));
    }

    private static void Exchange(CorePair pair)
    {
        pair.Client.Write("there"u8);
        pair.Server.Write("back"u8);
        pair.ToServer();
        pair.ToClient();
        Assert.That(CorePair.ReadAll(pair.Server), Is.EqualTo("there"u8.ToArray()));
        Assert.That(CorePair.ReadAll(pair.Client), Is.EqualTo("back"u8.ToArray()));
    }

    private static TlsClientOptions Client(SslProtocols version, TlsCredential credential) => new()
    {
        TargetHost = "localhost", Verification = TestCertificates.Verification, EnabledProtocols = version, Credential = credential,
    };

    private static TlsServerOptions Mutual(SslProtocols version, TlsCredential credential) => new()
    {
        Credential = credential, EnabledProtocols = version, ClientCertificates = ClientCertificateMode.Require,
        ClientVerification = TestCertificates.Verification,
    };
}
