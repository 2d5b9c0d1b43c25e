using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Network;

/// <summary>Sessions resumed with OpenSSL, GnuTLS and the platform's TLS, in both roles.</summary>
[CancelAfter(90_000)]
public sealed class ResumptionInteropTests
{
    private static readonly SslProtocols[] Versions = [SslProtocols.Tls12, SslProtocols.Tls13];
    private SessionPeers _peers = null!;

    [SetUp]
    public void CreatePeers() => _peers = new SessionPeers();

    [TearDown]
    public void DeleteFiles() => _peers.Dispose();

    [Test]
    public async Task Our_client_resumes_with_OpenSSL_by_ticket_and_by_state(
        [ValueSource(nameof(Versions))] SslProtocols version, [Values] bool isByTicket, CancellationToken cancellation)
    {
        ExternalTool.Require("openssl");
        var (tool, port) = await _peers.StartOpenSslAsync(isByTicket ? ["-www"] : ["-www", "-no_ticket"]);
        await using var _ = tool;
        var options = ClientOptions(version);

        for (var round = 0; round < 4; round++)
        {
            var (session, page) = await FetchAsync(port, options, "</pre>", cancellation);

            Assert.That(session.IsResumed, Is.EqualTo(round > 0), $"round {round}");
            Assert.That(page, Does.Contain(round > 0 ? "Reused, TLSv1." : "New, TLSv1."));
            Assert.That(session.PeerCertificate!.Thumbprint, Is.EqualTo(TestCertificates.Server.Certificate.Thumbprint));
        }
    }

    [Test]
    public async Task Our_client_resumes_after_a_retry_of_its_hello(CancellationToken cancellation)
    {
        ExternalTool.Require("openssl");
        var (tool, port) = await _peers.StartOpenSslAsync("-www", "-groups", "P-384");
        await using var _ = tool;
        var options = ClientOptions(SslProtocols.Tls13);

        var first = await FetchAsync(port, options, "</pre>", cancellation);
        var second = await FetchAsync(port, options, "</pre>", cancellation);

        Assert.That(second.Session.Group, Is.EqualTo("secp384r1"));
        Assert.That((first.Session.IsResumed, second.Session.IsResumed), Is.EqualTo((false, true)));
    }

    [Test]
    public async Task Our_client_resumes_with_GnuTLS([ValueSource(nameof(Versions))] SslProtocols version, CancellationToken cancellation)
    {
        ExternalTool.Require("gnutls-serv");
        var (tool, port) = await _peers.StartGnuTlsAsync("NORMAL");
        await using var _ = tool;
        var options = ClientOptions(version);

        for (var round = 0; round < 4; round++)
        {
            var (session, _) = await FetchAsync(port, options, "</HTML>", cancellation);
            Assert.That(session.IsResumed, Is.EqualTo(round > 0), $"round {round}");
        }
    }

    [Test]
    public async Task OpenSSL_resumes_with_our_server(
        [ValueSource(nameof(Versions))] SslProtocols version, [Values("X25519:P-256", "P-521:P-256")] string groups,
        CancellationToken cancellation)
    {
        ExternalTool.Require("openssl");
        using var listener = SessionPeers.Listen();
        var options = ServerOptions(version);

        // With P-521 first, the client's key share is of no use to us: we ask for another, and the ticket comes a second time.
        for (var round = 0; round < 3; round++)
        {
            string[] session = round > 0 ? ["-sess_in", _peers.PathOf("session.pem")] : [];
            await using var client = ExternalTool.Start("openssl", [
                "s_client", "-connect", $"127.0.0.1:{SessionPeers.PortOf(listener)}", "-servername", "localhost", "-CAfile", _peers.Root,
                "-verify_return_error",
                "-groups", groups, "-sess_out", _peers.PathOf("session.pem"), .. session]);

            var isResumed = await SessionPeers.ServeAsync(listener, options, async (core, connection) =>
            {
                await connection.WriteAsync("served\n"u8.ToArray(), cancellation);
                await client.WaitForAsync("served");
                client.CloseInput();
                await connection.ShutdownAsync(cancellation);
                return core.Session!.IsResumed;
            }, cancellation);

            Assert.That(await client.WaitForExitAsync(), Is.Zero, client.Errors);
            Assert.That(isResumed, Is.EqualTo(round > 0), $"round {round}");
            Assert.That(client.Output, Does.Contain(round > 0 ? "Reused, TLSv1." : "New, TLSv1."));
        }
    }

    [Test]
    public async Task OpenSSL_reconnects_five_times_to_our_server([Values] bool isByTicket, CancellationToken cancellation)
    {
        ExternalTool.Require("openssl");
        using var listener = SessionPeers.Listen();
        var options = ServerOptions(SslProtocols.Tls12);
        await using var client = ExternalTool.Start("openssl", [
            "s_client", "-connect", $"127.0.0.1:{SessionPeers.PortOf(listener)}", "-reconnect", "-CAfile", _peers.Root,
            .. isByTicket ? Array.Empty<string>() : ["-no_ticket"]]);

        var resumed = new List<bool>();
        for (var round = 0; round < 6; round++)
        {
            resumed.Add(await SessionPeers.ServeAsync(listener, options, async (core, connection) =>
            {
                if (round == 5)
                    client.CloseInput();
                await connection.ReadAsync(1, cancellation);
                return core.Session!.IsResumed;
            }, cancellation));
        }

        await client.WaitForExitAsync();
        Assert.That(resumed, Is.EqualTo(new[] { false, true, true, true, true, true }));
        Assert.That(client.Output.Split("Reused, TLSv1.2").Length - 1, Is.EqualTo(5));
    }

    [Test]
    public async Task GnuTLS_resumes_with_our_server([ValueSource(nameof(Versions))] SslProtocols version, CancellationToken cancellation)
    {
        ExternalTool.Require("gnutls-cli");
        using var listener = SessionPeers.Listen();
        var options = ServerOptions(version);
        await using var client = ExternalTool.Start(
            "gnutls-cli", "--resume", "--waitresumption", "-p", $"{SessionPeers.PortOf(listener)}", "localhost", "--x509cafile",
            _peers.Root);

        // It goes away from the first connection by itself once it has a ticket.
        var first = await SessionPeers.ServeAsync(listener, options, async (core, connection) =>
        {
            await connection.ReadAsync(1, cancellation);
            return core.Session!.IsResumed;
        }, cancellation);
        var second = await SessionPeers.ServeAsync(listener, options, async (core, connection) =>
        {
            client.CloseInput();
            await connection.ReadAsync(1, cancellation);
            return core.Session!.IsResumed;
        }, cancellation);

        await client.WaitForExitAsync();
        Assert.That((first, second), Is.EqualTo((false, true)));
        Assert.That(client.Output, Does.Contain("This is a resumed session"));
    }

    [Test]
    public async Task SslStream_resumes_with_our_server(
        [ValueSource(nameof(Versions))] SslProtocols version, CancellationToken cancellation)
    {
        var options = ServerOptions(version);
        var theirs = new SslClientAuthenticationOptions
        {
            TargetHost = $"{Guid.NewGuid():N}.example", EnabledSslProtocols = version,
            RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate is not null,
        };
        var resumed = new List<bool>();
        for (var round = 0; round < 3; round++)
        {
            using var listener = SessionPeers.Listen();
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            await socket.ConnectAsync(listener.LocalEndPoint!, cancellation);
            await using var client = new SslStream(new NetworkStream(socket));
            var serving = SessionPeers.ServeAsync(listener, options, async (core, connection) =>
            {
                await connection.WriteAsync("x"u8.ToArray(), cancellation);
                await connection.ReadAsync(1, cancellation);
                return core.Session!.IsResumed;
            }, cancellation);
            await client.AuthenticateAsClientAsync(theirs, cancellation);
            await client.ReadExactlyAsync(new byte[1], cancellation);
            await client.ShutdownAsync();
            resumed.Add(await serving);
        }

        Assert.That(resumed, Is.EqualTo(new[] { false, true, true }));
    }

    [Test]
    public async Task Our_client_resumes_with_SslStream(
        [ValueSource(nameof(Versions))] SslProtocols version, CancellationToken cancellation)
    {
        var credential = TestCertificates.Server;
        var theirs = new SslServerAuthenticationOptions
        {
            ServerCertificateContext = SslStreamCertificateContext.Create(credential.Certificate, credential.Intermediates, offline: true),
            EnabledSslProtocols = version,
        };
        var options = ClientOptions(version);
        var resumed = new List<bool>();
        for (var round = 0; round < 3; round++)
        {
            using var listener = SessionPeers.Listen();
            var serving = Task.Run(
                async () =>
                {
                    using var socket = await listener.AcceptAsync(cancellation);
                    await using var server = new SslStream(new NetworkStream(socket));
                    await server.AuthenticateAsServerAsync(theirs, cancellation);
                    await server.WriteAsync("x"u8.ToArray(), cancellation);
                    await server.ReadExactlyAsync(new byte[1], cancellation);
                },
                cancellation);
            resumed.Add(await SessionPeers.VisitAsync(SessionPeers.PortOf(listener), options, async (core, connection) =>
            {
                await connection.ReadAsync(1, cancellation);
                await connection.WriteAsync("y"u8.ToArray(), cancellation);
                return core.Session!.IsResumed;
            }, cancellation));
            await serving;
        }

        Assert.That(resumed, Is.EqualTo(new[] { false, true, true }));
    }

    private static TlsClientOptions ClientOptions(SslProtocols version) => new()
    {
        TargetHost = TestCertificates.Host, Verification = TestCertificates.Verification, EnabledProtocols = version,
        SessionCache = new MemorySessionCache(),
    };

    private static TlsServerOptions ServerOptions(SslProtocols version) => new()
    {
        Credential = TestCertificates.Server, EnabledProtocols = version, SessionIds = new MemorySessionIds(),
    };

    private static Task<(TlsSessionInfo Session, string Page)> FetchAsync(
        int port, TlsClientOptions options, string end, CancellationToken cancellation) =>
        SessionPeers.VisitAsync(port, options, async (core, connection) =>
        {
            await connection.WriteAsync(Encoding.ASCII.GetBytes("GET / HTTP/1.0\r\n\r\n"), cancellation);
            return (core.Session!, await SessionPeers.ReadUntilAsync(connection, end, cancellation));
        }, cancellation);
}
