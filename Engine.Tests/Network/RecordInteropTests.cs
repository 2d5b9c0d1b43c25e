using System.Security.Authentication;
using System.Text;
using TlsFsm.Tests.Core;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Network;

/// <summary>KeyUpdates, padding and lengths of fragments, with OpenSSL.</summary>
[CancelAfter(60_000)]
public sealed class RecordInteropTests
{
    private SessionPeers _peers = null!;

    [SetUp]
    public void CreatePeers() => _peers = new SessionPeers();

    [TearDown]
    public void DeleteFiles() => _peers.Dispose();

    [Test]
    public async Task Keys_are_updated_by_our_client_and_in_answer_by_OpenSSL_as_server(CancellationToken cancellation)
    {
        ExternalTool.Require("openssl");
        var (tool, port) = await _peers.StartOpenSslAsync("-tls1_3", "-record_padding", "512");
        await using var _ = tool;

        var read = await SessionPeers.VisitAsync(port, CorePair.Options(SslProtocols.Tls13), async (core, connection) =>
        {
            core.UpdateKeys(requestPeer: true);
            await connection.WriteAsync("one\n"u8.ToArray(), cancellation);
            await tool.WaitForAsync("one\n");
            await tool.WriteAsync("back\n");
            var text = await SessionPeers.ReadUntilAsync(connection, "\n", cancellation);
            core.UpdateKeys(requestPeer: false);
            await connection.WriteAsync("two\n"u8.ToArray(), cancellation);
            await tool.WaitForAsync("two\n");
            return text;
        }, cancellation);

        Assert.That(read, Is.EqualTo("back\n"));
    }

    [Test]
    public async Task Keys_are_updated_by_our_server_after_each_record_and_by_OpenSSL_as_client(CancellationToken cancellation)
    {
        ExternalTool.Require("openssl");
        using var listener = SessionPeers.Listen();
        var options = new TlsServerOptions { Credential = TestCertificates.Server, RecordsPerKey =
            1, RecordPadding = TlsRecordPadding.ToMultipleOf(300) };
        await using var client = ExternalTool.Start(
            "openssl", "s_client", "-connect", $"127.0.0.1:{SessionPeers.PortOf(listener)}", "-CAfile", _peers.Root, "-tls1_3",
            "-record_padding", "1000");

        await SessionPeers.ServeAsync(listener, options, async (core, connection) =>
        {
            for (var i = 0; i < 20; i++)
                await connection.WriteAsync(Encoding.ASCII.GetBytes($"line {i}\n"), cancellation);
            await client.WaitForAsync("line 19\n");
            await client.WriteAsync("K\n");
            await client.WaitForAsync("KEYUPDATE");
            await client.WriteAsync("an answer\n");
            Assert.That(await SessionPeers.ReadUntilAsync(connection, "\n", cancellation), Is.EqualTo("an answer\n"));
            client.CloseInput();
            await connection.ShutdownAsync(cancellation);
            return true;
        }, cancellation);

        Assert.That(await client.WaitForExitAsync(), Is.Zero, client.Errors);
    }

    [Test]
    public async Task A_fragment_length_is_agreed_with_OpenSSL_as_client(
        [Values(SslProtocols.Tls12, SslProtocols.Tls13)] SslProtocols version, CancellationToken cancellation)
    {
        ExternalTool.Require("openssl");
        using var listener = SessionPeers.Listen();
        await using var client = ExternalTool.Start(
            "openssl", "s_client", "-connect", $"127.0.0.1:{SessionPeers.PortOf(listener)}", "-CAfile", _peers.Root, "-maxfraglen", "512");

        // A client that has asked for 512 bytes fails with a longer record.
        await SessionPeers.ServeAsync(listener, CorePair.ServerOptions(version), async (core, connection) =>
        {
            await connection.WriteAsync(Encoding.ASCII.GetBytes(new string('x', 5000) + "end\n"), cancellation);
            await client.WaitForAsync("end\n");
            client.CloseInput();
            await connection.ShutdownAsync(cancellation);
            return true;
        }, cancellation);

        Assert.That(await client.WaitForExitAsync(), Is.Zero, client.Errors);
    }

    [Test]
    public async Task A_fragment_length_is_agreed_with_OpenSSL_as_server(
        [Values(SslProtocols.Tls12, SslProtocols.Tls13)] SslProtocols version, CancellationToken cancellation)
    {
        ExternalTool.Require("openssl");
        var (tool, port) = await _peers.StartOpenSslAsync("-www");
        await using var _ = tool;
        var options = new TlsClientOptions
        {
            TargetHost = TestCertificates.Host, Verification = TestCertificates.Verification, EnabledProtocols = version,
            MaxFragmentLength = 1024,
        };

        var page = await SessionPeers.VisitAsync(port, options, async (core, connection) =>
        {
            await connection.WriteAsync(
                Encoding.ASCII.GetBytes($"GET / HTTP/1.0\r\nX-Long: {new string('y', 3000)}\r\n\r\n"), cancellation);
            return await SessionPeers.ReadUntilAsync(connection, "</pre>", cancellation);
        }, cancellation);

        Assert.That(page, Does.Contain("</pre>"));
    }
}
