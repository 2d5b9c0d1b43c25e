using System.Buffers.Binary;
using System.Security.Authentication;
using System.Text.RegularExpressions;
using TlsFsm.Tests.Core;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Network;

/// <summary>Exported secrets compared with OpenSSL's, and captured traffic opened by the key log.</summary>
[CancelAfter(60_000)]
public sealed partial class SecretsInteropTests
{
    private static readonly SslProtocols[] Versions = [SslProtocols.Tls12, SslProtocols.Tls13];
    private SessionPeers _peers = null!;

    [SetUp]
    public void CreatePeers() => _peers = new SessionPeers();

    [TearDown]
    public void DeleteFiles() => _peers.Dispose();

    [Test]
    public async Task OpenSSL_as_client_exports_the_same(
        [ValueSource(nameof(Versions))] SslProtocols version, CancellationToken cancellation)
    {
        ExternalTool.Require("openssl");
        using var listener = SessionPeers.Listen();
        await using var client = ExternalTool.Start(
            "openssl", "s_client", "-connect", $"127.0.0.1:{SessionPeers.PortOf(listener)}", "-CAfile", _peers.Root,
            "-keymatexport", "EXPERIMENTAL label", "-keymatexportlen", "48");

        var exported = await SessionPeers.ServeAsync(listener, CorePair.ServerOptions(version), async (core, connection) =>
        {
            await connection.WriteAsync("served\n"u8.ToArray(), cancellation);
            await client.WaitForAsync("served");
            client.CloseInput();
            await connection.ShutdownAsync(cancellation);
            return core.ExportKeyingMaterial("EXPERIMENTAL label", null, 48);
        }, cancellation);

        await client.WaitForExitAsync();
        Assert.That(KeyingMaterial().Match(client.Output).Groups[1].Value, Is.EqualTo(Convert.ToHexString(exported)));
    }

    [Test]
    public async Task OpenSSL_as_server_exports_the_same(
        [ValueSource(nameof(Versions))] SslProtocols version, CancellationToken cancellation)
    {
        ExternalTool.Require("openssl");
        var (tool, port) = await _peers.StartOpenSslAsync("-keymatexport", "EXPERIMENTAL label", "-keymatexportlen", "32");
        await using var _ = tool;

        var exported = await SessionPeers.VisitAsync(port, CorePair.Options(version), async (core, connection) =>
        {
            await connection.WriteAsync("visited\n"u8.ToArray(), cancellation);
            await tool.WaitForAsync("visited");
            return core.ExportKeyingMaterial("EXPERIMENTAL label", null, 32);
        }, cancellation);

        Assert.That(KeyingMaterial().Match(tool.Output).Groups[1].Value, Is.EqualTo(Convert.ToHexString(exported)));
    }

    [Test]
    public async Task GnuTLS_has_the_same_channel_bindings(
        [ValueSource(nameof(Versions))] SslProtocols version, CancellationToken cancellation)
    {
        ExternalTool.Require("gnutls-cli");
        using var listener = SessionPeers.Listen();
        await using var client = ExternalTool.Start(
            "gnutls-cli", "-V", "-p", $"{SessionPeers.PortOf(listener)}", "localhost", "--x509cafile", _peers.Root);

        var ours = await SessionPeers.ServeAsync(listener, CorePair.ServerOptions(version), async (core, connection) =>
        {
            await client.WaitForAsync("Handshake was completed");
            client.CloseInput();
            await connection.ReadAsync(1, cancellation);
            return Enum.GetValues<TlsChannelBinding>().ToDictionary(kind => kind, core.GetChannelBinding);
        }, cancellation);

        await client.WaitForExitAsync();
        var theirs = ChannelBinding().Matches(client.Output).ToDictionary(match => match.Groups[1].Value, match => match.Groups[2].Value);
        Assert.That(
            theirs["tls-unique"],
            Is.EqualTo(ours[TlsChannelBinding.TlsUnique] is { } unique ? Convert.ToHexStringLower(unique) : "not available"));
        Assert.That(theirs["tls-server-end-point"], Is.EqualTo(Convert.ToHexStringLower(ours[TlsChannelBinding.TlsServerEndPoint]!)));
        Assert.That(theirs["tls-exporter"], Is.EqualTo(Convert.ToHexStringLower(ours[TlsChannelBinding.TlsExporter]!)));
    }

    [Test]
    public async Task Tshark_opens_captured_traffic_by_the_key_log([ValueSource(nameof(Versions))] SslProtocols version)
    {
        ExternalTool.Require("tshark");
        var lines = new List<string>();
        var options = new TlsClientOptions
        {
            TargetHost = TestCertificates.Host, Verification = TestCertificates.Verification, EnabledProtocols = version,
            DangerousKeyLog = lines.Add,
        };
        var capture = new Capture();
        using var pair = new CorePair(options, CorePair.ServerOptions(version));
        capture.Join(pair, () => pair.Client.StepHandshake(), () => pair.Server.StepHandshake());
        Assert.That(pair.Client.IsEstablished && pair.Server.IsEstablished, Is.True);
        pair.Client.Write("GET /secret-of-the-client HTTP/1.1\r\nHost: localhost\r\n\r\n"u8);
        pair.Server.Write("HTTP/1.1 200 OK\r\nX-Secret: of-the-server\r\nContent-Length: 0\r\n\r\n"u8);
        capture.Join(pair, () => { }, () => { });
        var file = _peers.PathOf("capture.pcap");
        await File.WriteAllBytesAsync(file, capture.ToArray());
        var log = _peers.Write("keys.log", string.Join('\n', lines) + "\n");

        var (exitCode, output, errors) = await ExternalTool.RunAsync(
            "tshark", "", "-r", file, "-o", $"tls.keylog_file:{log}", "-d", "tcp.port==443,tls", "-V", "-Y", "http");

        Assert.That(exitCode, Is.Zero, errors);
        Assert.That(output, Does.Contain("GET /secret-of-the-client HTTP/1.1"));
        Assert.That(output, Does.Contain("X-Secret: of-the-server"));
        var (_, blind, _) = await ExternalTool.RunAsync("tshark", "", "-r", file, "-d", "tcp.port==443,tls", "-V", "-Y", "http");
        Assert.That(blind, Is.Empty, "without the key log there is nothing to see");
    }

    [GeneratedRegex(@"'(tls-[a-z-]+)': ([0-9a-f]+|not available)")]
    private static partial Regex ChannelBinding();

    [GeneratedRegex(@"Keying material: ([0-9A-F]+)")]
    private static partial Regex KeyingMaterial();

    /// <summary>What goes between two cores, as a capture file of raw IPv4 packets.</summary>
    private sealed class Capture
    {
        private const int LinkTypeRawIp = 101;
        private readonly List<byte> _file = [];
        private uint _clientSequence = 1000;
        private uint _serverSequence = 5000;

        public Capture()
        {
            Span<byte> header = stackalloc byte[24];
            BinaryPrimitives.WriteUInt32LittleEndian(header, 0xA1B2C3D4);
            BinaryPrimitives.WriteUInt16LittleEndian(header[4..], 2);
            BinaryPrimitives.WriteUInt16LittleEndian(header[6..], 4);
            BinaryPrimitives.WriteUInt32LittleEndian(header[16..], 1 << 18);
            BinaryPrimitives.WriteUInt32LittleEndian(header[20..], LinkTypeRawIp);
            _file.AddRange(header);
        }

        public byte[] ToArray() => [.. _file];

        /// <summary>Lets both sides go on, and carries what they say, until they are silent.</summary>
        public void Join(CorePair pair, Action stepClient, Action stepServer)
        {
            for (var turn = 0; turn < 10; turn++)
            {
                stepClient();
                Packet(pair.ClientOut.Readable, isFromClient: true);
                pair.ToServer();
                stepServer();
                Packet(pair.ServerOut.Readable, isFromClient: false);
                pair.ToClient();
            }
        }

        private void Packet(ReadOnlySpan<byte> payload, bool isFromClient)
        {
            if (payload.IsEmpty)
                return;

            var size = 20 + 20 + payload.Length;
            var packet = new byte[16 + size];
            BinaryPrimitives.WriteUInt32LittleEndian(packet.AsSpan(8), (uint)size);
            BinaryPrimitives.WriteUInt32LittleEndian(packet.AsSpan(12), (uint)size);
            var ip = packet.AsSpan(16);
            ip[0] = 0x45;
            BinaryPrimitives.WriteUInt16BigEndian(ip[2..], (ushort)size);
            ip[8] = 64;
            ip[9] = 6;
            ReadOnlySpan<byte> client = [127, 0, 0, 1], server = [127, 0, 0, 2];
            (isFromClient ? client : server).CopyTo(ip[12..]);
            (isFromClient ? server : client).CopyTo(ip[16..]);
            var tcp = ip[20..];
            BinaryPrimitives.WriteUInt16BigEndian(tcp, (ushort)(isFromClient ? 50000 : 443));
            BinaryPrimitives.WriteUInt16BigEndian(tcp[2..], (ushort)(isFromClient ? 443 : 50000));
            BinaryPrimitives.WriteUInt32BigEndian(tcp[4..], isFromClient ? _clientSequence : _serverSequence);
            BinaryPrimitives.WriteUInt32BigEndian(tcp[8..], isFromClient ? _serverSequence : _clientSequence);
            tcp[12] = 5 << 4;
            tcp[13] = 0x18;
            BinaryPrimitives.WriteUInt16BigEndian(tcp[14..], ushort.MaxValue);
            payload.CopyTo(tcp[20..]);
            _file.AddRange(packet);
            if (isFromClient)
                _clientSequence += (uint)payload.Length;
            else
                _serverSequence += (uint)payload.Length;
        }
    }
}
