using System.Net;
using System.Net.Sockets;
using System.Text;
using TlsFsm.Tests.Core;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Network;

/// <summary>Cores on sockets, and the files that other programs read, for the tests of sessions and secrets.</summary>
internal sealed class SessionPeers : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("tlsfsm-sessions-");

    public SessionPeers()
    {
        var credential = TestCertificates.Server;
        Key = Write("key.pem", TestCertificates.KeyPem(credential));
        Chain = Write("chain.pem", TestCertificates.ChainPem(credential));
        Root = Write("root.pem", TestCertificates.Root.ExportCertificatePem() + "\n");
    }

    public string Key { get; }

    public string Chain { get; }

    public string Root { get; }

    public string PathOf(string name) => Path.Combine(_folder.FullName, name);

    public string Write(string name, string text)
    {
        File.WriteAllText(PathOf(name), text);
        return PathOf(name);
    }

    /// <summary>A connection of ours to a program that listens: one handshake, then what the test does with it.</summary>
    public static async Task<T> VisitAsync<T>(
        int port, TlsClientOptions options, Func<BouncyCastleCore, CoreOverStream, Task<T>> visit, CancellationToken cancellation)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, port, cancellation);
        await using var stream = new NetworkStream(socket);
        var core = BouncyCastleCore.CreateClient(options);
        using var client = new CoreOverStream(core, stream);
        await client.HandshakeAsync(cancellation);
        return await visit(core, client);
    }

    /// <summary>A connection of a program to ours: one handshake, then what the test does with it.</summary>
    public static async Task<T> ServeAsync<T>(
        Socket listener, TlsServerOptions options, Func<BouncyCastleCore, CoreOverStream, Task<T>> serve, CancellationToken cancellation)
    {
        using var socket = await listener.AcceptAsync(cancellation);
        await using var stream = new NetworkStream(socket);
        var core = BouncyCastleCore.CreateServer(options);
        using var server = new CoreOverStream(core, stream);
        await server.HandshakeAsync(cancellation);
        return await serve(core, server);
    }

    /// <summary>openssl s_server with the usual certificate, listening.</summary>
    public async Task<(ExternalTool Tool, int Port)> StartOpenSslAsync(params string[] arguments)
    {
        var port = Loopback.FreePort();
        var tool = ExternalTool.Start(
            "openssl", ["s_server", "-accept", $"127.0.0.1:{port}", "-cert", Chain, "-cert_chain", Chain, "-key", Key, .. arguments]);
        return (await ListeningAsync(tool, "ACCEPT\n"), port);
    }

    /// <summary>gnutls-serv with the usual certificate, as a web server, listening.</summary>
    public async Task<(ExternalTool Tool, int Port)> StartGnuTlsAsync(string priority)
    {
        var port = Loopback.FreePort();
        var tool = ExternalTool.Start(
            "gnutls-serv", "--http", "-p", $"{port}", "--x509certfile", Chain, "--x509keyfile", Key, "--priority", priority);
        return (await ListeningAsync(tool, $"IPv4 0.0.0.0 port {port}...done"), port);
    }

    public static Socket Listen()
    {
        var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        return listener;
    }

    public static int PortOf(Socket listener) => ((IPEndPoint)listener.LocalEndPoint!).Port;

    /// <summary>Reads up to and including a text.</summary>
    public static async Task<string> ReadUntilAsync(CoreOverStream connection, string end, CancellationToken cancellation)
    {
        var text = new StringBuilder();
        while (!text.ToString().Contains(end, StringComparison.Ordinal))
        {
            var read = await connection.ReadAsync(1, cancellation);
            if (read.Length == 0)
                break;
            text.Append((char)read[0]);
        }

        return text.ToString();
    }

    /// <summary>The tool once it listens; it does not outlive the wait for that.</summary>
    private static async Task<ExternalTool> ListeningAsync(ExternalTool tool, string sign)
    {
        try
        {
            await tool.WaitForAsync(sign);
            return tool;
        }
        catch
        {
            await tool.DisposeAsync();
            throw;
        }
    }

    public void Dispose() => _folder.Delete(recursive: true);
}
