using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using TlsFsm.Connection;
using TlsFsm.Connection.Telemetry;
using TlsFsm.Core.BouncyCastle;
using TlsFsm.Hosting.Connections;
using TlsFsm.Hosting.Doors;
using TlsFsm.Hosting.Loops;

namespace TlsFsm;

/// <summary>Accepts TLS connections over TCP and serves them side by side, each on a loop of its own.</summary>
/// <remarks>
/// Nothing that one connection does ends or delays the others: handshakes run after the acceptance, failed ones are logged
/// (information) and reported, and an error in accepting is logged and waited out. All members may be called from any thread.
/// </remarks>
public sealed class TlsListener : IAsyncDisposable
{
    private readonly Socket _socket;
    private readonly TlsListenerOptions _listenerOptions;
    private Template _template;
    private readonly Func<IProtocol> _createApplication;
    private readonly ILogger _logger;
    private readonly Admission _admission;
    private readonly CancellationTokenSource _stopping = new();
    private readonly SerialEventLoop _reporter;
    private readonly Task _accepting;

    private TlsListener(
        Socket socket,
        TlsConnectionOptions options,
        TlsListenerOptions listenerOptions,
        Func<ITlsCore> createCore,
        Func<IProtocol> createApplication)
    {
        _socket = socket;
        _listenerOptions = listenerOptions;
        _template = new Template(options, createCore);
        _createApplication = createApplication;
        _reporter = new SerialEventLoop(listenerOptions.TimeProvider, options.LoggerFactory, listenerOptions.UnhandledException);
        _admission = new Admission(listenerOptions, _reporter.TimeProvider);
        _logger = GuardedLogger.Create<TlsListener>(
            options.LoggerFactory, exception => _reporter.ReportUnhandled(exception, "The logger threw; what was to be logged is lost."));
        LocalEndPoint = (IPEndPoint)socket.LocalEndPoint!;
        HostingLog.Listening(_logger, LocalEndPoint);
        _accepting = Task.Run(AcceptAsync);
    }

    /// <summary>Binds, listens, and accepts from then on.</summary>
    /// <param name="endPoint">Where to listen; port 0 for a free one. <see cref="IPAddress.IPv6Any"/> takes IPv4 connections too.</param>
    /// <param name="options">The server's side of each connection.</param>
    /// <param name="applicationFactory">
    /// Makes the application of one connection. Called on the listener's own task, so it must not block; what it throws costs that
    /// connection only.
    /// </param>
    /// <param name="listenerOptions">Limits and callbacks. Null: the defaults.</param>
    /// <returns>The listener, accepting.</returns>
    /// <exception cref="ArgumentException">An option that makes no sense.</exception>
    /// <exception cref="SocketException">The end point cannot be listened on: in use, not ours, not allowed.</exception>
    public static TlsListener Start(
        IPEndPoint endPoint, TlsServerOptions options, Func<IProtocol> applicationFactory, TlsListenerOptions? listenerOptions = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        // Wrong options are the caller's error now, not each connection's later.
        CoreOptions.Check(options);
        return Start(endPoint, options, () => BouncyCastleCore.CreateServer(options), applicationFactory, listenerOptions);
    }

    internal static TlsListener Start(
        IPEndPoint endPoint,
        TlsConnectionOptions options,
        Func<ITlsCore> createCore,
        Func<IProtocol> applicationFactory,
        TlsListenerOptions? listenerOptions = null)
    {
        ArgumentNullException.ThrowIfNull(endPoint);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(applicationFactory);
        listenerOptions ??= TlsListenerOptions.Default;
        listenerOptions.Transport.ResolveWriteMarks();

        var socket = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            if (endPoint.Address.Equals(IPAddress.IPv6Any))
                socket.DualMode = true;
            socket.Bind(endPoint);
            socket.Listen(listenerOptions.Backlog);
            return new TlsListener(socket, options, listenerOptions, createCore, applicationFactory);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Takes other options, a renewed certificate for example: for connections accepted from now on. Those that are there stay as they are.
    /// </summary>
    /// <param name="options">The server's side of each connection.</param>
    /// <exception cref="ArgumentException">An option that makes no sense; the old ones stay in use.</exception>
    public void UseOptions(TlsServerOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        CoreOptions.Check(options);
        Volatile.Write(ref _template, new Template(options, () => BouncyCastleCore.CreateServer(options)));
    }

    /// <summary>Where it listens, with the real port.</summary>
    public IPEndPoint LocalEndPoint { get; }

    /// <summary>Connections whose sockets are open, lingering ones included.</summary>
    public int ConnectionCount => _admission.Count;

    /// <summary>
    /// Accepts no more, closes every connection in order (one in its handshake is aborted), and waits until all their sockets are closed.
    /// A <see cref="TlsStream"/>'s handler that is at work may finish what it writes, within
    /// <see cref="TlsConnectionOptions.ShutdownTimeout"/>; then its connection is aborted: no answer that was cut looks whole.
    /// </summary>
    /// <param name="cancellationToken">Ends the patience: what is still open is aborted. No exception comes of it.</param>
    /// <returns>Completes when nothing is left. Bounded without cancellation too, by the connections' own shutdown deadlines.</returns>
    public async Task StopAsync(CancellationToken cancellationToken = default)
    {
        await _stopping.CancelAsync();
        _socket.Dispose();
        await _accepting;

        // Without patience nothing is said in order, or a peer would hear of an orderly end and we tell of an abort.
        if (!cancellationToken.IsCancellationRequested)
            foreach (var guest in _admission.Guests)
                guest.Connection.Close();

        using (cancellationToken.UnsafeRegister(static self => ((TlsListener)self!).AbortAll(), this))
            await Task.WhenAll(_admission.Guests.Select(guest => guest.Released));
    }

    /// <summary>Stops at once: every connection that <see cref="StopAsync"/> has not closed in order before is aborted.</summary>
    /// <returns>Completes when nothing is left.</returns>
    public async ValueTask DisposeAsync() => await StopAsync(new CancellationToken(canceled: true));

    private void AbortAll()
    {
        foreach (var guest in _admission.Guests)
            guest.Connection.Abort();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                if (!_admission.TryEnter())
                {
                    HostingLog.Full(_logger, _admission.Count);
                    CountFull(_admission.LimitReached);
                    do
                        await _admission.WaitAsync(() => _socket.Poll(0, SelectMode.SelectRead), LogShed, _stopping.Token);
                    while (!_admission.TryEnter());
                }

                if (await AcceptOneAsync() is { } socket)
                    Welcome(socket);
                else
                    _admission.Leave(null);
            }
        }
        catch (Exception) when (_stopping.IsCancellationRequested)
        {
            // Stopped: a cancelled wait, or the listening socket was closed under an accept.
        }
    }

    private void CountFull(string limit) => _reporter.CallSoon(
        static state =>
        {
            var (listener, limit) = ((TlsListener, string))state!;
            var factory = Volatile.Read(ref listener._template).Options.MeterFactory;
            Instruments.Of(factory, listener._reporter.ReportUnhandled).Limits.Add(1, Instruments.LimitTags(limit));
        },
        (this, limit));

    /// <returns>Null after an error: the peer was gone again, or we are short of something and wait a little.</returns>
    private async Task<Socket?> AcceptOneAsync()
    {
        try
        {
            return await _socket.AcceptAsync(_stopping.Token);
        }
        catch (Exception exception) when (!_stopping.IsCancellationRequested)
        {
            HostingLog.AcceptFailed(_logger, exception, AcceptPause);
            await Task.Delay(AcceptPause, _reporter.TimeProvider, _stopping.Token);
            return null;
        }
    }

    private void Welcome(Socket socket)
    {
        ListenerGuest? guest = null;
        try
        {
            guest = Receive(socket);
            _admission.Enter(guest);
            HostingLog.Accepted(_logger, guest.Peer, _admission.Count);
            guest.Connection.Announce(_listenerOptions.ConnectionStarted);
            guest.Connection.Start(socket, guest);
        }
        catch (Exception exception)
        {
            // The application's factory or callback threw, or the socket died: that is this connection's end, not the listener's.
            _reporter.ReportUnhandled(exception, $"A connection from {PeerOf(socket)} could not be started.");
            guest?.Connection.Discard();
            socket.Dispose();
            _admission.Leave(guest);
        }
    }

    private ListenerGuest Receive(Socket socket)
    {
        var (options, createCore) = Volatile.Read(ref _template);
        var loop = new SerialEventLoop(_listenerOptions.TimeProvider, options.LoggerFactory, _listenerOptions.UnhandledException);
        var connection = new HostedConnection(loop, _createApplication(), createCore(), options, _listenerOptions.Transport);
        return new ListenerGuest(connection, PeerOf(socket), _logger, _listenerOptions.ConnectionEnded, _admission);
    }

    private void LogShed(ListenerGuest guest) =>
        HostingLog.Shed(_logger, guest.Peer, _reporter.TimeProvider.GetElapsedTime(guest.EnteredAt));

    private static EndPoint? PeerOf(Socket socket)
    {
        try
        {
            return socket.RemoteEndPoint;
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            return null;
        }
    }

    /// <summary>
    /// What a shortage (of descriptors, of memory) is given to pass; accepting at once again would only burn the processor.
    /// </summary>
    private static readonly TimeSpan AcceptPause = TimeSpan.FromMilliseconds(100);

    /// <summary>What a connection is made of; replaced as a whole.</summary>
    private sealed record Template(TlsConnectionOptions Options, Func<ITlsCore> CreateCore);
}
