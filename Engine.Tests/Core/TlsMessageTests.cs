using System.Security.Authentication;
using TlsFsm.Abstractions.Policy;
using TlsFsm.Core;
using TlsFsm.Core.BouncyCastle;
using TlsFsm.Core.BouncyCastle.Records;
using TlsFsm.Core.Messages;
using TlsFsm.Core.Records;
using TlsFsm.Tests.Core.Sessions;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Core;

/// <summary>
/// What a message observer is shown of two cores that talk with each other. What it is shown with others is in
/// <c>Network/MessageInteropTests</c>.
/// </summary>
[TestFixture]
internal sealed class TlsMessageTests
{
    private static readonly SslProtocols[] Versions = [SslProtocols.Tls12, SslProtocols.Tls13];

    [Test]
    public void A_handshake_of_TLS_13_is_shown_as_it_is_on_the_wire_by_both_sides()
    {
        var (client, server) = Watch(CorePair.Options(SslProtocols.Tls13), CorePair.ServerOptions(SslProtocols.Tls13));

        Assert.That(client.Lines, Is.EqualTo(new[]
        {
            "> ClientHello", "< ServerHello", "> ChangeCipherSpec", "< ChangeCipherSpec", "< EncryptedExtensions *", "< Certificate *",
            "< CertificateVerify *", "< Finished *", "> Finished *",
        }));
        AssertMirrored(client, server);
    }

    [Test]
    public void A_handshake_of_TLS_12_is_shown_as_it_is_on_the_wire_by_both_sides()
    {
        var (client, server) = Watch(CorePair.Options(SslProtocols.Tls12), CorePair.ServerOptions(SslProtocols.Tls12));

        Assert.That(client.Lines, Is.EqualTo(new[]
        {
            "> ClientHello", "< ServerHello", "< Certificate", "< ServerKeyExchange", "< ServerHelloDone",
            "> ClientKeyExchange", "> ChangeCipherSpec", "> Finished *", "< ChangeCipherSpec", "< Finished *",
        }));
        AssertMirrored(client, server);
    }

    [Test]
    public void A_retry_of_the_hello_is_told_from_the_hello()
    {
        var options = new TlsClientOptions
        {
            TargetHost = TestCertificates.Host, Verification = TestCertificates.Verification,
            Policy = TlsPolicy.Modern with { KeyShares = [] },
        };

        var (client, server) = Watch(options, CorePair.ServerOptions());

        Assert.That(client.Lines.Take(6), Is.EqualTo(new[]
        {
            "> ClientHello", "< HelloRetryRequest", "> ChangeCipherSpec", "> ClientHello", "< ChangeCipherSpec", "< ServerHello",
        }));
        AssertMirrored(client, server);
    }

    [Test]
    public void The_version_is_known_from_the_ServerHello_on([ValueSource(nameof(Versions))] SslProtocols version)
    {
        var (client, server) = Watch(CorePair.Options(version), CorePair.ServerOptions(version));

        foreach (var notes in (MessageNotes[])[client, server])
        {
            Assert.That(notes.All[0].Protocol, Is.EqualTo(SslProtocols.None));
            Assert.That(notes.All.Skip(1).Select(note => note.Protocol), Is.All.EqualTo(version));
        }
    }

    [Test]
    public void A_clients_certificate_and_its_proof_are_shown([ValueSource(nameof(Versions))] SslProtocols version)
    {
        var (client, server) = Watch(Strictness.Mutual.Client(version), Strictness.Mutual.Server(version));

        var isTls13 = version == SslProtocols.Tls13;
        Assert.That(client.Lines, Does.Contain(isTls13 ? "< CertificateRequest *" : "< CertificateRequest")
            .And.Contain(isTls13 ? "> Certificate *" : "> Certificate").And.Contain(
                isTls13 ? "> CertificateVerify *" : "> CertificateVerify"));
        AssertMirrored(client, server);
    }

    [Test]
    public void Tickets_are_shown_and_a_resumed_handshake_shows_no_certificate([ValueSource(nameof(Versions))] SslProtocols version)
    {
        var sessions = new SessionPair(version);
        var first = Watch(sessions.ClientOptions(), sessions.ServerOptions()).Client;
        Assert.That(first.Lines, Does.Contain(version == SslProtocols.Tls13 ? "< NewSessionTicket *" : "< NewSessionTicket"));

        var (client, server) = Watch(sessions.ClientOptions(), sessions.ServerOptions());

        Assert.That(client.Lines.Where(line => line.Contains("Certificate", StringComparison.Ordinal)), Is.Empty);
        Assert.That(client.Lines, Does.Contain("< Finished *").And.Contain("> Finished *"));
        AssertMirrored(client, server);
    }

    [Test]
    public void Key_updates_and_close_notify_are_shown_after_the_handshake_and_application_data_is_not()
    {
        using var pair = new CorePair(CorePair.Options(SslProtocols.Tls13), CorePair.ServerOptions(SslProtocols.Tls13));
        var (client, server) = Watch(pair);
        pair.Handshake();
        var before = (Client: client.Lines.Length, Server: server.Lines.Length);

        pair.Client.Write("data"u8);
        pair.Client.UpdateKeys(requestPeer: true);
        pair.ToServer();
        CorePair.ReadAll(pair.Server);
        pair.ToClient();
        CorePair.ReadAll(pair.Client);
        pair.Client.CloseWrite();
        pair.ToServer();
        CorePair.ReadAll(pair.Server);

        Assert.That(client.Lines[before.Client..], Is.EqualTo(new[] { "> KeyUpdate *", "< KeyUpdate *", "> alert 1 CloseNotify *" }));
        Assert.That(server.Lines[before.Server..], Is.EqualTo(new[] { "< KeyUpdate *", "> KeyUpdate *", "< alert 1 CloseNotify *" }));
    }

    [Test]
    public void Application_data_that_goes_through_BouncyCastle_is_not_shown_either([ValueSource(nameof(Versions))] SslProtocols version)
    {
        var options = new TlsClientOptions
        {
            TargetHost = TestCertificates.Host, Verification = TestCertificates.Verification, EnabledProtocols = version,
            Platform = new PlatformCiphers(HasAesGcm: false, HasChaCha20Poly1305: false, HasAesInstructions: false),
        };
        using var pair = new CorePair(options, CorePair.ServerOptions(version));
        var (client, server) = Watch(pair);
        pair.Handshake();
        pair.Client.Write(new byte[40_000]);
        pair.Server.Write("answer"u8);
        pair.ToServer();
        pair.ToClient();
        CorePair.ReadAll(pair.Server);
        CorePair.ReadAll(pair.Client);
        pair.Client.CloseWrite();
        pair.ToServer();
        CorePair.ReadAll(pair.Server);

        Assert.That(client.Lines, Does.Contain("> Finished *").And.Contain("> alert 1 CloseNotify *"));
        AssertMirrored(client, server);
    }

    [Test]
    public void The_alert_that_refuses_a_certificate_is_shown_behind_it_by_both_sides([ValueSource(nameof(Versions))] SslProtocols version)
    {
        using var pair = new CorePair(CorePair.Options(version), CorePair.ServerOptions(version, TestCertificates.Untrusted));
        var (client, server) = Watch(pair);

        pair.Handshake();

        var star = version == SslProtocols.Tls13 ? " *" : "";
        Assert.That(client.Lines, Does.Contain($"< Certificate{star}").And.Contain($"> alert 2 UnknownCa{star}"));
        Assert.That(client.Lines[^1], Is.EqualTo($"> alert 2 UnknownCa{star}"));
        Assert.That(server.Lines[^1], Is.EqualTo($"< alert 2 UnknownCa{star}"));
        Assert.That(server.Bytes(isSent: false), Is.EqualTo(client.Bytes(isSent: true)));
    }

    [Test]
    public void What_is_refused_is_shown_before_the_alert_that_refuses_it()
    {
        // A server's Finished in place of a ClientHello, whole; then an alert of three bytes.
        foreach (var (record, line) in ((byte[], string)[])[
            ([22, 3, 3, 0, 16, 20, 0, 0, 12, .. new byte[12]], "< Finished"), ([21, 3, 3, 0, 3, 1, 0, 0], "< alert 1 malformed")])
        {
            using var core = BouncyCastleCore.CreateServer(CorePair.ServerOptions());
            var incoming = new MemoryBio();
            var notes = new MessageNotes();
            core.MessageObserver = notes.Add;
            core.Attach(incoming, new MemoryBio());
            incoming.Write(record);

            Assert.That(core.StepHandshake, Throws.InstanceOf<TlsException>());

            Assert.That(notes.Lines, Has.Length.EqualTo(2));
            Assert.That(notes.Lines[0], Is.EqualTo(line));
            Assert.That(notes.Lines[1], Does.StartWith("> alert 2 "));
        }
    }

    [Test]
    public void A_hello_that_the_servers_choice_refuses_is_shown_before_the_refusal()
    {
        TlsDecision<TlsServerChoice>? asked = null;
        using var pair = new CorePair(
            null, new TlsServerOptions { Credential = TestCertificates.Server, Choose = (_, decision) => asked = decision });
        var (client, server) = Watch(pair);

        pair.Handshake();
        asked!.Complete(TlsServerChoice.Refuse(TlsAlert.UnrecognizedName));
        pair.Handshake();

        Assert.That(server.Lines, Is.EqualTo(new[] { "< ClientHello", "> alert 2 UnrecognizedName" }));
        AssertMirrored(client, server);
    }

    [TestCase(SslProtocols.Tls12, false)]
    [TestCase(SslProtocols.Tls13, false)]
    [TestCase(SslProtocols.Tls13, true)]
    public void A_handshake_that_is_gone_through_again_for_its_signature_is_shown_once(SslProtocols version, bool isRetried)
    {
        var (serverKey, clientKey) = (new SlowSigner(TestCertificates.Server), new SlowSigner(TestCertificates.Client));
        var client = new TlsClientOptions
        {
            TargetHost = TestCertificates.Host, Verification = TestCertificates.Verification, EnabledProtocols = version,
            Credential = clientKey.Credential,
            Policy = isRetried ? TlsPolicy.Modern with { KeyShares = [] } : TlsPolicy.Default,
        };
        var server = new TlsServerOptions
        {
            Credential = serverKey.Credential, EnabledProtocols = version, ClientCertificates = ClientCertificateMode.Require,
            ClientVerification = TestCertificates.Verification,
        };
        using var pair = new CorePair(client, server);
        var (ofClient, ofServer) = Watch(pair);

        pair.Handshake();
        Assert.That(
            ofServer.Lines.Where(line => line[0] == '>'), isRetried ? Is.Not.Empty : Is.Empty, "what waits for its signature has not left");
        serverKey.Answer();
        pair.Handshake();
        Assert.That(ofClient.Lines, Has.None.Contains("> Certificate"));
        clientKey.Answer();
        pair.Handshake();

        Assert.That(pair.Client.IsEstablished && pair.Server.IsEstablished, Is.True, $"{pair.ClientFault}{pair.ServerFault}");
        Assert.That(
            ofClient.Lines.Count(line => line.StartsWith("> ClientHello", StringComparison.Ordinal)), Is.EqualTo(isRetried ? 2 : 1));
        Assert.That(ofClient.Lines.Count(line => line.StartsWith("> CertificateVerify", StringComparison.Ordinal)), Is.EqualTo(1));
        AssertMirrored(ofClient, ofServer);
    }

    [Test]
    public void A_signature_that_fails_shows_what_led_to_it_and_the_alert_once([ValueSource(nameof(Versions))] SslProtocols version)
    {
        var signer = new SlowSigner(TestCertificates.Server) { Failure = new FormatException("no card") };
        using var pair = new CorePair(CorePair.Options(version), CorePair.ServerOptions(version, signer.Credential));
        var (client, server) = Watch(pair);

        pair.Handshake();
        signer.Answer();
        pair.Handshake();

        Assert.That(server.Lines[^1], Does.StartWith("> alert 2 InternalError"));
        Assert.That(client.Bytes(isSent: false), Is.EqualTo(server.Bytes(isSent: true)));
    }

    [Test]
    public void A_message_of_many_records_is_shown_once_and_whole()
    {
        // More than a record: BouncyCastle cuts it, and so does our ticket with the client's chain in it.
        var chain = Enumerable.Repeat(TestCertificates.Server.Certificate, 40).ToArray();
        var server = new TlsServerOptions
        {
            Credential = new TlsCredential(TestCertificates.Server.Certificate, [.. TestCertificates.Server.Intermediates, .. chain]),
        };
        var client = new TlsClientOptions
        {
            TargetHost = TestCertificates.Host, Verification = CertificateVerification.Custom(static _ => null),
            Limits = TlsLimits.Default with { MaxCertificateChainLength = 100, MaxHandshakeMessageSize = 100_000 },
        };

        var (ofClient, ofServer) = Watch(client, server);

        Assert.That(ofClient.All.Single(note => note.Name == "Certificate").Bytes, Has.Length.GreaterThan(1 << 14));
        AssertMirrored(ofClient, ofServer);
    }

    [Test]
    public void Without_an_observer_and_with_one_a_whole_message_costs_no_memory([Values] bool isWatched)
    {
        var count = 0;
        var limits = TlsLimits.Default with { MaxRecordsWithoutProgress = int.MaxValue };
        var contents = new RecordContents(new PeerConduct(limits, TimeProvider.System))
        {
            Watch = isWatched ? new MessageWatch(message => count += message.Bytes.Length) : null,
        };
        byte[] keyUpdate = [24, 0, 0, 1, 0];
        Receive(10);

        var before = GC.GetAllocatedBytesForCurrentThread();
        Receive(1000);
        var cost = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.That(cost, Is.Zero);
        Assert.That(count, Is.EqualTo(isWatched ? 1010 * 5 : 0));

        void Receive(int times)
        {
            for (var i = 0; i < times; i++)
                contents.Opened(RecordHeader.Handshake, keyUpdate);
        }
    }

    [Test]
    public void Application_data_costs_no_more_with_an_observer_and_is_not_shown()
    {
        using var watched = new CorePair();
        var (client, server) = Watch(watched);
        watched.Handshake();
        using var plain = CorePair.Connected();
        var shown = (client.Lines.Length, server.Lines.Length);

        var (withObserver, without) = (CostOfExchange(watched), CostOfExchange(plain));

        Assert.That(withObserver, Is.EqualTo(without));
        Assert.That((client.Lines.Length, server.Lines.Length), Is.EqualTo(shown));
    }

    [Test]
    public void An_observer_is_there_from_the_beginning_or_not_at_all()
    {
        using var pair = CorePair.Connected();

        Assert.That(() => pair.Client.MessageObserver = _ => { }, Throws.InvalidOperationException);
    }

    private static (MessageNotes Client, MessageNotes Server) Watch(CorePair pair)
    {
        var (client, server) = (new MessageNotes(), new MessageNotes());
        pair.Client.MessageObserver = client.Add;
        pair.Server.MessageObserver = server.Add;
        return (client, server);
    }

    /// <summary>A handshake that finishes, with its tickets.</summary>
    private static (MessageNotes Client, MessageNotes Server) Watch(TlsClientOptions client, TlsServerOptions server)
    {
        using var pair = new CorePair(client, server);
        var notes = Watch(pair);
        pair.Handshake();
        Assert.That(pair.Client.IsEstablished && pair.Server.IsEstablished, Is.True, $"{pair.ClientFault}{pair.ServerFault}");
        pair.ToClient();
        Assert.That(CorePair.ReadAll(pair.Client), Is.Empty);
        return notes;
    }

    /// <summary>What a hundred records of data allocate, once all that is made once is there.</summary>
    private static long CostOfExchange(CorePair pair)
    {
        var buffer = new byte[1000];
        Exchange(10);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Exchange(100);
        return GC.GetAllocatedBytesForCurrentThread() - before;

        void Exchange(int times)
        {
            for (var i = 0; i < times; i++)
            {
                pair.Client.Write(buffer);
                pair.ToServer();
                pair.Server.Read(buffer, out _);
            }
        }
    }

    /// <summary>What one sent, byte by byte, is what the other received, and the other way round.</summary>
    private static void AssertMirrored(MessageNotes client, MessageNotes server)
    {
        Assert.That(server.Bytes(isSent: false), Is.EqualTo(client.Bytes(isSent: true)));
        Assert.That(client.Bytes(isSent: false), Is.EqualTo(server.Bytes(isSent: true)));
    }
}
