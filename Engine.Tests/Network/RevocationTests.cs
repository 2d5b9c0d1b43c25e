using System.Net;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using TlsFsm.Core.Strictness;
using TlsFsm.Tests.Hosting;
using TlsFsm.Tests.Strictness;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Network;

/// <summary>
/// Responders and revocation lists, asked over HTTP in the middle of a handshake with openssl: what they say decides, and nobody is held up
/// by them.
/// </summary>
[Category("Network")]
[Parallelizable(ParallelScope.All)]
public sealed class RevocationTests
{
    /// <summary>The tests' intermediate names no responder; only the leaf is asked for.</summary>
    private static readonly CertificateVerification Online = TestCertificates.Verification with
    {
        RevocationMode = X509RevocationMode.Online, RevocationFlag = X509RevocationFlag.EndCertificateOnly,
    };

    [OneTimeSetUp]
    public void RequireTools()
    {
        ExternalTool.Require("openssl");
        if (!OperatingSystem.IsLinux())
            Assert.Ignore("Other systems ask with services of their own, which may not look at this machine's loopback interface.");
    }

    [Test, Proves(nameof(CertificateFaults.Revoked))]
    public async Task A_servers_revocation_is_looked_up(
        [Values(Cases.Tls12, Cases.Tls13)] SslProtocols version, [Values] bool isList, [Values] bool isRevoked)
    {
        await using var responder = new LocalResponder(isList, isClient: false, isRevoked);
        responder.Answer();
        var (server, port) = await OpenSslPeer.StartServerAsync(responder.Credential, OpenSslPeer.Version(version));
        await using var disposing = server;
        var options = Client(Online);

        if (!isRevoked)
        {
            await using var stream = await OurClient.OpenAsync(port, options);
            Assert.That(responder.Asked.IsCompleted, Is.True, "nobody asked");
            return;
        }

        var failure = await OurClient.FailAsync(port, options);
        Assert.That((failure as TlsCertificateException)?.Check, Is.EqualTo("revocation"), failure.Message);
        Assert.That(failure.Alert, Is.EqualTo(TlsAlert.CertificateRevoked));
        await server.WaitForAsync(OpenSslPeer.Alert(TlsAlert.CertificateRevoked));
    }

    [Test, Proves(nameof(CertificateFaults.Revoked))]
    public async Task A_clients_revocation_is_looked_up(
        [Values(Cases.Tls12, Cases.Tls13)] SslProtocols version, [Values] bool isList, [Values] bool isRevoked)
    {
        await using var responder = new LocalResponder(isList, isClient: true, isRevoked);
        responder.Answer();
        await using var server = OurServer.Start(Server());
        await using var client = StartClient(server.Port, version, responder);

        if (isRevoked)
        {
            await client.WaitForAsync(OpenSslPeer.Alert(TlsAlert.CertificateRevoked));
            Assert.That(((await server.NextFailureAsync()) as TlsCertificateException)?.Check, Is.EqualTo("revocation"));
            return;
        }

        await client.WriteAsync("over and out\n");
        await client.WaitForAsync("over and out\n");
        Assert.That(responder.Asked.IsCompleted, Is.True, "nobody asked");
    }

    [Test]
    public async Task A_dead_responder_is_a_refusal_unless_the_policy_says_otherwise(
        [Values(Cases.Tls12, Cases.Tls13)] SslProtocols version)
    {
        await using var responder = new LocalResponder(isList: false, isClient: false, isRevoked: false);
        responder.Die();
        var lenient = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.Online,
            RevocationFlag = X509RevocationFlag.EndCertificateOnly,
            VerificationFlags = X509VerificationFlags.IgnoreEndRevocationUnknown,
        };
        lenient.CustomTrustStore.Add(TestCertificates.Root);

        var (strictPeer, port) = await OpenSslPeer.StartServerAsync(responder.Credential, OpenSslPeer.Version(version));
        await using var disposingOne = strictPeer;
        var failure = await OurClient.FailAsync(port, Client(Online));
        var (lenientPeer, otherPort) = await OpenSslPeer.StartServerAsync(responder.Credential, OpenSslPeer.Version(version));
        await using var disposingOther = lenientPeer;
        await using var stream = await OurClient.OpenAsync(otherPort, Client(CertificateVerification.ByPolicy(lenient)));

        Assert.That(failure.Message, Does.Contain("Revocation"));
        Assert.That(failure.Alert, Is.EqualTo(TlsAlert.CertificateUnknown));
        await strictPeer.WaitForAsync(OpenSslPeer.Alert(TlsAlert.CertificateUnknown));
        Assert.That(stream.Connection.Session!.Protocol, Is.EqualTo(version));
    }

    [Test]
    public async Task A_responder_that_takes_its_time_holds_up_the_handshake_and_not_the_loop(
        [Values(Cases.Tls12, Cases.Tls13)] SslProtocols version)
    {
        await using var responder = new LocalResponder(isList: false, isClient: true, isRevoked: false);
        var started = new TaskCompletionSource<TlsConnection>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var listener = TlsListener.Start(
            new IPEndPoint(IPAddress.Loopback, 0), Server(), () => new EchoProtocol(),
            new TlsListenerOptions { ConnectionStarted = started.SetResult });
        await using var client = StartClient(listener.LocalEndPoint.Port, version, responder);
        var connection = await started.Task.WaitAsync(Wait.Limit);

        // While the responder is asked, the connection's own loop does whatever else it is told.
        await responder.Asked.WaitAsync(Wait.Limit);
        var state = new TaskCompletionSource<TlsState>(TaskCreationOptions.RunContinuationsAsynchronously);
        connection.Loop.CallSoon(_ => state.SetResult(connection.State), null);
        Assert.That(await state.Task.WaitAsync(Wait.Limit), Is.EqualTo(TlsState.DoHandshake));

        responder.Answer();
        await client.WriteAsync("over and out\n");
        await client.WaitForAsync("over and out\n");
    }

    [Test]
    public async Task A_responder_that_never_answers_does_not_outlive_the_handshakes_deadline()
    {
        await using var responder = new LocalResponder(isList: false, isClient: false, isRevoked: false);
        var (server, port) = await OpenSslPeer.StartServerAsync(responder.Credential, OpenSslPeer.Version(Cases.Tls13));
        await using var disposing = server;

        var failure = await OurClient.FailAsync(port, new TlsClientOptions
        {
            TargetHost = TestCertificates.Host, Verification = Online, HandshakeTimeout = TimeSpan.FromSeconds(1),
        });

        Assert.That(failure.Fault, Is.EqualTo(TlsFault.Timeout));
        Assert.That(responder.Asked.IsCompleted, Is.True, "nobody asked");
    }

    private static TlsClientOptions Client(CertificateVerification verification) =>
        new() { TargetHost = TestCertificates.Host, Verification = verification };

    private static TlsServerOptions Server() => new()
    {
        Credential = TestCertificates.Server, ClientCertificates = ClientCertificateMode.Require, ClientVerification = Online,
    };

    private static ExternalTool StartClient(int port, SslProtocols version, LocalResponder responder) =>
        OpenSslPeer.StartClient(port, [OpenSslPeer.Version(version), .. PemFiles.Of(responder.Credential).OpenSslArguments()]);
}
