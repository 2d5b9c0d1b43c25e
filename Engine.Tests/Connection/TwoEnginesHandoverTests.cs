using System.Security.Authentication;

namespace TlsFsm.Tests.Connection;

/// <summary>Two real engines and plaintext behind them: no byte of either is taken for the other's, whatever the chunks.</summary>
[TestFixture]
internal sealed class TwoEnginesHandoverTests
{
    private const string Settings = nameof(TwoEngines.Settings);

    [Test]
    public void Both_return_to_plaintext_after_close_notify_and_nothing_is_lost(
        [ValueSource(typeof(TwoEngines), Settings)] TwoEngines.Setting setting, [Values] bool serverAnswers)
    {
        var pair = TwoEngines.Connected(setting);
        var (client, server) = (new PlainProtocolRecorder([]), new PlainProtocolRecorder([]));
        client.OnConnectionMade = transport => transport.Write("plain from the client"u8);
        server.OnConnectionMade = transport => transport.Write("plain from the server"u8);

        pair.Client.Transport.Write("CCC"u8);
        pair.Client.Connection.Unwrap(client);
        if (serverAnswers)
            pair.Server.Application.OnEof = transport => transport.Connection.Unwrap(server);
        else
            pair.Server.Application.OnData = _ => Once(pair.Server, server);
        pair.Run();

        Assert.That(pair.Server.Application.Received, Is.EqualTo("CCC"u8.ToArray()));
        Assert.That(
            (client.Received, server.Received), Is.EqualTo(("plain from the server"u8.ToArray(), "plain from the client"u8.ToArray())));
        pair.AssertBothEnded(CloseReason.Clean, CloseReason.Clean);
        Assert.That(pair.Client.Events[^1], Is.EqualTo("lost: none"));
        pair.Client.Pipe.Close();
        pair.Run();
    }

    [Test]
    public void A_handshake_that_stops_leaves_both_directions_exactly_behind_it(
        [ValueSource(typeof(TwoEngines), Settings)] TwoEngines.Setting setting)
    {
        // Given a client and a server that stop and go on with bytes of their own, at once.
        var pair = new TwoEngines(
            setting,
            new TlsClientOptions
            {
                TargetHost = Support.TestCertificates.Host, Verification = Support.TestCertificates.Verification,
                EnabledProtocols = setting.Version, StopAfterHandshake = true,
            },
            new TlsServerOptions { Credential = Support.TestCertificates.Server, EnabledProtocols =
                setting.Version, StopAfterHandshake = true });
        var (client, server) = (new PlainProtocolRecorder([]), new PlainProtocolRecorder([]));
        var (fromClient, fromServer) = (Toy.Bytes(300), Toy.Bytes(700));
        client.OnConnectionMade = transport => transport.Write(fromClient);
        server.OnConnectionMade = transport => transport.Write(fromServer);
        pair.Client.Application.OnConnectionMade = transport => transport.Connection.Detach(client);
        pair.Server.Application.OnConnectionMade = transport => transport.Connection.Detach(server);

        pair.Connect();

        Assert.That((client.Received, server.Received), Is.EqualTo((fromServer, fromClient)));
        pair.AssertBothEnded(CloseReason.Detached, CloseReason.Detached);
        Assert.That(pair.Client.Connection.Session!.Protocol, Is.EqualTo(setting.Version));
        Assert.That(
            pair.Client.Connection.Handshake.IsCompletedSuccessfully && pair.Server.Connection.Handshake.IsCompletedSuccessfully, Is.True);
    }

    [Test]
    public void An_upgrade_after_the_return_to_plaintext_works_again([Values(SslProtocols.Tls12, SslProtocols.Tls13)] SslProtocols version)
    {
        // Given two that have returned to plaintext.
        var pair = TwoEngines.Connected(new TwoEngines.Setting(version, 17));
        pair.Server.Application.OnEof = transport => transport.Connection.Unwrap(new PlainProtocolRecorder([]));
        pair.Client.Connection.Unwrap(new PlainProtocolRecorder([]));
        pair.Run();

        // When both upgrade again.
        var (clientOptions, serverOptions) = (TwoEngines.ClientOptions(version), TwoEngines.ServerOptions(version));
        var received = new RecordingApplication([]);
        TlsConnection.Upgrade(pair.Server.Lower, pair.Loop, received, BouncyCastleCore.CreateServer(serverOptions), serverOptions);
        var again = TlsConnection.Upgrade(
            pair.Client.Lower, pair.Loop, new RecordingApplication([]), BouncyCastleCore.CreateClient(clientOptions), clientOptions);
        again.Transport.Write("encrypted again"u8);
        pair.Run();

        Assert.That(again.State, Is.EqualTo(TlsState.Wrapped), () => $"{again.Failure}");
        Assert.That(received.Received, Is.EqualTo("encrypted again"u8.ToArray()));
    }

    private static void Once(TwoEngines.End end, PlainProtocolRecorder next)
    {
        // The command may come in pieces.
        if (end.Application.Received.Length == 3)
            end.Connection.Unwrap(next);
    }
}
