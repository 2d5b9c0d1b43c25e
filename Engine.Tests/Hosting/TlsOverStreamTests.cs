using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using TlsFsm.Tests.Network;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Hosting;

/// <summary>Streams below: ours against .NET's SslStream in memory, and who closes what.</summary>
[TestFixture]
[Parallelizable(ParallelScope.All)]
public sealed class TlsOverStreamTests
{
    [TestCase(Cases.Tls12, false)]
    [TestCase(Cases.Tls13, false)]
    [TestCase(Cases.Tls12, true)]
    [TestCase(Cases.Tls13, true)]
    public async Task Our_server_echoes_megabytes_to_SslStream_and_the_end_is_clean(SslProtocols version, bool overStream)
    {
        var pipes = new PipePair(threshold: 1000);
        var opening = overStream
            ? TlsServer.OpenStreamAsync(pipes.OurStream, TlsPair.ServerOptions(version))
            : TlsServer.OpenStreamAsync(pipes.Ours, TlsPair.ServerOptions(version));
        await using var peer = new SslStream(pipes.PeerStream);
        await peer.AuthenticateAsClientAsync(ClientOptions(version)).WaitAsync(Wait.Limit);
        await using var server = await opening.WaitAsync(Wait.Limit);
        var serving = server.CopyToAsync(server);
        var sent = SocketPair.Pattern(2 * 1024 * 1024);

        var echoed = await peer.ExchangeAsync(sent);
        await peer.ShutdownAsync();
        await serving.WaitAsync(Wait.Limit);
        var ending = server.ShutdownAsync();
        Assert.That(await peer.ReadToEndAsync(), Is.Empty);
        await ending.WaitAsync(Wait.Limit);

        Assert.That(echoed.AsSpan().SequenceEqual(sent), Is.True);
        Assert.That((peer.SslProtocol, server.Connection.CloseReason), Is.EqualTo((version, CloseReason.Clean)));
    }

    [TestCase(Cases.Tls12, false)]
    [TestCase(Cases.Tls13, false)]
    [TestCase(Cases.Tls12, true)]
    [TestCase(Cases.Tls13, true)]
    public async Task Our_client_exchanges_megabytes_with_SslStream_and_the_end_is_clean(SslProtocols version, bool overStream)
    {
        var pipes = new PipePair(threshold: 1000);
        await using var peer = new SslStream(pipes.PeerStream);
        var accepting = peer.AuthenticateAsServerAsync(SslStreamPeer.Options(TestCertificates.Server, version));
        await using var client = await (overStream
            ? TlsClient.OpenStreamAsync(pipes.OurStream, TlsPair.ClientOptions(version))
            : TlsClient.OpenStreamAsync(pipes.Ours, TlsPair.ClientOptions(version))).WaitAsync(Wait.Limit);
        await accepting.WaitAsync(Wait.Limit);
        var serving = EchoAsync(peer);
        var sent = SocketPair.Pattern(2 * 1024 * 1024);

        var echoed = await client.ExchangeAsync(sent);
        await client.ShutdownAsync().WaitAsync(Wait.Limit);
        await serving.WaitAsync(Wait.Limit);

        Assert.That(echoed.AsSpan().SequenceEqual(sent), Is.True);
        Assert.That(client.Connection.CloseReason, Is.EqualTo(CloseReason.Clean));
    }

    [Test]
    public async Task SslStream_that_is_disposed_without_close_notify_has_truncated()
    {
        var pipes = new PipePair();
        var peer = new SslStream(pipes.PeerStream, leaveInnerStreamOpen: true);
        var accepting = peer.AuthenticateAsServerAsync(SslStreamPeer.Options(TestCertificates.Server));
        await using var client = await TlsClient.OpenStreamAsync(pipes.OurStream, TlsPair.ClientOptions(Cases.Both)).WaitAsync(Wait.Limit);
        await accepting;

        await pipes.Peer.Output.CompleteAsync();

        var failure = Assert.ThrowsAsync<TlsException>(async () => await client.ReadAsync(new byte[1]).AsTask().WaitAsync(Wait.Limit));
        Assert.That(failure!.Reason, Is.EqualTo(CloseReason.Truncated));
        await peer.DisposeAsync();
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task The_inner_stream_is_disposed_at_the_end_unless_it_is_left_open(bool leaveOpen)
    {
        var pipes = new PipePair();
        var inner = (DuplexStream)pipes.OurStream;
        var opening = TlsServer.OpenStreamAsync(inner, TlsPair.ServerOptions(Cases.Both), new() { LeaveOpen = leaveOpen });
        var client = await TlsClient
            .OpenStreamAsync(pipes.Peer, TlsPair.ClientOptions(Cases.Both), new() { LeaveOpen = true })
            .WaitAsync(Wait.Limit);
        var server = await opening.WaitAsync(Wait.Limit);

        var closing = client.ShutdownAsync();
        await server.ShutdownAsync().WaitAsync(Wait.Limit);
        await closing.WaitAsync(Wait.Limit);

        Assert.That(inner.IsDisposed, Is.EqualTo(!leaveOpen));
        if (!leaveOpen)
            return;

        // It is the caller's again: no read of ours is pending in it.
        await pipes.Send("plain"u8.ToArray());
        Assert.That(await inner.ReadExactlyAsync(5), Is.EqualTo("plain"u8.ToArray()));
        await inner.WriteAsync("text");
        Assert.That(await pipes.Read(4), Is.EqualTo("text"u8.ToArray()));
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task A_handshake_that_is_cancelled_has_let_go_of_the_inner_stream(bool leaveOpen)
    {
        var pipes = new PipePair();
        var inner = (DuplexStream)pipes.OurStream;
        using var cancellation = new CancellationTokenSource();
        var opening = TlsServer.OpenStreamAsync(
            inner, TlsPair.ServerOptions(Cases.Both), new() { LeaveOpen = leaveOpen }, cancellationToken: cancellation.Token);

        await cancellation.CancelAsync();

        Assert.That(() => opening.WaitAsync(Wait.Limit), Throws.InstanceOf<OperationCanceledException>());
        Assert.That(inner.IsDisposed, Is.EqualTo(!leaveOpen));
        if (!leaveOpen)
            return;

        await pipes.Send("plain"u8.ToArray());
        Assert.That(await inner.ReadExactlyAsync(5), Is.EqualTo("plain"u8.ToArray()));
    }

    [Test]
    public async Task TLS_in_TLS_is_a_stream_over_a_stream()
    {
        var (outerClient, outerServer) = await TlsPair.OpenAsync(Cases.Both, new PipePair(1000));
        var opening = TlsServer.OpenStreamAsync(outerServer, TlsPair.ServerOptions(Cases.Tls12));
        var client = await TlsClient.OpenStreamAsync(outerClient, TlsPair.ClientOptions(Cases.Tls12)).WaitAsync(Wait.Limit);
        var server = await opening.WaitAsync(Wait.Limit);
        var serving = server.CopyToAsync(server);
        var sent = SocketPair.Pattern(500_000);

        Assert.That((await client.ExchangeAsync(sent)).AsSpan().SequenceEqual(sent), Is.True);

        var closing = client.ShutdownAsync();
        await serving.WaitAsync(Wait.Limit);
        await server.ShutdownAsync().WaitAsync(Wait.Limit);
        await closing.WaitAsync(Wait.Limit);
        await outerClient.DisposeAsync();
        await outerServer.DisposeAsync();
        Assert.That(
            new[] { client, server, outerClient, outerServer }.Select(stream => stream.Connection.CloseReason),
            Is.All.EqualTo(CloseReason.Clean));
    }

    private static async Task EchoAsync(SslStream stream)
    {
        await stream.CopyToAsync(stream);
        await stream.ShutdownAsync();
    }

    private static SslClientAuthenticationOptions ClientOptions(SslProtocols version)
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.Add(TestCertificates.Root);
        return new()
        {
            TargetHost = TestCertificates.Host,
            EnabledSslProtocols = version,
            CertificateChainPolicy = policy,
            AllowTlsResume = false,
        };
    }
}
