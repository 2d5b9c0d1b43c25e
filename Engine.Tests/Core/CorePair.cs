using System.Security.Authentication;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Core;

/// <summary>A client's and a server's core, joined in memory: what one puts out, the other takes in when the test says so.</summary>
internal sealed class CorePair : IDisposable
{
    public CorePair(TlsClientOptions? client = null, TlsServerOptions? server = null)
    {
        Client = BouncyCastleCore.CreateClient(client ?? Options());
        Server = BouncyCastleCore.CreateServer(server ?? ServerOptions());
        Client.Attach(ClientIn, ClientOut);
        Server.Attach(ServerIn, ServerOut);
    }

    public BouncyCastleCore Client { get; }

    public BouncyCastleCore Server { get; }

    public MemoryBio ClientIn { get; } = new();

    public MemoryBio ClientOut { get; } = new();

    public MemoryBio ServerIn { get; } = new();

    public MemoryBio ServerOut { get; } = new();

    /// <summary>How the client's part of the handshake failed; null when it did not.</summary>
    public TlsException? ClientFault { get; private set; }

    /// <summary>How the server's part of the handshake failed; null when it did not.</summary>
    public TlsException? ServerFault { get; private set; }

    public static TlsClientOptions Options(SslProtocols protocols = SslProtocols.Tls12 | SslProtocols.Tls13) => new()
    {
        TargetHost = TestCertificates.Host,
        Verification = TestCertificates.Verification,
        EnabledProtocols = protocols,
    };

    public static TlsServerOptions ServerOptions(
        SslProtocols protocols = SslProtocols.Tls12 | SslProtocols.Tls13, TlsCredential? credential = null) => new()
    {
        Credential = credential ?? TestCertificates.Server,
        EnabledProtocols = protocols,
    };

    /// <summary>A pair whose handshake has finished, with nothing under way.</summary>
    public static CorePair Connected(TlsClientOptions? client = null, TlsServerOptions? server = null)
    {
        var pair = new CorePair(client, server);
        pair.Handshake();
        Assert.That(pair.ClientFault?.ToString(), Is.Null);
        Assert.That(pair.ServerFault?.ToString(), Is.Null);
        Assert.That(pair.Client.IsEstablished && pair.Server.IsEstablished, Is.True, "both sides are established");
        return pair;
    }

    public static CorePair Connected(SslProtocols protocol) => Connected(Options(protocol), ServerOptions(protocol));

    /// <summary>Goes on with the handshake until neither side has anything to say. Failures are kept in the two faults.</summary>
    public void Handshake()
    {
        for (var turn = 0; turn < 20; turn++)
        {
            StepClient();
            ToServer();
            StepServer();
            ToClient();
            if (ClientOut.Pending == 0 && ServerIn.Pending == 0 && ClientIn.Pending == 0)
                break;
        }

        // A fatal alert, or what is in it for the client, may still wait.
        StepClient();
        ToServer();
        StepServer();
    }

    /// <summary>Hands over what the client has put out.</summary>
    public void ToServer() => Move(ClientOut, ServerIn);

    /// <summary>Hands over what the server has put out.</summary>
    public void ToClient() => Move(ServerOut, ClientIn);

    /// <summary>All that can be read now. Fails when the read does.</summary>
    public static byte[] ReadAll(ITlsCore core)
    {
        var all = new List<byte>();
        var buffer = new byte[5000];
        while (core.Read(buffer, out var count) == CoreStatus.Done)
            all.AddRange(buffer.AsSpan(0, count));

        return [.. all];
    }

    public void Dispose()
    {
        Client.Dispose();
        Server.Dispose();
    }

    private void StepClient()
    {
        try
        {
            if (ClientFault is null)
                Client.StepHandshake();
        }
        catch (TlsException e)
        {
            ClientFault = e;
        }
    }

    private void StepServer()
    {
        try
        {
            if (ServerFault is null)
                Server.StepHandshake();
        }
        catch (TlsException e)
        {
            ServerFault = e;
        }
    }

    private static void Move(MemoryBio from, MemoryBio to)
    {
        to.Write(from.Readable);
        from.Clear();
    }
}
