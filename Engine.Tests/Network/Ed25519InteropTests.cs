using System.Globalization;
using System.Security.Authentication;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Network;

/// <summary>Ed25519 with OpenSSL and GnuTLS, each side with a certificate, in either role.</summary>
[TestFixture, Category("Network")]
internal sealed class Ed25519InteropTests
{
    private static readonly SslProtocols[] Versions = [SslProtocols.Tls12, SslProtocols.Tls13];

    private static readonly string ClientChain = PemFiles.Write("ed25519-client.pem", Ed25519Certificates.OfClient.Chain);
    private static readonly string ClientKey = PemFiles.Write("ed25519-client.key", Ed25519Certificates.OfClient.Key);
    private static readonly string ServerChain = PemFiles.Write("ed25519-server.pem", Ed25519Certificates.OfServer.Chain);
    private static readonly string ServerKey = PemFiles.Write("ed25519-server.key", Ed25519Certificates.OfServer.Key);

    [Test]
    public async Task OpenSSL_verifies_ours_and_we_its([ValueSource(nameof(Versions))] SslProtocols version)
    {
        ExternalTool.Require("openssl");

        var (server, failure, output) = await OtherTls.ServeOpenSslAsync(
            Server(version), "-cert", ClientChain, "-cert_chain", ClientChain, "-key", ClientKey);

        Assert.That(failure, Is.Null, output);
        Assert.That(output, Does.Contain("Peer certificate: CN = server Ed25519").And.Contain("Signature type: Ed25519").IgnoreCase);
        Assert.That(server.Session!.PeerSignatureScheme, Is.EqualTo("ed25519"));
    }

    [Test]
    public async Task We_verify_the_servers_of_OpenSSL_and_it_ours([ValueSource(nameof(Versions))] SslProtocols version)
    {
        ExternalTool.Require("openssl");
        await using var server = ExternalTool.Start(
            "openssl", "s_server", "-accept", "127.0.0.1:0", "-naccept", "1", "-cert", ServerChain, "-cert_chain", ServerChain, "-key",
            ServerKey, OpenSslPeer.Version(version),
            "-Verify", "3", "-verify_return_error", "-CAfile", PemFiles.Root, "-rev");
        var line = await server.WaitForAsync(new System.Text.RegularExpressions.Regex(@"ACCEPT 127\.0\.0\.1:(\d+)"));

        await using var stream = await OurClient.OpenAsync(
            int.Parse(line.Groups[1].Value, CultureInfo.InvariantCulture), OurClient.Options(version, Ed25519Certificates.Client));
        await stream.WriteAsync("abc\n"u8.ToArray());
        var answer = new byte[4];
        await stream.ReadExactlyAsync(answer).AsTask().WaitAsync(ExternalTool.Patience);

        Assert.That(answer, Is.EqualTo("cba\n"u8.ToArray()));
        Assert.That(stream.Connection.Session!.PeerSignatureScheme, Is.EqualTo("ed25519"));
        Assert.That(stream.Connection.Session.OwnSignatureScheme, Is.EqualTo("ed25519"));
    }

    [Test]
    public async Task GnuTLS_verifies_ours_and_we_its([ValueSource(nameof(Versions))] SslProtocols version)
    {
        ExternalTool.Require("gnutls-cli");

        var (server, failure, output) = await OtherTls.ServeAsync(Server(version), "echo me\n", port => ExternalTool.Start(
            "gnutls-cli", "--port", port.ToString(CultureInfo.InvariantCulture), "localhost", "--x509cafile", PemFiles.Root,
            "--x509certfile", ClientChain, "--x509keyfile", ClientKey));

        Assert.That(failure, Is.Null, output);
        Assert.That(output, Does.Contain("EdDSA-Ed25519"));
        Assert.That(server.Session!.PeerSignatureScheme, Is.EqualTo("ed25519"));
    }

    private static TlsServerOptions Server(SslProtocols version) => new()
    {
        Credential = Ed25519Certificates.Server, EnabledProtocols = version, TolerateTruncation = true,
        ClientCertificates = ClientCertificateMode.Require, ClientVerification = TestCertificates.Verification,
    };
}
