using System.Globalization;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;
using TlsFsm.Tests.Core;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Network;

/// <summary>
/// An FTP server that takes data connections only when they resume the control connection's session (vsftpd, require_ssl_reuse).
/// </summary>
[CancelAfter(60_000)]
public sealed class FtpDataConnectionTests
{
    private SessionPeers _peers = null!;

    [SetUp]
    public void CreatePeers() => _peers = new SessionPeers();

    [TearDown]
    public void DeleteFiles() => _peers.Dispose();

    [Test]
    public async Task Data_connections_that_are_pinned_to_the_control_connection_are_accepted(
        [Values(SslProtocols.Tls12, SslProtocols.Tls13)] SslProtocols version, CancellationToken cancellation)
    {
        await using var server = await StartServerAsync();
        var cache = new MemorySessionCache();
        using var control = await FtpControl.ConnectAsync(server.Port, ClientOptions(version, cache), cancellation);

        // Tickets of TLS 1.3 are used once, and each data connection brings a new one.
        for (var round = 0; round < 4; round++)
        {
            var (listing, session, reply) = await control.ListAsync(ClientOptions(version, cache, requires: control.Session), cancellation);

            Assert.That(listing, Does.Contain("a-file.txt"), $"round {round}");
            Assert.That(reply, Does.StartWith("226 "));
            Assert.That((session.IsResumed, session.Origin), Is.EqualTo((true, control.Session.Origin)));
        }
    }

    [Test]
    public async Task Data_connections_with_a_session_of_their_own_are_refused(
        [Values(SslProtocols.Tls12, SslProtocols.Tls13)] SslProtocols version, CancellationToken cancellation)
    {
        await using var server = await StartServerAsync();
        using var control = await FtpControl.ConnectAsync(server.Port, ClientOptions(version, new MemorySessionCache()), cancellation);

        var (_, session, reply) = await control.ListAsync(ClientOptions(version, cache: null), cancellation);

        Assert.That(session.IsResumed, Is.False);
        Assert.That(reply, Does.StartWith("522 ").And.Contain("reuse"));
    }

    private static TlsClientOptions ClientOptions(SslProtocols version, ITlsSessionCache? cache, TlsSessionInfo? requires = null) => new()
    {
        TargetHost = TestCertificates.Host, Verification = TestCertificates.Verification, EnabledProtocols = version, SessionCache = cache,
        RequireResumption = requires,
    };

    private Task<Vsftpd> StartServerAsync() => Vsftpd.StartAsync(_peers.PathOf(""), _peers.Chain, _peers.Key);

    /// <summary>A control connection, logged in, its data protected.</summary>
    private sealed class FtpControl : IDisposable
    {
        private readonly Socket _socket;
        private readonly NetworkStream _stream;
        private readonly BouncyCastleCore _core;
        private readonly CoreOverStream _connection;

        private FtpControl(Socket socket, NetworkStream stream, TlsClientOptions options)
        {
            _socket = socket;
            _stream = stream;
            _core = BouncyCastleCore.CreateClient(options);
            _connection = new CoreOverStream(_core, stream);
        }

        public TlsSessionInfo Session => _core.Session!;

        public static async Task<FtpControl> ConnectAsync(int port, TlsClientOptions options, CancellationToken cancellation)
        {
            var socket = await Loopback.DialAsync(port, cancellation);
            var stream = new NetworkStream(socket);
            Assert.That(await ReadLineAsync(stream, cancellation), Does.StartWith("220"));
            await stream.WriteAsync("AUTH TLS\r\n"u8.ToArray(), cancellation);
            Assert.That(await ReadLineAsync(stream, cancellation), Does.StartWith("234"));

            var control = new FtpControl(socket, stream, options);
            await control._connection.HandshakeAsync(cancellation);
            await control.SayAsync("USER anonymous", "331", cancellation);
            await control.SayAsync("PASS x", "230", cancellation);
            await control.SayAsync("PBSZ 0", "200", cancellation);
            await control.SayAsync("PROT P", "200", cancellation);
            return control;
        }

        /// <summary>Lists the folder over a data connection.</summary>
        public async Task<(string Listing, TlsSessionInfo Session, string Reply)> ListAsync(
            TlsClientOptions options, CancellationToken cancellation)
        {
            var passive = await SayAsync("EPSV", "229", cancellation);
            var port = int.Parse(passive.Split("|||")[1].Split('|')[0], CultureInfo.InvariantCulture);
            using var socket = await Loopback.DialAsync(port, cancellation);
            await using var stream = new NetworkStream(socket);
            await _connection.WriteAsync("LIST\r\n"u8.ToArray(), cancellation);
            var core = BouncyCastleCore.CreateClient(options);
            using var data = new CoreOverStream(core, stream);
            await data.HandshakeAsync(cancellation);
            var reply = await SessionPeers.ReadUntilAsync(_connection, "\n", cancellation);
            if (!reply.StartsWith("150", StringComparison.Ordinal))
                return ("", core.Session!, reply);

            var listing = await SessionPeers.ReadUntilAsync(data, "never", cancellation);
            await data.ShutdownAsync(cancellation);
            return (listing, core.Session!, await SessionPeers.ReadUntilAsync(_connection, "\n", cancellation));
        }

        public void Dispose()
        {
            _connection.Dispose();
            _stream.Dispose();
            _socket.Dispose();
        }

        private async Task<string> SayAsync(string command, string expected, CancellationToken cancellation)
        {
            await _connection.WriteAsync(Encoding.ASCII.GetBytes(command + "\r\n"), cancellation);
            var reply = await SessionPeers.ReadUntilAsync(_connection, "\n", cancellation);
            Assert.That(reply, Does.StartWith(expected));
            return reply;
        }

        private static async Task<string> ReadLineAsync(NetworkStream stream, CancellationToken cancellation)
        {
            var line = new StringBuilder();
            var one = new byte[1];
            do
            {
                await stream.ReadExactlyAsync(one, cancellation);
                line.Append((char)one[0]);
            }
            while (one[0] != '\n');

            return line.ToString();
        }
    }
}
