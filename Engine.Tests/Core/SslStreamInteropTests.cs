using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Core;

/// <summary>Talks with the platform's own TLS (OpenSSL, SChannel or Secure Transport), in memory.</summary>
[CancelAfter(30_000)]
public sealed class SslStreamInteropTests
{
    private static readonly SslProtocols[] Versions = [SslProtocols.Tls12, SslProtocols.Tls13];

    // Without P-521 on TLS 1.2: the groups that a client names are there also the only curves of certificates (RFC 8422 section 5.1),
    // OpenSSL keeps to that, and P-521 is no group of ours.
    private static readonly object[] KeysOfServers =
        [.. Versions.SelectMany(_ => Enum.GetValues<TestKey>(), (version, key) => new object[] { version, key }).Where(
            one => !one.SequenceEqual([SslProtocols.Tls12, TestKey.EcdsaP521]))];

    [TestCaseSource(nameof(KeysOfServers))]
    public async Task Our_client_talks_with_SslStream(SslProtocols version, TestKey key, CancellationToken cancellation)
    {
        var core = BouncyCastleCore.CreateClient(new TlsClientOptions
        {
            TargetHost = "localhost",
            Verification = TestCertificates.Verification,
            EnabledProtocols = version,
            ApplicationProtocols = [SslApplicationProtocol.Http2, SslApplicationProtocol.Http11],
            Credential = TestCertificates.Client,
        });
        var (ours, theirs) = CoreOverStream.Duplex();
        using var client = new CoreOverStream(core, ours);
        await using var server = new SslStream(theirs);
        var credential = TestCertificates.ServerWith(key);
        X509Certificate? presented = null;

        await Task.WhenAll(
            client.HandshakeAsync(cancellation),
            server.AuthenticateAsServerAsync(
                new SslServerAuthenticationOptions
                {
                    ServerCertificateContext = SslStreamCertificateContext.Create(
                        credential.Certificate, credential.Intermediates, offline: true),
                    EnabledSslProtocols = version,
                    ApplicationProtocols = [SslApplicationProtocol.Http11],
                    ClientCertificateRequired = true,
                    RemoteCertificateValidationCallback = (_, certificate, _, _) => (presented = certificate) is not null,
                },
                cancellation));

        Assert.That(core.Session!.Protocol, Is.EqualTo(version));
        Assert.That(core.Session.ApplicationProtocol, Is.EqualTo(SslApplicationProtocol.Http11));
        Assert.That(core.Session.CipherSuite, Is.EqualTo(server.NegotiatedCipherSuite));
        Assert.That(presented!.GetCertHashString(), Is.EqualTo(TestCertificates.Client.Certificate.Thumbprint));
        await ExchangeAndCloseAsync(client, server, cancellation);
    }

    [Test]
    public async Task Our_server_talks_with_SslStream(
        [ValueSource(nameof(Versions))] SslProtocols version, [Values] TestKey key, CancellationToken cancellation)
    {
        var core = BouncyCastleCore.CreateServer(new TlsServerOptions
        {
            Credential = TestCertificates.ServerWith(key),
            EnabledProtocols = version,
            ApplicationProtocols = [SslApplicationProtocol.Http2, SslApplicationProtocol.Http11],
            ClientCertificates = ClientCertificateMode.Require,
            ClientVerification = TestCertificates.Verification,
        });
        var (ours, theirs) = CoreOverStream.Duplex();
        using var server = new CoreOverStream(core, ours);
        await using var client = new SslStream(theirs);
        var credential = TestCertificates.Client;

        await Task.WhenAll(
            server.HandshakeAsync(cancellation),
            client.AuthenticateAsClientAsync(
                new SslClientAuthenticationOptions
                {
                    TargetHost = "localhost",
                    EnabledSslProtocols = version,
                    ApplicationProtocols = [SslApplicationProtocol.Http11, SslApplicationProtocol.Http2],
                    ClientCertificateContext = SslStreamCertificateContext.Create(
                        credential.Certificate, credential.Intermediates, offline: true),
                    CertificateChainPolicy = Trust(),
                },
                cancellation));

        Assert.That(core.Session!.Protocol, Is.EqualTo(version));
        Assert.That(core.Session.ApplicationProtocol, Is.EqualTo(SslApplicationProtocol.Http2));
        Assert.That(core.Session.ServerName, Is.EqualTo("localhost"));
        Assert.That(core.Session.PeerCertificate!.Thumbprint, Is.EqualTo(credential.Certificate.Thumbprint));
        Assert.That(client.NegotiatedCipherSuite, Is.EqualTo(core.Session.CipherSuite));
        await ExchangeAndCloseAsync(server, client, cancellation);
    }

    private static async Task ExchangeAndCloseAsync(CoreOverStream ours, SslStream theirs, CancellationToken cancellation)
    {
        var data = new byte[1 << 20];
        new Random(3).NextBytes(data);
        var received = new byte[data.Length];

        await Task.WhenAll(ours.WriteAsync(data, cancellation), theirs.ReadExactlyAsync(received, cancellation).AsTask());
        Assert.That(received, Is.EqualTo(data));

        var echo = ours.ReadAsync(data.Length, cancellation);
        await theirs.WriteAsync(received, cancellation);
        Assert.That(await echo, Is.EqualTo(data));

        await theirs.ShutdownAsync();
        Assert.That(await ours.ReadAsync(1, cancellation), Is.Empty, "the end, by close_notify");
        await ours.ShutdownAsync(cancellation);
        Assert.That(await theirs.ReadAsync(new byte[1], cancellation), Is.Zero);
    }

    private static X509ChainPolicy Trust()
    {
        var policy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
            DisableCertificateDownloads = true,
        };
        policy.CustomTrustStore.AddRange(TestCertificates.Roots);
        return policy;
    }
}
