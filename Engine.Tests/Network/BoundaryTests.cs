using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;
using System.Text.RegularExpressions;
using TlsFsm.Tests.Hosting;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Network;

/// <summary>
/// A handshake with OpenSSL (through CPython's ssl module) whose end is a boundary: plain bytes stand right behind its last record, in both
/// directions, and arrive as they are.
/// </summary>
[CancelAfter(60_000)]
public sealed partial class BoundaryTests
{
    private SessionPeers _files = null!;

    [SetUp]
    public void CreateFiles() => _files = new SessionPeers();

    [TearDown]
    public void DeleteFiles() => _files.Dispose();

    [Test]
    public async Task A_client_stops_exactly_behind_the_handshake([Values(SslProtocols.Tls12, SslProtocols.Tls13)] SslProtocols version)
    {
        ExternalTool.Require("python3");
        await using var peer = ExternalTool.Start("python3", Script, "server", VersionOf(version), _files.Chain, _files.Key);
        var port = int.Parse((await peer.WaitForAsync(PortLine())).Groups[1].Value, CultureInfo.InvariantCulture);
        var options = new TlsClientOptions
        {
            TargetHost = TestCertificates.Host, Verification = TestCertificates.Verification, EnabledProtocols = version,
            StopAfterHandshake = true,
        };
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, port);

        await AssertPlainBothWaysAsync(socket, BouncyCastleCore.CreateClient(options), options, peer);
    }

    [Test]
    public async Task A_server_stops_exactly_behind_the_handshake([Values(SslProtocols.Tls12, SslProtocols.Tls13)] SslProtocols version)
    {
        ExternalTool.Require("python3");
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        await using var peer = ExternalTool.Start("python3", Script, "client", VersionOf(version), _files.Root, $"{port}");
        var options = new TlsServerOptions { Credential = TestCertificates.Server, EnabledProtocols = version, StopAfterHandshake = true };

        await AssertPlainBothWaysAsync(
            await listener.AcceptSocketAsync().WaitAsync(ExternalTool.Patience), BouncyCastleCore.CreateServer(options), options, peer);
    }

    private static async Task AssertPlainBothWaysAsync(Socket socket, ITlsCore core, TlsConnectionOptions options, ExternalTool peer)
    {
        RecordingProtocol next = null!, application = null!;
        next = new RecordingProtocol { OnMade = () => next.Transport.Write("plain from us"u8) };
        application = new RecordingProtocol { OnMade = () => ((TlsTransport)application.Transport).Connection.Detach(next) };
        var loop = new SerialEventLoop();
        var connection = new TlsConnection(loop, application, core, options);
        SocketTransport.Start(socket, connection, loop);

        await connection.Handshake.WaitAsync(ExternalTool.Patience);
        Assert.That(await next.Lost, Is.Null, "after the end of the peer's stream");

        Assert.That(await peer.WaitForExitAsync(), Is.Zero, peer.Errors);
        Assert.That(peer.Output, Does.Contain("received: plain from us"));
        Assert.That(Encoding.ASCII.GetString(next.Received.ToArray()), Is.EqualTo("plain from OpenSSL"));
        Assert.That(next.Calls, Is.EqualTo((string[])["made", "data", "eof", "lost"]));
        Assert.That(application.Calls, Is.EqualTo((string[])["made", "lost"]));
        Assert.That(connection.CloseReason, Is.EqualTo(CloseReason.Detached));
    }

    private static string Script => Path.Combine(TestContext.CurrentContext.TestDirectory, "Network", "boundary_peer.py");

    private static string VersionOf(SslProtocols version) => version == SslProtocols.Tls13 ? "1.3" : "1.2";

    [GeneratedRegex("port ([0-9]+)")]
    private static partial Regex PortLine();
}
