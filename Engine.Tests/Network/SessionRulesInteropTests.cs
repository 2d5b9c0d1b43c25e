using System.Globalization;
using System.Net.Security;
using System.Security.Authentication;
using System.Text.RegularExpressions;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Network;

/// <summary>The rules of sessions, with peers that we did not write.</summary>
[CancelAfter(90_000)]
public sealed partial class SessionRulesInteropTests
{
    // A server that keeps its ticket keys, and may speak another protocol than the one before it.
    private const string NodeServer =
        "const tls = require('tls'), fs = require('fs');"
        + "const server = tls.createServer({ cert: fs.readFileSync(process.argv[1]), key: fs.readFileSync(process.argv[2]),"
        + " sessionIdContext: 'tests', ticketKeys: Buffer.alloc(48, 7), ALPNProtocols: [process.argv[3]] }, s => {"
        + " s.on('error', () => {}); s.end('served\\n'); });"
        + "server.listen(0, '127.0.0.1', () => console.log('listening ' + server.address().port));";

    private SessionPeers _peers = null!;

    [SetUp]
    public void CreatePeers() => _peers = new SessionPeers();

    [TearDown]
    public void DeleteFiles() => _peers.Dispose();

    /// <summary>RFC 7301 section 3.1: the protocol of the session is irrelevant.</summary>
    [Test]
    public async Task Our_client_resumes_with_a_server_that_speaks_another_protocol_now(
        [Values(SslProtocols.Tls12, SslProtocols.Tls13)] SslProtocols version, CancellationToken cancellation)
    {
        ExternalTool.Require("node");
        var options = new TlsClientOptions
        {
            TargetHost = TestCertificates.Host, Verification = TestCertificates.Verification, EnabledProtocols = version,
            SessionCache = new MemorySessionCache(), ApplicationProtocols = [SslApplicationProtocol.Http2, SslApplicationProtocol.Http11],
        };

        var first = await VisitAsync("http/1.1", options, cancellation);
        var second = await VisitAsync("h2", options, cancellation);

        Assert.That((first.IsResumed, first.ApplicationProtocol), Is.EqualTo((false, SslApplicationProtocol.Http11)));
        Assert.That((second.IsResumed, second.ApplicationProtocol), Is.EqualTo((true, SslApplicationProtocol.Http2)));
    }

    [Test]
    public async Task OpenSSL_resumes_nothing_of_a_connection_that_our_server_had_to_end(
        [Values] bool isByTicket, CancellationToken cancellation)
    {
        ExternalTool.Require("openssl");
        using var listener = SessionPeers.Listen();
        var options = new TlsServerOptions
        {
            Credential = TestCertificates.Server, EnabledProtocols = SslProtocols.Tls12, SessionIds = new MemorySessionIds(),
        };
        await using var client = ExternalTool.Start("openssl", [
            "s_client", "-connect", $"127.0.0.1:{SessionPeers.PortOf(listener)}", "-reconnect", "-CAfile", _peers.Root,
            .. isByTicket ? Array.Empty<string>() : ["-no_ticket"]]);

        var resumed = new List<bool>();
        for (var round = 0; round < 4; round++)
        {
            resumed.Add(await SessionPeers.ServeAsync(listener, options, async (core, connection) =>
            {
                if (round == 1)
                    core.SendAlert(TlsAlert.AccessDenied);
                else
                    await connection.ReadAsync(1, cancellation);
                return core.Session?.IsResumed ?? true;
            }, cancellation));
        }

        Assert.That(resumed, Is.EqualTo(new[] { false, true, false, true }));
    }

    private async Task<TlsSessionInfo> VisitAsync(string protocol, TlsClientOptions options, CancellationToken cancellation)
    {
        await using var node = ExternalTool.Start("node", "-e", NodeServer, _peers.Chain, _peers.Key, protocol);
        var port = int.Parse((await node.WaitForAsync(Listening())).Groups[1].Value, CultureInfo.InvariantCulture);
        return await SessionPeers.VisitAsync(port, options, async (core, connection) =>
        {
            await SessionPeers.ReadUntilAsync(connection, "served\n", cancellation);
            try
            {
                // On TLS 1.3 Node's tickets come behind what it writes in the callback of the handshake.
                await connection.ReadAsync(1, cancellation);
            }
            catch (EndOfStreamException)
            {
                // It does not always send its close_notify first.
            }

            return core.Session!;
        }, cancellation);
    }

    [GeneratedRegex(@"listening (\d+)")]
    private static partial Regex Listening();
}
