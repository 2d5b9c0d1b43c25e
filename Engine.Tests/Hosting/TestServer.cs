using System.Net;
using System.Net.Sockets;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Hosting;

/// <summary>A listener on the loopback interface and what tests ask of it.</summary>
internal sealed class TestServer : IAsyncDisposable
{
    private readonly TaskCompletionSource<(TlsConnection Connection, Exception? Failure)> _firstEnd =
        new(TaskCreationOptions.RunContinuationsAsynchronously);

    private readonly List<(TlsConnection Connection, Exception? Failure)> _ends = [];

    public TestServer(Func<IProtocol> application, TlsServerOptions? options = null, TlsListenerOptions? listenerOptions = null) =>
        Listener = TlsListener.Start(
            new IPEndPoint(IPAddress.Loopback, 0),
            options ?? new TlsServerOptions { Credential = TestCertificates.Server },
            application,
            (listenerOptions ?? new()) with
            {
                ConnectionEnded = (connection, failure) =>
                {
                    lock (_ends)
                        _ends.Add((connection, failure));
                    _firstEnd.TrySetResult((connection, failure));
                },
                UnhandledException = (_, message) =>
                {
                    lock (Unhandled)
                        Unhandled.Add(message);
                },
            });

    public TlsListener Listener { get; }

    public int Port => Listener.LocalEndPoint.Port;

    public List<string> Unhandled { get; } = [];

    /// <summary>How the first connection ended.</summary>
    public Task<(TlsConnection Connection, Exception? Failure)> FirstEnd => _firstEnd.Task.WaitAsync(Wait.Limit);

    public IReadOnlyList<(TlsConnection Connection, Exception? Failure)> Ends
    {
        get
        {
            lock (_ends)
                return [.. _ends];
        }
    }

    /// <summary>A client's options that fit.</summary>
    public static TlsClientOptions ClientOptions { get; } =
        new() { TargetHost = TestCertificates.Host, Verification = TestCertificates.Verification };

    /// <summary>Gives back every byte, and closes when the peer does.</summary>
    public static TestServer Echo(TlsListenerOptions? listenerOptions = null) =>
        new(() => TlsStream.CreateProtocol(stream => stream.CopyToAsync(stream)), listenerOptions: listenerOptions);

    /// <summary>Hands each connection to a test as a stream.</summary>
    public static TestServer Serving(Func<TlsStream, Task> serve, TlsServerOptions? options = null) =>
        new(() => TlsStream.CreateProtocol(serve), options);

    public Task<TlsStream> Open(
        TlsClientOptions? options = null, SocketTransportOptions? transportOptions = null, CancellationToken cancellationToken = default) =>
        TlsClient.OpenStreamAsync("127.0.0.1", Port, options ?? ClientOptions, transportOptions, cancellationToken: cancellationToken)
            .WaitAsync(Wait.Limit, CancellationToken.None);

    /// <summary>A plain socket to the server: a peer that speaks no TLS.</summary>
    public async Task<Socket> Dial()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(Listener.LocalEndPoint);
        return socket;
    }

    public async ValueTask DisposeAsync() => await Listener.DisposeAsync().AsTask().WaitAsync(Wait.Limit);
}
