using System.Net;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using TlsFsm.Tests.Core;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Network;

/// <summary>A private key in another process: <c>openssl pkeyutl</c> signs, and the handshake's peer is OpenSSL too.</summary>
[Category("Network")]
public sealed class RemoteSignerTests
{
    private static readonly SslProtocols[] Versions = [SslProtocols.Tls12, SslProtocols.Tls13];

    [OneTimeSetUp]
    public void Require() => ExternalTool.Require("openssl");

    [Test]
    public async Task Our_server_signs_by_another_process(
        [ValueSource(nameof(Versions))] SslProtocols version, [Values(TestKey.EcdsaP256, TestKey.Rsa2048)] TestKey key)
    {
        var credential = Elsewhere(TestCertificates.ServerWith(key));

        var (server, failure, output) = await OtherTls.ServeOpenSslAsync(
            new TlsServerOptions { Credential = credential, EnabledProtocols = version });

        Assert.That(failure, Is.Null, output);
        Assert.That(server.Session!.Protocol, Is.EqualTo(version));
    }

    [Test]
    public async Task Our_client_signs_by_another_process(
        [ValueSource(nameof(Versions))] SslProtocols version, [Values(TestKey.EcdsaP256, TestKey.Rsa2048)] TestKey key)
    {
        var options = new TlsClientOptions
        {
            TargetHost = "localhost", Verification = TestCertificates.Verification, EnabledProtocols = version,
            Credential = Elsewhere(TestCertificates.ClientWith(key)),
        };

        var (_, output) = await OtherTls.ConnectToOpenSslAsync(
            options, TestCertificates.Server, "-Verify", "3", "-CAfile", OtherTls.RootFile, "-verify_return_error");

        Assert.That(output, Does.Contain($"CN = client {key}"));
    }

    [Test]
    public async Task A_slow_signer_keeps_no_other_connection_waiting()
    {
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var key = TestCertificates.Server.Certificate.GetECDsaPrivateKey()!;
        var slow = new TlsCredential(
            Public(TestCertificates.Server),
            TlsAsync.Signer(async (_, hash, cancellation) =>
            {
                asked.TrySetResult();
                await release.Task.WaitAsync(cancellation);
                return key.SignHash(hash.ToArray(), System.Security.Cryptography.DSASignatureFormat.Rfc3279DerSequence);
            }),
            TestCertificates.Server.Intermediates);
        var names = new TlsServerNames();
        names.Set("localhost", CorePair.ServerOptions(credential: slow));
        await using var listener = TlsListener.Start(
            new IPEndPoint(IPAddress.Loopback, 0), new TlsServerOptions { Credential = TestCertificates.Server, Names = names },
            () => new EchoProtocol());
        var waiting = Enumerable.Range(0, 20).Select(_ => ConnectAsync(listener, "localhost")).ToArray();
        await asked.Task.WaitAsync(ExternalTool.Patience);

        // Served by name with a quick key, while twenty stand still.
        for (var i = 0; i < 5; i++)
            await (await ConnectAsync(listener, "127.0.0.1")).DisposeAsync();
        Assert.That(waiting.Any(one => one.IsCompleted), Is.False);

        release.SetResult();
        foreach (var one in waiting)
            await (await one.WaitAsync(ExternalTool.Patience)).DisposeAsync();
    }

    private static Task<TlsStream> ConnectAsync(TlsListener listener, string host) => TlsClient.OpenStreamAsync(
        "127.0.0.1", listener.LocalEndPoint.Port, new TlsClientOptions { TargetHost = host, Verification = TestCertificates.Verification });

    private static TlsCredential Elsewhere(TlsCredential credential)
    {
        var (_, file, _) = TestCertificates.WritePem(credential, OtherTls.NewFolder());
        return new TlsCredential(
            Public(credential), TlsAsync.Signer((scheme, hash, _) => SignAsync(file, scheme, hash)), credential.Intermediates);
    }

    private static async ValueTask<ReadOnlyMemory<byte>> SignAsync(string keyFile, TlsSignatureScheme scheme, ReadOnlyMemory<byte> hash)
    {
        var digest = hash.Length switch { 32 => "sha256", 48 => "sha384", _ => "sha512" };
        string[] padding = scheme.ToString().StartsWith("RsaPss", StringComparison.Ordinal)
            ? ["-pkeyopt", "rsa_padding_mode:pss", "-pkeyopt", "rsa_pss_saltlen:digest"] : [];
        var (exitCode, signature, errors) = await ExternalTool.RunAsync(
            "openssl", Encoding.Latin1.GetString(hash.Span),
            ["pkeyutl", "-sign", "-inkey", keyFile, "-pkeyopt", $"digest:{digest}", .. padding]);
        Assert.That(exitCode, Is.Zero, errors);
        return Encoding.Latin1.GetBytes(signature);
    }

    private static X509Certificate2 Public(TlsCredential credential) =>
        X509CertificateLoader.LoadCertificate(credential.Certificate.RawData);
}
