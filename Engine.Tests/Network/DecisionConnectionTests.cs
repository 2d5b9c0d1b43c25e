using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Time.Testing;
using TlsFsm.Tests.Core;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Network;

/// <summary>What a connection does while it waits for a decision: its deadline goes on, and it can end.</summary>
public sealed class DecisionConnectionTests
{
    [Test]
    public async Task The_deadline_goes_on_while_a_verdict_is_awaited()
    {
        var asked = new TaskCompletionSource<TlsDecision<TlsAlert?>>(TaskCreationOptions.RunContinuationsAsynchronously);
        var time = new FakeTimeProvider();
        var ended = new TaskCompletionSource<TlsConnection>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var listener = Listen(asked, time, ended);
        var talk = ConnectAsync(listener);

        var decision = await asked.Task.WaitAsync(ExternalTool.Patience);
        time.Advance(TimeSpan.FromSeconds(60));
        var connection = await ended.Task.WaitAsync(ExternalTool.Patience);

        Assert.That(connection.CloseReason, Is.EqualTo(CloseReason.HandshakeTimeout));
        Assert.That(decision.Abandoned.IsCancellationRequested, Is.True);
        Assert.That(() => decision.Complete(null), Throws.Nothing, "too late, and nobody minds");
        Assert.That(async () => await talk, Throws.InstanceOf<IOException>());
    }

    [Test]
    public async Task A_peer_that_leaves_while_a_verdict_is_awaited_is_let_go()
    {
        var asked = new TaskCompletionSource<TlsDecision<TlsAlert?>>(TaskCreationOptions.RunContinuationsAsynchronously);
        var ended = new TaskCompletionSource<TlsConnection>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var listener = Listen(asked, TimeProvider.System, ended);
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(listener.LocalEndPoint);
        var talk = TlsClient.OpenStreamAsync(socket, ClientOptions());

        var decision = await asked.Task.WaitAsync(ExternalTool.Patience);
        socket.Close(0);
        var connection = await ended.Task.WaitAsync(ExternalTool.Patience);

        Assert.That(connection.State, Is.EqualTo(TlsState.Unwrapped));
        Assert.That(connection.Failure, Is.Not.Null);
        Assert.That(decision.Abandoned.IsCancellationRequested, Is.True);
        _ = talk.ContinueWith(task => task.Exception, TaskScheduler.Default);
    }

    [Test]
    public async Task While_one_connection_waits_others_are_served()
    {
        var asked = new TaskCompletionSource<TlsDecision<TlsAlert?>>(TaskCreationOptions.RunContinuationsAsynchronously);
        var ended = new TaskCompletionSource<TlsConnection>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var listener = Listen(asked, TimeProvider.System, ended);
        var waiting = ConnectAsync(listener);
        var decision = await asked.Task.WaitAsync(ExternalTool.Patience);

        // The first is asked about; the others are answered at once.
        for (var i = 0; i < 3; i++)
            await (await ConnectAsync(listener)).DisposeAsync();

        decision.Complete(null);
        await using var stream = await waiting.WaitAsync(ExternalTool.Patience);
        await stream.WriteAsync("abc"u8.ToArray());
        var echo = new byte[3];
        await stream.ReadExactlyAsync(echo).AsTask().WaitAsync(ExternalTool.Patience);
        Assert.That(echo, Is.EqualTo("abc"u8.ToArray()));
    }

    [Test]
    public async Task New_options_count_for_new_connections_and_the_old_ones_stay()
    {
        await using var listener = TlsListener.Start(
            new IPEndPoint(IPAddress.Loopback, 0), CorePair.ServerOptions(), () => new EchoProtocol());
        await using var before = await ConnectAsync(listener);

        listener.UseOptions(CorePair.ServerOptions(credential: TestCertificates.ServerWith(TestKey.Rsa2048)));
        await using var after = await ConnectAsync(listener);

        Assert.That(before.Connection.Session!.PeerCertificate!.Subject, Is.EqualTo("CN=server EcdsaP256"));
        Assert.That(after.Connection.Session!.PeerCertificate!.Subject, Is.EqualTo("CN=server Rsa2048"));
        await before.WriteAsync("abc"u8.ToArray());
        var echo = new byte[3];
        await before.ReadExactlyAsync(echo).AsTask().WaitAsync(ExternalTool.Patience);
        Assert.That(() => listener.UseOptions(new TlsServerOptions { Credential = null! }), Throws.ArgumentException);
    }

    private static TlsListener Listen(
        TaskCompletionSource<TlsDecision<TlsAlert?>> asked, TimeProvider time, TaskCompletionSource<TlsConnection> ended) =>
            TlsListener.Start(
        new IPEndPoint(IPAddress.Loopback, 0),
        new TlsServerOptions
        {
            Credential = TestCertificates.Server,
            ClientCertificates = ClientCertificateMode.Require,
            ClientVerification = TestCertificates.Verification with
            {
                Review = (_, decision) =>
                {
                    if (!asked.TrySetResult(decision))
                        decision.Complete(null);
                },
            },
        },
        () => new EchoProtocol(),
        new TlsListenerOptions { TimeProvider = time, ConnectionEnded = (connection, _) => ended.TrySetResult(connection) });

    private static TlsClientOptions ClientOptions() => new()
    {
        TargetHost = TestCertificates.Host, Verification = TestCertificates.Verification, Credential = TestCertificates.Client,
        EnabledProtocols = System.Security.Authentication.SslProtocols.Tls12,
    };

    private static Task<TlsStream> ConnectAsync(TlsListener listener) =>
        TlsClient.OpenStreamAsync("127.0.0.1", listener.LocalEndPoint.Port, ClientOptions());
}
