using System.Security.Authentication;
using System.Security.Cryptography;
using TlsFsm.Core.Strictness;
using TlsFsm.Tests.Strictness;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Network;

/// <summary>Which of several credentials OpenSSL gets, and what it hears when there is none that it could take.</summary>
[TestFixture, Category("Network")]
internal sealed class CertificateChoiceTests
{
    private static readonly SslProtocols[] Versions = [SslProtocols.Tls12, SslProtocols.Tls13];

    private static readonly TlsCredential[] Both =
        [TestCertificates.ServerWith(TestKey.EcdsaP256), TestCertificates.ServerWith(TestKey.Rsa2048)];

    [Test]
    public async Task OpenSSL_gets_the_one_that_its_signature_schemes_are_for(
        [ValueSource(nameof(Versions))] SslProtocols version, [Values] bool isRsa)
    {
        ExternalTool.Require("openssl");

        var (server, failure, output) = await ServeAsync(
            Both, version, "-sigalgs", isRsa ? "RSA-PSS+SHA256:RSA-PSS+SHA384" : "ECDSA+SHA256:RSA-PSS+SHA256");

        Assert.That(failure, Is.Null, output);
        Assert.That(output, Does.Contain($"Peer certificate: CN = {(isRsa ? "server Rsa2048" : "server EcdsaP256")}"));
        Assert.That(server.Session!.OwnCredential, Is.SameAs(Both[isRsa ? 1 : 0]));
    }

    [Test]
    public async Task On_TLS_12_OpenSSL_gets_the_one_that_its_suites_and_curves_are_for([Values] bool isByCurve)
    {
        ExternalTool.Require("openssl");

        var (_, failure, output) = await ServeAsync(
            Both, SslProtocols.Tls12, isByCurve ? ["-groups", "X25519"] : ["-cipher", "ECDHE-RSA-AES128-GCM-SHA256"]);

        Assert.That(failure, Is.Null, output);
        Assert.That(output, Does.Contain("Peer certificate: CN = server Rsa2048"));
    }

    [Test]
    public async Task OpenSSL_gets_one_of_the_authority_that_it_names()
    {
        ExternalTool.Require("openssl");
        var names = Path.Combine(OtherTls.NewFolder(), "names.pem");
        await File.WriteAllTextAsync(names, TestCertificates.Root.ExportCertificatePem() + "\n");

        var (_, failure, output) = await ServeAsync([TestCertificates.Untrusted, Both[0]], SslProtocols.Tls13, "-requestCAfile", names);

        Assert.That(failure, Is.Null, output);
        Assert.That(output, Does.Contain("Peer certificate: CN = server EcdsaP256"));
    }

    [Test]
    public async Task OpenSSL_hears_that_there_is_none_for_it([ValueSource(nameof(Versions))] SslProtocols version)
    {
        ExternalTool.Require("openssl");

        var (_, failure, output) = await ServeAsync([Both[0]], version, "-sigalgs", "RSA-PSS+SHA256");

        Assert.That(failure?.Message, Does.StartWith("None of our credentials fits this client. 'CN=server EcdsaP256': "));
        Assert.That(output, Does.Contain("SSL alert number 40"));
    }

    [Test, Proves(nameof(CertificateFaults.WrongType))]
    public async Task OpenSSL_hears_that_bare_keys_alone_are_taken(
        [ValueSource(nameof(Versions))] SslProtocols version, [Values] bool isServer)
    {
        ExternalTool.Require("openssl");
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var keysOnly = TestCertificates.Verification with
        {
            RawPublicKeys = [CertificateVerification.PinOfKey(key)], CertificateTypes = [TlsCertificateType.RawPublicKey],
        };

        if (isServer)
        {
            var (server, port) = await OpenSslPeer.StartServerAsync(TestCertificates.Server, OpenSslPeer.Version(version));
            await using var _ = server;
            var fault = await OurClient.FailAsync(
                port, new TlsClientOptions { TargetHost = TestCertificates.Host, Verification = keysOnly, EnabledProtocols = version });
            Assert.That(fault.Alert, Is.EqualTo(CertificateFaults.WrongType.Alert));
            await server.WaitForAsync("SSL alert number 43");
        }
        else
        {
            var (_, failure, output) = await OtherTls.ServeOpenSslAsync(
                new TlsServerOptions
                {
                    Credential = TestCertificates.Server, EnabledProtocols = version, ClientCertificates = ClientCertificateMode.Request,
                    ClientVerification = keysOnly,
                });
            Assert.That((failure as TlsCertificateException)?.Check, Is.EqualTo("type of certificate"));
            Assert.That(output, Does.Contain("SSL alert number 43"));
        }
    }

    private static Task<(TlsFsm.TlsConnection Server, Exception? Failure, string Output)> ServeAsync(
        IReadOnlyList<TlsCredential> credentials, SslProtocols version, params string[] arguments) =>
        OtherTls.ServeOpenSslAsync(
            new TlsServerOptions { Credential = null, Credentials = credentials, EnabledProtocols = version }, arguments);
}
