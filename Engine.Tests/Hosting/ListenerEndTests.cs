using System.Net.Security;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Time.Testing;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Hosting;

/// <summary>Ends that a host brings about, or nobody: an answer that was cut never looks whole, and nothing stays behind.</summary>
[TestFixture]
public sealed class ListenerEndTests
{
    private const int Large = 8_000_000;

    [Test]
    public async Task A_stop_lets_a_handler_finish_what_it_writes()
    {
        // Given an answer in the middle of which the host stops, in several writes.
        var writing = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var data = SocketPair.Pattern(Large);
        await using var server = TestServer.Serving(async stream =>
        {
            writing.SetResult();
            foreach (var piece in data.Chunk(Large / 4))
                await stream.WriteAsync(piece);
            await stream.CopyToAsync(Stream.Null);
        });
        await using var client = await server.Open();
        await writing.Task.WaitAsync(Wait.Limit);

        var stopping = server.Listener.StopAsync();
        var all = new MemoryStream();
        await client.CopyToAsync(all).WaitAsync(Wait.Limit);
        await client.DisposeAsync();
        await stopping.WaitAsync(Wait.Limit);

        Assert.That(all.ToArray(), Is.EqualTo(data));
        Assert.That((await server.FirstEnd).Connection.CloseReason, Is.EqualTo(CloseReason.Clean));
    }

    [Test]
    public async Task A_stop_aborts_a_handler_that_does_not_finish_in_time()
    {
        // Given a client that does not read its answer.
        var clock = new FakeTimeProvider();
        var writing = new TaskCompletionSource<TlsStream>(TaskCreationOptions.RunContinuationsAsynchronously);
        Exception? thrown = null;
        await using var server = new TestServer(
            () => TlsStream.CreateProtocol(async stream =>
            {
                writing.SetResult(stream);
                try
                {
                    await stream.WriteAsync(new byte[4 * Large]);
                }
                catch (IOException exception)
                {
                    thrown = exception;
                }
            }),
            listenerOptions: new() { TimeProvider = clock });
        var client = await server.Open();
        var served = await writing.Task.WaitAsync(Wait.Limit);

        var stopping = server.Listener.StopAsync();
        while (server.Listener.ConnectionCount > 0)
        {
            clock.Advance(TimeSpan.FromSeconds(10));
            await Task.Yield();
        }

        await stopping.WaitAsync(Wait.Limit);

        // Then it was no orderly end, for neither side.
        Assert.That(served.Connection.CloseReason, Is.Not.EqualTo(CloseReason.Clean));
        Assert.That(async () => await client.CopyToAsync(Stream.Null).WaitAsync(Wait.Limit), Throws.InstanceOf<IOException>());
        await client.DisposeAsync();
        Assert.That(client.Connection.CloseReason, Is.Not.EqualTo(CloseReason.Clean));
        Assert.That(() => thrown, Is.InstanceOf<IOException>().After(30_000, 10));
    }

    [Test]
    public async Task A_dispose_says_nothing_in_order()
    {
        var made = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var server = TestServer.Serving(async stream =>
        {
            made.SetResult();
            await stream.CopyToAsync(Stream.Null);
        });
        var client = await server.Open();
        await made.Task.WaitAsync(Wait.Limit);

        await server.Listener.DisposeAsync().AsTask().WaitAsync(Wait.Limit);

        Assert.That((await server.FirstEnd).Connection.CloseReason, Is.EqualTo(CloseReason.LocalAbort));
        Assert.That(async () => await client.ReadAsync(new byte[1]).AsTask().WaitAsync(Wait.Limit), Throws.InstanceOf<IOException>());
        await client.DisposeAsync();
        Assert.That(client.Connection.CloseReason, Is.Not.EqualTo(CloseReason.Clean));
    }

    [Test]
    public async Task A_stream_that_nobody_has_any_more_is_collected_and_its_socket_closed()
    {
        var ended = new CountdownEvent(20);
        await using var server = new TestServer(() => new RecordingProtocol { OnLost = () => ended.Signal() });

        var forgotten = new WeakReference[20];
        for (var i = 0; i < forgotten.Length; i++)
            forgotten[i] = await Forget(server);

        // Collected as often as it takes: the last frames of an asynchronous method may still hold one.
        using var limit = new CancellationTokenSource(Wait.Limit);
        while (!ended.IsSet)
        {
            limit.Token.ThrowIfCancellationRequested();
            GC.Collect();
            GC.WaitForPendingFinalizers();
            await Task.Yield();
        }

        Assert.That(forgotten.Count(one => one.IsAlive), Is.Zero);
    }

    [Test]
    public async Task A_stream_that_is_being_read_is_not_forgotten()
    {
        var ended = false;
        RecordingProtocol application = null!;
        await using var server = new TestServer(() => application = new RecordingProtocol { OnLost = () => ended = true });
        var reading = await Read(server);

        for (var i = 0; i < 5; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        await application.Made;
        var loop = ((TlsTransport)application.Transport).Connection.Loop;
        await loop.Run(() => application.Transport.Write([7]));

        Assert.That(await reading.WaitAsync(Wait.Limit), Is.EqualTo(1));
        Assert.That(ended, Is.False);
    }

    [TestCase(false)]
    [TestCase(true)]
    public async Task A_handshake_that_has_failed_is_told_as_that_also_when_it_is_cancelled_behind_it(bool isStream)
    {
        // Given a server that refuses our versions, and a token that fires when the failure is known and not told yet.
        using var cancellation = new CancellationTokenSource();
        var pair = new PipePair();
        using var peer = new SslStream(pair.PeerStream);
        var serving = peer.AuthenticateAsServerAsync(new SslServerAuthenticationOptions
        {
            ServerCertificate = TestCertificates.Server.Certificate,
            EnabledSslProtocols = System.Security.Authentication.SslProtocols.Tls12,
        });
        var options = TlsPair.ClientOptions(System.Security.Authentication.SslProtocols.Tls13);
        void Watch(TlsConnection connection) =>
            connection.Parts.Awaiter.Settled += _ => cancellation.Cancel();

        Task opening = isStream
            ? TlsClient.OpenStreamAsync(pair.OurStream, options, connectionStarted: Watch, cancellationToken: cancellation.Token)
            : TlsClient.ConnectAsync(
                pair.Ours, options, new RecordingProtocol(), connectionStarted: Watch, cancellationToken: cancellation.Token);

        Assert.That(async () => await opening.WaitAsync(Wait.Limit), Throws.InstanceOf<TlsException>());
        Assert.That(async () => await serving.WaitAsync(Wait.Limit), Throws.Exception);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static async Task<WeakReference> Forget(TestServer server) => new(await server.Open());

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static async Task<Task<int>> Read(TestServer server) => (await server.Open()).ReadAsync(new byte[1]).AsTask();
}
