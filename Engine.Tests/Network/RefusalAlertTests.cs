using System.Security.Authentication;
using TlsFsm.Tests.Hosting;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Network;

/// <summary>Alerts that an application of ours sends for reasons of its own, as others hear them.</summary>
[Category("Network")]
[Parallelizable(ParallelScope.All)]
public sealed class RefusalAlertTests
{
    private static readonly SslProtocols[] Versions = [Cases.Tls12, Cases.Tls13];

    [Test]
    public async Task OpenSSL_as_client_hears_it_after_the_handshake([ValueSource(nameof(Versions))] SslProtocols version)
    {
        ExternalTool.Require("openssl");
        await using var server = OurServer.Start(serve: RefuseAfterALine);
        await using var client = OpenSslPeer.StartClient(server, OpenSslPeer.Version(version));

        await client.WriteAsync("let me in\n");
        await client.WaitForAsync(OpenSslPeer.Alert(TlsAlert.AccessDenied));

        var (connection, _) = await server.NextEndAsync();
        Assert.That(connection.CloseReason, Is.EqualTo(CloseReason.LocalAbort));
    }

    [Test]
    public async Task GnuTLS_as_client_hears_it_after_the_handshake([ValueSource(nameof(Versions))] SslProtocols version)
    {
        ExternalTool.Require("gnutls-cli");
        await using var server = OurServer.Start(serve: RefuseAfterALine);
        await using var client = ExternalTool.Start(
            "gnutls-cli", $"--port={server.Port}", $"--sni-hostname={TestCertificates.Host}", $"--verify-hostname={TestCertificates.Host}",
            $"--x509cafile={PemFiles.Root}", $"--priority={GnuTlsServerTests.Priority(version)}", "127.0.0.1");

        await client.WriteAsync("let me in\n");
        await client.WaitForAsync($"*** Received alert [{(int)TlsAlert.AccessDenied}]");

        await server.NextEndAsync();
    }

    [Test]
    public async Task OpenSSL_as_server_hears_it_after_the_handshake([ValueSource(nameof(Versions))] SslProtocols version)
    {
        ExternalTool.Require("openssl");
        var (server, port) = await OpenSslPeer.StartServerAsync(TestCertificates.Server, OpenSslPeer.Version(version));
        await using var disposing = server;
        await using var stream = await OurClient.OpenAsync(port);
        await stream.WriteAsync("= before\n");
        await server.WaitForAsync("= before\n");

        stream.Abort(TlsAlert.InsufficientSecurity);

        await server.WaitForAsync(OpenSslPeer.Alert(TlsAlert.InsufficientSecurity));
    }

    [Test]
    public async Task OpenSSL_as_server_hears_it_in_the_middle_of_the_handshake([ValueSource(nameof(Versions))] SslProtocols version)
    {
        ExternalTool.Require("openssl");
        var (server, port) = await OpenSslPeer.StartServerAsync(TestCertificates.Server, OpenSslPeer.Version(version));
        await using var disposing = server;
        TlsConnection? connection = null;
        var opening = TlsClient.OpenStreamAsync(
            "127.0.0.1", port,
            new TlsClientOptions
            {
                TargetHost = TestCertificates.Host,

                // The question is never answered: while it is open the application finds another reason to go.
                Verification = TestCertificates.Verification with
                {
                    Review = (_, _) => connection!.Loop.CallSoon(_ => connection.Transport.Abort(TlsAlert.AccessDenied), null),
                },
            },
            connectionStarted: started => connection = started);

        var failure = Assert.ThrowsAsync<TlsException>(async () => await opening.WaitAsync(Wait.Limit))!;

        Assert.That((failure.Reason, failure.Alert), Is.EqualTo((CloseReason.LocalAbort, TlsAlert.AccessDenied)));
        await server.WaitForAsync(OpenSslPeer.Alert(TlsAlert.AccessDenied));
    }

    private static async Task RefuseAfterALine(TlsStream stream)
    {
        await stream.ReadUntilAsync("\n");
        stream.Abort(TlsAlert.AccessDenied);
    }
}
