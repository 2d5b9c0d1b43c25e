using System.Buffers.Binary;
using System.Security.Authentication;
using System.Security.Cryptography;
using Org.BouncyCastle.Tls;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Core;

/// <summary>What decent peers do, and a conformance runner's peers above all, that we must bear.</summary>
[TestFixture]
internal sealed class ToleranceTests
{
    private static readonly SslProtocols[] Versions = [SslProtocols.Tls12, SslProtocols.Tls13];

    [Test]
    public void A_ticket_may_come_in_records_of_one_byte_each()
    {
        using var pair = RoguePair.OfServer(SslProtocols.Tls13);
        byte[] body = [0, 0, 14, 16, 1, 2, 3, 4, 1, 0, 0, 60, .. new byte[60], 0, 0];
        byte[] message = [(byte)HandshakeType.new_session_ticket, 0, 0, (byte)body.Length, .. body];

        foreach (var part in message)
            pair.Rogue.SendRecord(ContentType.handshake, [part]);
        pair.Rogue.WriteApplicationData("data"u8.ToArray(), 0, 4);
        pair.ToCore();

        Assert.That(message, Has.Length.GreaterThan(TlsLimits.Default.MaxRecordsWithoutProgress));
        Assert.That(CorePair.ReadAll(pair.Core), Is.EqualTo("data"u8.ToArray()));
    }

    [Test]
    public void A_client_of_a_later_version_is_answered_with_ours(
        [ValueSource(nameof(Versions))] SslProtocols version, [Values(0x0304, 0x03FF, 0x0400, 0x1234)] int legacy)
    {
        var client = new StockClient(version);
        client.Begin();
        var hello = new byte[client.GetAvailableOutputBytes()];
        client.ReadOutput(hello, 0, hello.Length);
        BinaryPrimitives.WriteUInt16BigEndian(hello.AsSpan(RecordHeaderAndMessageHeader), (ushort)legacy);
        using var server = BouncyCastleCore.CreateServer(CorePair.ServerOptions());
        var (received, sent) = (new MemoryBio(), new MemoryBio());
        server.Attach(received, sent);
        received.Write(hello);

        server.StepHandshake();

        var answer = ServerHelloIn(sent.Readable.ToArray());
        var negotiated = TlsExtensionsUtilities.GetSupportedVersionsExtensionServer(answer.Extensions) ?? answer.Version;
        Assert.That(negotiated, Is.EqualTo(version == SslProtocols.Tls13 ? ProtocolVersion.TLSv13 : ProtocolVersion.TLSv12));
    }

    [Test]
    public void A_name_that_was_used_is_answered_except_when_a_session_is_resumed()
    {
        var cache = new MemorySessionCache();
        var names = new TlsServerNames();
        names.Set(TestCertificates.Host, CorePair.ServerOptions(SslProtocols.Tls12));
        var server = new TlsServerOptions { Credential = TestCertificates.Server, Names = names, EnabledProtocols = SslProtocols.Tls12 };
        var client = new TlsClientOptions
        {
            TargetHost = TestCertificates.Host, Verification = TestCertificates.Verification, EnabledProtocols = SslProtocols.Tls12,
            SessionCache = cache,
        };

        var first = FirstAnswer(client, server);
        CorePair.Connected(client, server).Dispose();
        using var resumed = CorePair.Connected(client, server);
        var second = FirstAnswer(client, server);

        Assert.That(resumed.Client.Session!.IsResumed, Is.True);
        Assert.That(first.Extensions.ContainsKey(ExtensionType.server_name), Is.True);
        Assert.That(second.Extensions.ContainsKey(ExtensionType.server_name), Is.False);
    }

    [Test]
    public void A_key_that_is_too_short_for_a_scheme_is_not_asked_to_sign_with_it()
    {
        using var key = RSA.Create(1024);
        using var certificate = new System.Security.Cryptography.X509Certificates.CertificateRequest(
            "CN=short", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)
            .CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        var client = new StockClient(SslProtocols.Tls13) { SignatureSchemes = [SignatureScheme.rsa_pss_rsae_sha512] };
        client.Begin();
        var server = CorePair.ServerOptions(credential: new TlsCredential(certificate) { DangerousPresentUnfit = true });
        using var pair = new RoguePair<StockClient>(BouncyCastleCore.CreateServer(server), client);
        pair.Core.Attach(pair.In, pair.Out);
        pair.ToCore();

        var fault = Assert.Throws<TlsException>(() => pair.Core.StepHandshake())!;

        Assert.That(fault.Fault, Is.EqualTo(TlsFault.Incompatible), fault.Message);
        Assert.That(fault.Alert, Is.EqualTo(TlsAlert.HandshakeFailure));
    }

    private const int RecordHeaderAndMessageHeader = 5 + 4;

    private static ServerHello FirstAnswer(TlsClientOptions client, TlsServerOptions server)
    {
        using var pair = new CorePair(client, server);
        pair.Client.StepHandshake();
        pair.ServerIn.Write(pair.ClientOut.Readable);
        pair.Server.StepHandshake();
        return ServerHelloIn(pair.ServerOut.Readable.ToArray());
    }

    /// <summary>The first message of a server's first record.</summary>
    private static ServerHello ServerHelloIn(byte[] flight)
    {
        Assert.That(flight[0], Is.EqualTo(ContentType.handshake), "the answer is no alert");
        var length = BinaryPrimitives.ReadUInt16BigEndian(flight.AsSpan(RecordHeaderAndMessageHeader - 2));
        return ServerHello.Parse(new MemoryStream(flight, RecordHeaderAndMessageHeader, length));
    }
}
