using System.Text;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Hosting;

/// <summary>STARTTLS over real sockets: a plain conversation that goes on encrypted.</summary>
[TestFixture]
public sealed class UpgradeTests
{
    [Test]
    public async Task A_plain_conversation_goes_on_encrypted_with_the_same_protocols()
    {
        // Given two protocols that talk in the clear.
        using var pair = await SocketPair.Connected();
        var (clientLoop, serverLoop) = (new SerialEventLoop(), new SerialEventLoop());
        var (client, server) = (new RecordingProtocol(), new RecordingProtocol());
        var serverConnection = new TaskCompletionSource<TlsConnection>(TaskCreationOptions.RunContinuationsAsynchronously);
        var plainServer = SocketTransport.Start(pair.Ours, server, serverLoop);
        var plainClient = SocketTransport.Start(pair.Peer, client, clientLoop);

        // When the server answers STARTTLS and both upgrade.
        server.OnData = data =>
        {
            if (Encoding.ASCII.GetString(data) != "STARTTLS")
                return;

            plainServer.Write("GO"u8);
            var options = new TlsServerOptions { Credential = TestCertificates.Server, CallConnectionMade = false };
            serverConnection.SetResult(
                TlsConnection.Upgrade(plainServer, serverLoop, server, BouncyCastleCore.CreateServer(options), options));
        };
        await clientLoop.Run(() => plainClient.Write("STARTTLS"u8));
        await client.Until(() => client.Received.Length == 2, clientLoop);
        var clientOptions = new TlsClientOptions
        {
            TargetHost = TestCertificates.Host, Verification = TestCertificates.Verification, CallConnectionMade = false,
        };
        var clientConnection = await clientLoop.Ask(
            () => TlsConnection.Upgrade(plainClient, clientLoop, client, BouncyCastleCore.CreateClient(clientOptions), clientOptions));
        await clientConnection.Handshake.WaitAsync(Wait.Limit);
        await (await serverConnection.Task).Handshake.WaitAsync(Wait.Limit);

        // Then what is written from now on is encrypted, and the end is clean.
        var secret = SocketPair.Pattern(100_000);
        await clientLoop.Run(() => clientConnection.Transport.Write(secret));
        await server.Until(() => server.Received.Length == "STARTTLS".Length + secret.Length, serverLoop);
        await clientLoop.Run(clientConnection.Transport.Close);

        Assert.That(await client.Lost, Is.Null);
        Assert.That(await server.Lost, Is.Null);
        Assert.That(server.Received.ToArray()["STARTTLS".Length..], Is.EqualTo(secret));
        Assert.That(
            (clientConnection.CloseReason, (await serverConnection.Task).CloseReason), Is.EqualTo((CloseReason.Clean, CloseReason.Clean)));
        Assert.That(client.Calls.Count(call => call == "made"), Is.EqualTo(1));
        Assert.That(server.Calls.Count(call => call == "made"), Is.EqualTo(1));
    }
}
