using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Org.BouncyCastle.Tls;
using TlsFsm.Core.Strictness;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Strictness;

/// <summary>What is wrong with certificates, signatures, Finished, and what comes after it.</summary>
[TestFixtureSource(typeof(Detour), nameof(Detour.All))]
internal sealed class MessageFaultTests(Detour detour) : OnEveryWay(detour)
{
    private const int Many = 33;

    private static readonly FaultSource[] Sides = [FaultSource.Client, FaultSource.Server];
    private static readonly SslProtocols[] Versions = [SslProtocols.Tls12, SslProtocols.Tls13];

    [Test, Proves(nameof(MessageFaults.EmptyCertificate))]
    public void A_server_has_a_certificate([ValueSource(nameof(Versions))] SslProtocols version)
    {
        using var trial = Trial.OfServer(version).Changing(Messages.Certificate, _ => Empty(version));
        trial.Fails(MessageFaults.EmptyCertificate);
    }

    [Test, Proves(nameof(MessageFaults.MissingCertificate))]
    public void On_TLS_12_a_server_sends_its_certificate_before_its_key([Values] bool isWithoutKey)
    {
        using var trial = Trial.OfServer(SslProtocols.Tls12);
        trial.Rogue.Instead = (type, content) => type == ContentType.handshake
            && (content[0] == Messages.Certificate || (isWithoutKey && content[0] == Messages.ServerKeyExchange)) ? [] : [(type, content)];
        trial.Fails(MessageFaults.MissingCertificate);
    }

    [Test, Proves(nameof(MessageFaults.EmptyStaple))]
    public void A_staple_that_is_asked_for_is_not_empty([Values] bool isCut)
    {
        var client = new TlsClientOptions
        {
            TargetHost = TestCertificates.Host,
            Verification = TestCertificates.Verification with { Staple = StapleMode.Request },
            EnabledProtocols = SslProtocols.Tls13,
        };
        byte[] status = isCut ? [1, 0, 0, 9, 7] : [1, 0, 0, 0];
        using var trial = Trial.OfServer(SslProtocols.Tls13, ours: client)
            .Changing(Messages.Certificate, message => WithExtensions(message, Messages.Extension(ExtensionType.status_request, status)));
        trial.Fails(MessageFaults.EmptyStaple);
    }

    [Test, Proves(nameof(MessageFaults.UnaskedCertificate))]
    public void A_clients_certificate_is_asked_for_or_not_sent([ValueSource(nameof(Versions))] SslProtocols version)
    {
        using var trial = Trial.OfClient(version).Replacing(
            version == SslProtocols.Tls13 ? Messages.Finished : Messages.ClientKeyExchange, message => [Empty(version), message]);
        trial.Fails(MessageFaults.UnaskedCertificate);
    }

    [Test, Proves(nameof(MessageFaults.UnaskedVerify))]
    public void A_CertificateVerify_comes_with_a_certificate([ValueSource(nameof(Versions))] SslProtocols version, [Values] bool isAsked)
    {
        // Asked for one, the client presents none, and signs nevertheless.
        using var trial = Trial.OfClient(version, ours: isAsked ? Mutual.Server(version) : null).Replacing(
            Messages.Finished, message => [Messages.Make(Messages.CertificateVerify, 4, 3, 0, 1, 0), message]);
        if (version == SslProtocols.Tls12)
            trial.Replacing(Messages.ClientKeyExchange, message => [message, Messages.Make(Messages.CertificateVerify, 4, 3, 0, 1, 0)]);
        trial.Fails(MessageFaults.UnaskedVerify);
    }

    [TestCase(FaultSource.Client, SslProtocols.Tls12)]
    [TestCase(FaultSource.Client, SslProtocols.Tls13)]
    [TestCase(FaultSource.Server, SslProtocols.Tls13)]
    [Proves(nameof(RecordFaults.OutOfTurn))]
    public void A_certificate_comes_with_a_CertificateVerify(FaultSource from, SslProtocols version)
    {
        using var trial = Mutual.Trial(from, version).Replacing(Messages.CertificateVerify, _ => []);
        trial.Fails(RecordFaults.OutOfTurn);
    }

    [Test, Proves(nameof(MessageFaults.RequestContext))]
    public void In_a_handshake_the_context_of_a_request_is_empty()
    {
        using var client = Mutual.Trial(FaultSource.Client, SslProtocols.Tls13).Changing(Messages.Certificate, WithContext);
        client.Fails(MessageFaults.RequestContext);

        using var server = Mutual.Trial(FaultSource.Server, SslProtocols.Tls13).Changing(Messages.Certificate, WithContext);
        server.Fails(MessageFaults.RequestContext);

        using var request = Mutual.Trial(FaultSource.Server, SslProtocols.Tls13).Changing(Messages.CertificateRequest, WithContext);
        request.Fails(MessageFaults.RequestContext);

        static byte[] WithContext(byte[] message) => Messages.Make(message[0], [1, 7, .. message[5..]]);
    }

    [Test, Proves(nameof(HelloFaults.Unrequested))]
    public void A_certificate_answers_no_extension_that_was_not_asked_for(
        [ValueSource(nameof(Sides))] FaultSource from, [Values(18, 0xFACE)] int type)
    {
        using var trial = Mutual.Trial(from, SslProtocols.Tls13).Changing(
            Messages.Certificate, message => WithExtensions(message, Messages.Extension(type, 0)));
        trial.Fails(HelloFaults.Unrequested);
    }

    [Test, Proves(nameof(HelloFaults.Misplaced))]
    public void A_certificate_has_only_extensions_of_certificates([ValueSource(nameof(Sides))] FaultSource from)
    {
        using var trial = Mutual.Trial(from, SslProtocols.Tls13).Changing(
            Messages.Certificate, message => WithExtensions(message, Messages.Extension(ExtensionType.key_share, 0, 29)));
        trial.Fails(HelloFaults.Misplaced);
    }

    [Test, Proves(nameof(HelloFaults.DuplicateExtension))]
    public void An_extension_stands_beside_a_certificate_once([ValueSource(nameof(Sides))] FaultSource from)
    {
        using var trial = Mutual.Trial(from, SslProtocols.Tls13).Changing(
            Messages.Certificate, message => WithExtensions(message, [.. Messages.Extension(0xFACE), .. Messages.Extension(0xFACE)]));
        trial.Fails(HelloFaults.DuplicateExtension);
    }

    [Test, Proves(nameof(MessageFaults.RequestWithoutSchemes))]
    public void A_request_for_a_certificate_says_how_it_may_sign()
    {
        using var trial = Mutual.Trial(FaultSource.Server, SslProtocols.Tls13).Changing(
            Messages.CertificateRequest,
            _ => Messages.Make(Messages.CertificateRequest, [0, .. Messages.Vector16(Messages.Extension(0xFACE))]));
        trial.Fails(MessageFaults.RequestWithoutSchemes);
    }

    [Test, Proves(nameof(MessageFaults.SchemeNotOffered))]
    public void A_signature_by_a_scheme_that_was_not_offered_is_refused(
        [ValueSource(nameof(Sides))] FaultSource from, [ValueSource(nameof(Versions))] SslProtocols version,
        [Values(0x0203, 0x0807)] int scheme)
    {
        var (type, at) = Signed(from, version);
        using var trial = Mutual.Trial(from, version).Changing(type, message => WithScheme(message, at, scheme));
        trial.Fails(MessageFaults.SchemeNotOffered);
    }

    [Test, Proves(nameof(MessageFaults.CurveOfScheme))]
    public void On_TLS_13_a_scheme_is_for_the_curve_of_its_key([ValueSource(nameof(Sides))] FaultSource from)
    {
        // ecdsa_secp384r1_sha384, with a key on P-256.
        using var trial = Mutual.Trial(from, SslProtocols.Tls13).Changing(
            Messages.CertificateVerify, message => WithScheme(message, 4, 0x0503));
        trial.Fails(MessageFaults.CurveOfScheme);
    }

    [Test, Proves(nameof(MessageFaults.KindOfKey))]
    public void A_signature_is_of_the_kind_of_its_key([ValueSource(nameof(Sides))] FaultSource from)
    {
        // rsa_pss_rsae_sha256, and ed25519, with a key on P-256.
        foreach (var scheme in (int[])[0x0804, 0x0807])
        {
            using var trial = Mutual.Trial(from, SslProtocols.Tls13).Changing(
                Messages.CertificateVerify, message => WithScheme(message, 4, scheme));
            trial.Fails(MessageFaults.KindOfKey);
        }
    }

    [Test, Proves(nameof(MessageFaults.WrongSignature))]
    public void A_signature_that_does_not_verify_is_refused(
        [ValueSource(nameof(Sides))] FaultSource from, [ValueSource(nameof(Versions))] SslProtocols version)
    {
        using var trial = Mutual.Trial(from, version).Changing(Signed(from, version).Type, Messages.Damaged);
        trial.Fails(MessageFaults.WrongSignature);
    }

    [Test, Proves(nameof(MessageFaults.WrongFinished))]
    public void A_Finished_that_does_not_verify_is_refused(
        [ValueSource(nameof(Sides))] FaultSource from, [ValueSource(nameof(Versions))] SslProtocols version)
    {
        using var trial = Trial.Of(from, version).Changing(Messages.Finished, Messages.Damaged);
        trial.Fails(MessageFaults.WrongFinished);
    }

    [Test, Proves(nameof(MessageFaults.NoClientCertificate12), nameof(MessageFaults.NoClientCertificate13))]
    public void A_client_without_the_certificate_that_is_required_is_refused([ValueSource(nameof(Versions))] SslProtocols version)
    {
        using var trial = Trial.OfClient(version, ours: new TlsServerOptions
        {
            Credential = TestCertificates.Server,
            EnabledProtocols = version,
            ClientCertificates = ClientCertificateMode.Require,
            ClientVerification = TestCertificates.Verification,
        });
        trial.Fails(
            version == SslProtocols.Tls13 ? MessageFaults.NoClientCertificate13 : MessageFaults.NoClientCertificate12,
            TlsFault.CertificateRejected);
    }

    [Test, Proves(nameof(MessageFaults.KeyUpdateValue))]
    public void A_KeyUpdate_is_a_request_or_an_answer([ValueSource(nameof(Sides))] FaultSource from, [Values(2, 255)] int value)
    {
        using var trial = Trial.Of(from, SslProtocols.Tls13).Connected();
        trial.Rogue.Send(ContentType.handshake, Messages.Make(Messages.KeyUpdate, (byte)value));
        trial.Fails(MessageFaults.KeyUpdateValue);
    }

    [Test, Proves(nameof(RecordFaults.KeyUpdateFlood))]
    public void KeyUpdates_come_to_an_end([ValueSource(nameof(Sides))] FaultSource from)
    {
        using var trial = Trial.Of(from, SslProtocols.Tls13).Connected();
        for (var i = 0; i < Many; i++)
            trial.Rogue.SendKeyUpdate();
        trial.Fails(RecordFaults.KeyUpdateFlood);
    }

    [Test, Proves(nameof(RecordFaults.TicketFlood))]
    public void Tickets_come_to_an_end()
    {
        using var trial = Trial.OfServer(SslProtocols.Tls13, ours: new TlsClientOptions
        {
            TargetHost = TestCertificates.Host, Verification = TestCertificates.Verification, SessionCache = new MemorySessionCache(),
        }).Connected();
        for (var i = 0; i < Many; i++)
            trial.Rogue.Send(ContentType.handshake, Ticket());
        trial.Fails(RecordFaults.TicketFlood);
    }

    [Test, Proves(nameof(MessageFaults.SeveralRawKeys))]
    public void There_is_one_bare_key([ValueSource(nameof(Sides))] FaultSource from)
    {
        var key = TlsCredential.FromKey(TestCertificates.Server.Certificate.GetECDsaPrivateKey()!);
        var trust = TestCertificates.Verification with
        {
            RawPublicKeys = [CertificateVerification.PinOf(TestCertificates.Server.Certificate)],
            CertificateTypes = [TlsCertificateType.RawPublicKey],
        };
        var server = new TlsServerOptions
        {
            Credential = key, ClientCertificates = ClientCertificateMode.Request, ClientVerification = trust,
        };
        var client = new TlsClientOptions { TargetHost = TestCertificates.Host, Verification = trust, Credential = key };
        using var trial = (from == FaultSource.Client
            ? Trial.OfClient(SslProtocols.Tls13, client, server) : Trial.OfServer(SslProtocols.Tls13, server, client)).Changing(
                Messages.Certificate, message =>
                {
                    // Behind the context and the length of the list, the one entry twice.
                    byte[] list = [.. message[8..], .. message[8..]];
                    return Messages.Make(
                        Messages.Certificate, [0, (byte)(list.Length >> 16), (byte)(list.Length >> 8), (byte)list.Length, .. list]);
                });
        trial.Fails(MessageFaults.SeveralRawKeys);
    }

    [Test, Proves(nameof(HelloFaults.DuplicateTicketExtension))]
    public void An_extension_stands_in_a_ticket_once()
    {
        using var trial = Trial.OfServer(SslProtocols.Tls13).Connected();
        trial.Rogue.Send(ContentType.handshake, Ticket([.. Messages.Extension(0xFACE), .. Messages.Extension(0xFACE)]));
        trial.Fails(HelloFaults.DuplicateTicketExtension);
    }

    [Test, Proves(nameof(MessageFaults.TicketMalformed))]
    public void A_ticket_can_be_decoded()
    {
        foreach (var message in (byte[][])[Messages.Longer(Ticket(), 0), Messages.Shorter(Ticket()), Ticket([0, 1, 0, 9])])
        {
            using var trial = Trial.OfServer(SslProtocols.Tls13).Connected();
            trial.Rogue.Send(ContentType.handshake, message);
            trial.Fails(MessageFaults.TicketMalformed);
        }
    }

    [Test, Proves(nameof(RecordFaults.OutOfTurn))]
    public void A_ticket_comes_from_a_server_and_after_the_handshake()
    {
        using var client = Trial.OfClient(SslProtocols.Tls13).Connected();
        client.Rogue.Send(ContentType.handshake, Ticket());
        client.Fails(RecordFaults.OutOfTurn);

        using var early = Trial.OfServer(SslProtocols.Tls13).Replacing(Messages.Finished, message => [Ticket(), message]);
        early.Fails(RecordFaults.OutOfTurn);
    }

    [Test, Proves(nameof(MessageFaults.PostHandshakeAuthentication))]
    public void After_the_handshake_no_certificate_is_asked_for()
    {
        using var trial = Trial.OfServer(SslProtocols.Tls13).Connected();
        trial.Rogue.Send(
            ContentType.handshake,
            Messages.Make(Messages.CertificateRequest, [0, .. Messages.Vector16(Messages.Extension(13, 0, 2, 4, 3))]));
        trial.Fails(MessageFaults.PostHandshakeAuthentication);
    }

    [Test, Proves(nameof(RecordFaults.RenegotiationFlood))]
    public void Attempts_to_renegotiate_come_to_an_end([ValueSource(nameof(Sides))] FaultSource from)
    {
        using var trial = Trial.Of(from, SslProtocols.Tls12).Connected();
        for (var i = 0; i < Many; i++)
            trial.Rogue.Send(
                ContentType.handshake, Messages.Make(from == FaultSource.Client ? Messages.ClientHello : Messages.HelloRequest));
        trial.Fails(RecordFaults.RenegotiationFlood);
    }

    [Test, Proves(nameof(RecordFaults.RenegotiationFlood))]
    public void Requests_for_a_hello_during_the_handshake_come_to_an_end()
    {
        using var trial = Trial.OfServer(SslProtocols.Tls12).Replacing(
            Messages.Certificate, message => [.. Enumerable.Repeat(Messages.Make(Messages.HelloRequest), Many), message]);
        trial.Fails(RecordFaults.RenegotiationFlood);
    }

    private static byte[] Empty(SslProtocols version) =>
        Messages.Make(Messages.Certificate, version == SslProtocols.Tls13 ? [0, 0, 0, 0] : [0, 0, 0]);

    /// <summary>The message that a side signs, and where in it the scheme stands.</summary>
    private static (byte Type, int At) Signed(FaultSource from, SslProtocols version) =>
        (from, version) == (FaultSource.Server, SslProtocols.Tls12) ? (Messages.ServerKeyExchange, -1) : (Messages.CertificateVerify, 4);

    private static byte[] WithScheme(byte[] message, int at, int scheme)
    {
        // In ServerKeyExchange behind curve type, curve, and the point with its length.
        var start = at >= 0 ? at : 4 + 3 + 1 + message[7];
        return [.. message[..start], (byte)(scheme >> 8), (byte)scheme, .. message[(start + 2)..]];
    }

    /// <summary>A Certificate of TLS 1.3 whose last entry has these extensions in place of none.</summary>
    private static byte[] WithExtensions(byte[] message, byte[] extensions)
    {
        var list = message[8..];
        Assert.That(list[^2..], Is.EqualTo(new byte[2]), "no extensions");
        byte[] longer = [.. list[..^2], .. Messages.Vector16(extensions)];
        return Messages.Make(
            Messages.Certificate, [0, (byte)(longer.Length >> 16), (byte)(longer.Length >> 8), (byte)longer.Length, .. longer]);
    }

    /// <summary>Lifetime, age, a nonce of no bytes, a ticket of one byte, extensions.</summary>
    private static byte[] Ticket(params byte[] extensions) =>
        Messages.Make(Messages.NewSessionTicket, [0, 0, 0, 9, 0, 0, 0, 0, 0, 0, 1, 7, .. Messages.Vector16(extensions)]);
}
