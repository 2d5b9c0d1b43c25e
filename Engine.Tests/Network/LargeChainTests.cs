using System.Security.Authentication;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Network;

/// <summary>Certificate chains of 100 KB, with openssl at the other end in both roles.</summary>
[Category("Network")]
[Parallelizable(ParallelScope.All)]
public sealed class LargeChainTests
{
    private static readonly TlsLimits Raised = new() { MaxHandshakeMessageSize = 128 * 1024 };

    [OneTimeSetUp]
    public void RequireTools() => ExternalTool.Require("openssl");

    [TestCase(Cases.Tls12)]
    [TestCase(Cases.Tls13)]
    public async Task A_servers_is_refused_by_the_name_of_the_limit_and_openssl_is_told(SslProtocols version)
    {
        var (server, port) = await OpenSslPeer.StartServerAsync(BadCertificates.Server(WrongLeaf.Bulky), OpenSslPeer.Version(version));
        await using var disposing = server;

        var failure = await OurClient.FailAsync(port);

        Assert.That(failure.Message, Does.Match("a handshake message of 1[0-9]{5} bytes, more than MaxHandshakeMessageSize"));
        Assert.That(failure.Fault, Is.EqualTo(TlsFault.PeerMisbehaved));
        Assert.That(failure.Alert, Is.EqualTo(TlsAlert.IllegalParameter));
        await server.WaitForAsync(OpenSslPeer.Alert(TlsAlert.IllegalParameter));
    }

    [TestCase(Cases.Tls12)]
    [TestCase(Cases.Tls13)]
    public async Task A_servers_is_taken_with_a_higher_limit(SslProtocols version)
    {
        var (server, port) = await OpenSslPeer.StartServerAsync(BadCertificates.Server(WrongLeaf.Bulky), OpenSslPeer.Version(version));
        await using var disposing = server;
        var options =
            new TlsClientOptions { TargetHost = TestCertificates.Host, Verification = TestCertificates.Verification, Limits = Raised };

        await using var stream = await OurClient.OpenAsync(port, options);
        await stream.WriteAsync("over and out\n");
        await server.WaitForAsync("over and out");

        Assert.That(stream.Connection.Session!.PeerCertificate!.RawData, Has.Length.GreaterThan(100_000));
    }

    [TestCase(Cases.Tls12)]
    [TestCase(Cases.Tls13)]
    public async Task A_clients_is_refused_by_the_name_of_the_limit_and_openssl_is_told(SslProtocols version)
    {
        await using var server = OurServer.Start(OurServer.AskingFor(ClientCertificateMode.Require));
        await using var client = OpenSslPeer.StartClient(
            server, [OpenSslPeer.Version(version), .. PemFiles.Of(BadCertificates.Client(WrongLeaf.Bulky)).OpenSslArguments()]);

        await client.WaitForAsync(OpenSslPeer.Alert(TlsAlert.IllegalParameter));

        var failure = await server.NextFailureAsync();
        Assert.That(failure.Message, Does.Match("a handshake message of 1[0-9]{5} bytes, more than MaxHandshakeMessageSize"));
        Assert.That(failure.Fault, Is.EqualTo(TlsFault.PeerMisbehaved));
    }

    [TestCase(Cases.Tls12)]
    [TestCase(Cases.Tls13)]
    public async Task A_clients_is_taken_with_a_higher_limit(SslProtocols version)
    {
        await using var server = OurServer.Start(new TlsServerOptions
        {
            Credential = TestCertificates.Server,
            ClientCertificates = ClientCertificateMode.Require,
            ClientVerification = TestCertificates.Verification,
            Limits = Raised,

            // A ticket would have to hold the chain, which is more than a ticket can.
            TicketKeys = null,
        });
        await using var client = OpenSslPeer.StartClient(
            server, [OpenSslPeer.Version(version), .. PemFiles.Of(BadCertificates.Client(WrongLeaf.Bulky)).OpenSslArguments()]);

        await client.WriteAsync("over and out\n");
        await client.WaitForAsync("over and out\n");
        client.CloseInput();
        await client.WaitForExitAsync();

        Assert.That((await server.NextCleanEndAsync()).PeerCertificate!.RawData, Has.Length.GreaterThan(100_000));
    }

    [TestCase(Cases.Tls12)]
    [TestCase(Cases.Tls13)]
    public async Task Ours_is_sent_whole_and_openssl_verifies_it(SslProtocols version)
    {
        // OpenSSL takes 102,400 bytes of chain (SSL_MAX_CERT_LIST_DEFAULT), which this one is just below.
        await using var server = OurServer.Start(new TlsServerOptions { Credential = BadCertificates.Server(WrongLeaf.Bulky) });
        await using var client = OpenSslPeer.StartClient(server, OpenSslPeer.Version(version), "-brief");

        await client.WriteAsync("over and out\n");
        await client.WaitForAsync("over and out\n");
        client.CloseInput();
        await client.WaitForExitAsync();

        Assert.That(client.Errors, Does.Contain("Verification: OK"));
        await server.NextCleanEndAsync();
    }
}
