using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Threading.Channels;
using TlsFsm.Tests.Hosting;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Network;

/// <summary>Our side as server: a listener on the loopback interface, and how each of its connections ended.</summary>
internal sealed class OurServer : IAsyncDisposable
{
    private readonly TlsListener _listener;
    private readonly Channel<(TlsConnection Connection, Exception? Failure)> _ended =
        Channel.CreateUnbounded<(TlsConnection, Exception?)>();
    private readonly ConcurrentQueue<string> _unhandled = new();

    private OurServer(TlsServerOptions options, Func<TlsStream, Task> serve) =>
        _listener = TlsListener.Start(
            new IPEndPoint(IPAddress.Loopback, 0), options, () => TlsStream.CreateProtocol(serve),
            new TlsListenerOptions
            {
                ConnectionEnded = (connection, failure) => _ended.Writer.TryWrite((connection, failure)),
                UnhandledException = (exception, what) => _unhandled.Enqueue($"{what} {exception}"),
            });

    /// <param name="options">Null: the usual certificate, all else by default.</param>
    /// <param name="serve">What it does with a connection. Null: it gives back every byte.</param>
    public static OurServer Start(TlsServerOptions? options = null, Func<TlsStream, Task>? serve = null) =>
        new(options ?? new TlsServerOptions { Credential = TestCertificates.Server }, serve ?? EchoAsync);

    /// <summary>The usual server, which asks its clients for a certificate.</summary>
    public static TlsServerOptions AskingFor(ClientCertificateMode mode) => new()
    {
        Credential = TestCertificates.Server,
        ClientCertificates = mode,
        ClientVerification = TestCertificates.Verification,
    };

    public int Port => _listener.LocalEndPoint.Port;

    /// <summary>Sockets that are open.</summary>
    public int ConnectionCount => _listener.ConnectionCount;

    public static Task EchoAsync(TlsStream stream) => EchoAsync(stream, long.MaxValue);

    /// <summary>Gives back every byte until there are <paramref name="size"/>, or the peer's end; then it closes.</summary>
    public static async Task EchoAsync(TlsStream stream, long size)
    {
        var buffer = new byte[32 * 1024];
        while (size > 0 && await stream.ReadAsync(buffer) is > 0 and var count)
        {
            await stream.WriteAsync(buffer.AsMemory(0, count));
            size -= count;
        }
    }

    /// <summary>The next connection that ends.</summary>
    public async Task<(TlsConnection Connection, Exception? Failure)> NextEndAsync()
    {
        using var timeout = new CancellationTokenSource(Wait.Limit);
        try
        {
            return await _ended.Reader.ReadAsync(timeout.Token);
        }
        catch (OperationCanceledException)
        {
            throw new AssertionException($"No connection of our server has ended within {Wait.Limit.TotalSeconds} s.");
        }
    }

    /// <summary>The next connection that ends, which is expected to have done so in order.</summary>
    public async Task<TlsSessionInfo> NextCleanEndAsync()
    {
        var (connection, failure) = await NextEndAsync();

        Assert.That(failure, Is.Null);
        Assert.That(connection.CloseReason, Is.EqualTo(CloseReason.Clean));
        return connection.Session!;
    }

    /// <summary>The next connection that ends, which is expected to have failed.</summary>
    public async Task<TlsException> NextFailureAsync()
    {
        var (_, failure) = await NextEndAsync();

        Assert.That(failure, Is.InstanceOf<TlsException>());
        return (TlsException)failure!;
    }

    /// <summary>Comes back when all its sockets are closed; no new ones are taken.</summary>
    public async Task StopAsync() => await _listener.StopAsync().WaitAsync(Wait.Limit);

    public async ValueTask DisposeAsync()
    {
        await _listener.DisposeAsync().AsTask().WaitAsync(Wait.Limit);

        Assert.That(_unhandled, Is.Empty, "No exception may get lost in a server.");
    }

    public static SslApplicationProtocol[] Protocols(params string[] names) => [.. names.Select(name => new SslApplicationProtocol(name))];
}
