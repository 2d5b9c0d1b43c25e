using System.Security.Authentication;
using Microsoft.Extensions.Logging;
using TlsFsm.Connection;
using TlsFsm.Machines;

namespace TlsFsm;

/// <summary>
/// One TLS connection's whole life (the seed's <c>SSLProtocol</c>): a protocol to the transport below, and through
/// <see cref="Transport"/> a transport to the application above.
/// </summary>
/// <remarks>
/// <para>
/// Does no I/O, reads no clock but the loop's, starts no thread. Everything happens inside calls of the transport, of the
/// application, or of the loop; two at once are detected and refused with <see cref="InvalidOperationException"/>.
/// </para>
/// <para>
/// Four flows share the work: <see cref="HandshakeFlow"/>, <see cref="IncomingFlow"/>, <see cref="OutgoingFlow"/>,
/// <see cref="ShutdownFlow"/>; <see cref="Ending"/> is the one way out, <see cref="HandoverFlow"/> the way back to another protocol. The
/// two machines guard every step. The data path never fires, it switches on <see cref="State"/>; after each callback of the application the
/// state is looked at again.
/// </para>
/// </remarks>
public sealed partial class TlsConnection : IBufferedProtocol, ITlsFacts
{
    // As asyncio's: one read of the transport brings at most this much.
    internal const int ReceiveSize = 256 * 1024;

    private readonly TransitionLog _log;
    private readonly MachineRun<TlsState, TlsTrigger, ITlsFacts> _tls;
    private readonly MachineRun<AppState, AppTrigger, object> _app;
    private readonly TaskCompletionSource _handshake = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _wasConnected;
    private bool _closedBeforeConnect;

    /// <summary>A connection that waits for its transport. Nothing happens before <see cref="ConnectionMade"/>.</summary>
    /// <param name="loop">Where its timers and its later turns run.</param>
    /// <param name="application">
    /// Told what happens; with <see cref="TlsConnectionOptions.CallConnectionMade"/> false it is connected already.
    /// </param>
    /// <param name="core">The TLS library; owned by the connection from now on, for one connection only.</param>
    /// <param name="options">Deadlines, marks, limits.</param>
    /// <exception cref="ArgumentException">The water marks in <paramref name="options"/> are not high >= low >= 0.</exception>
    public TlsConnection(IEventLoop loop, IProtocol application, ITlsCore core, TlsConnectionOptions options)
    {
        ArgumentNullException.ThrowIfNull(loop);
        ArgumentNullException.ThrowIfNull(application);
        ArgumentNullException.ThrowIfNull(core);
        ArgumentNullException.ThrowIfNull(options);

        Loop = loop;
        Core = core;
        Options = options;
        Log = options.LoggerFactory.CreateLogger<TlsConnection>();
        _log = new TransitionLog(loop.TimeProvider);
        _tls = TlsMachine.Start(this, _log);
        _app = AppMachine.Start(isConnected: !options.CallConnectionMade, _log);

        Application = new ApplicationLink(this, application);
        Ending = new Ending(this);
        Incoming = new IncomingFlow(this);
        Outgoing = new OutgoingFlow(this);
        HandshakeFlow = new HandshakeFlow(this);
        ShutdownFlow = new ShutdownFlow(this);
        HandoverFlow = new HandoverFlow(this);
        Transport = new TlsTransport(this);
        core.Attach(Incoming.Bio, Outgoing.Bio);
        MessageObserver = options.MessageObserver;
    }

    /// <summary>What the application writes to and closes. Valid from the start, and harmless after the end.</summary>
    public TlsTransport Transport { get; }

    /// <summary>
    /// Completes when the handshake has finished; fails when it cannot any more: with the <see cref="TlsException"/> that ended
    /// it, the transport's own error, or the exception that the application threw in <see cref="IProtocol.ConnectionMade"/>.
    /// </summary>
    public Task Handshake => _handshake.Task;

    /// <summary>Where TLS is in its life.</summary>
    public TlsState State => _tls.State;

    /// <summary>What the application has been told.</summary>
    public AppState AppState => _app.State;

    /// <summary>Why the connection ended; <see cref="CloseReason.None"/> while it has not.</summary>
    public CloseReason CloseReason => Ending.Reason;

    /// <summary>The error that ended the connection; null for a regular end, a deliberate abort, or none yet.</summary>
    public Exception? Failure => Ending.Failure;

    /// <summary>The last steps of both machines, oldest first; at most 32.</summary>
    public IReadOnlyList<Transition> Transitions => _log.ToList();

    /// <summary>
    /// Told of every step of both machines, when it is made; for traces. Runs in the middle of the step: it must neither throw nor
    /// call back into the connection. Set it before the transport is connected, or on the loop.
    /// </summary>
    public Action<Transition>? Transitioned
    {
        get => _log.Added;
        set => _log.Added = value;
    }

    /// <summary>
    /// Shown each message of this connection: at first the one of <see cref="TlsConnectionOptions.MessageObserver"/>, which says what holds
    /// for it. Set it before the transport is connected; a core that has none to show ignores it.
    /// </summary>
    /// <exception cref="InvalidOperationException">Set after the transport was connected.</exception>
    public Action<TlsMessage>? MessageObserver
    {
        get;
        set
        {
            if (_wasConnected)
                throw new InvalidOperationException(
                    $"{nameof(MessageObserver)} is set before the transport is connected: it is shown a connection's messages from the "
                    + "first on.");

            field = value;
            Core.MessageObserver = value is null ? null : Application.TellMessage;
        }
    }

    /// <summary>Where all calls belong: post to it from other threads (<see cref="IEventLoop.CallSoon"/>).</summary>
    public IEventLoop Loop { get; }

    /// <summary>What the handshake settled; null before it finished.</summary>
    public TlsSessionInfo? Session { get; internal set; }

    internal ITlsCore Core { get; }

    internal SingleUse SingleUse { get; } = new();

    internal TlsConnectionOptions Options { get; }

    internal ILogger Log { get; }

    internal ApplicationLink Application { get; }

    internal Ending Ending { get; }

    internal IncomingFlow Incoming { get; }

    internal OutgoingFlow Outgoing { get; }

    internal HandshakeFlow HandshakeFlow { get; }

    internal ShutdownFlow ShutdownFlow { get; }

    internal HandoverFlow HandoverFlow { get; }

    /// <summary>
    /// The transport below; null before it is connected. Kept after its loss: it still answers questions (peer name), and is asked nothing
    /// else.
    /// </summary>
    internal ITransport? Lower { get; private set; }

    /// <summary>Whether our direction may be closed alone.</summary>
    internal bool CanCloseWrite => Options.AllowHalfCloseOnTls12 || Session?.Protocol == SslProtocols.Tls13;

    /// <summary>Over before it began, over, or on its way there: the application's writes are dropped.</summary>
    internal bool IsOver => State == TlsState.Unwrapped && (_wasConnected || _closedBeforeConnect);

    /// <summary>
    /// Told once what became of the handshake, null for its completion, in the very step. <see cref="Handshake"/> tells awaiters later.
    /// </summary>
    internal Action<Exception?>? HandshakeSettled { get; set; }

    bool ITlsFacts.IsFresh => !_wasConnected && !_closedBeforeConnect;

    bool ITlsFacts.IsClosedBeforeConnect => _closedBeforeConnect && !_wasConnected;

    bool ITlsFacts.IsEstablished => Core.IsEstablished;

    bool ITlsFacts.CanCloseWrite => CanCloseWrite;

    bool ITlsFacts.IsIncomingFlushed => Incoming.IsFlushed;

    bool ITlsFacts.IsOutputHandedOver => Outgoing.Bio.Pending == 0;

    bool ITlsFacts.IsTransportFree => HandoverFlow.IsTransportFree;

    /// <summary>The transport stands: starts the handshake, in this very call (a deferred start loses early bytes).</summary>
    /// <param name="transport">The way down.</param>
    /// <exception cref="RefusedTriggerException">Called before: a connection is connected once.</exception>
    public void ConnectionMade(ITransport transport)
    {
        ArgumentNullException.ThrowIfNull(transport);
        using var use = SingleUse.Enter();
        if (Connect(transport))
            HandshakeFlow.Start();
    }

    /// <inheritdoc/>
    public Memory<byte> GetBuffer(int sizeHint)
    {
        using var use = SingleUse.Enter();
        var buffer = Incoming.Bio.GetWritable(sizeHint is > 0 and <= ReceiveSize ? sizeHint : ReceiveSize);
        return buffer[..Math.Min(buffer.Length, ReceiveSize)];
    }

    /// <summary>Bytes were put into the buffer that <see cref="GetBuffer"/> gave: does all that they allow.</summary>
    /// <param name="count">How many.</param>
    public void BufferUpdated(int count)
    {
        using var use = SingleUse.Enter();
        Incoming.HandleArrival(count);
    }

    /// <summary>For transports that bring their own buffer: copies, then as <see cref="BufferUpdated"/>.</summary>
    /// <param name="data">Ciphertext.</param>
    public void DataReceived(ReadOnlySpan<byte> data)
    {
        using var use = SingleUse.Enter();
        if (data.IsEmpty)
            return;

        data.CopyTo(Incoming.Bio.GetWritable(data.Length).Span);
        Incoming.HandleArrival(data.Length);
    }

    /// <summary>The transport's stream has ended.</summary>
    /// <returns>
    /// True: the connection closes the transport itself. False, in <see cref="TlsState.Unwrapped"/>: the transport should.
    /// </returns>
    public bool EofReceived()
    {
        using var use = SingleUse.Enter();
        LogMessages.EndOfStream(Log, State);
        return ShutdownFlow.HandleEndOfStream();
    }

    /// <summary>The transport is gone.</summary>
    /// <param name="exception">Null when it was closed or aborted, else why.</param>
    public void ConnectionLost(Exception? exception)
    {
        using var use = SingleUse.Enter();
        Ending.Lose(exception);
    }

    /// <summary>
    /// The transport's write buffer is over its mark: output waits here. May be called before <see cref="ConnectionMade"/> (an upgrade of a
    /// paused transport).
    /// </summary>
    public void PauseWriting()
    {
        using var use = SingleUse.Enter();
        Outgoing.IsTransportPaused = true;
    }

    /// <summary>The transport's write buffer is under its mark: output goes out again.</summary>
    public void ResumeWriting()
    {
        using var use = SingleUse.Enter();
        Outgoing.HandleTransportResumed();
    }

    /// <returns>False if the application has closed before, so that the transport was aborted.</returns>
    private bool Connect(ITransport transport)
    {
        Fire(TlsTrigger.Connected);
        _wasConnected = true;
        Lower = transport;
        if (_closedBeforeConnect)
            transport.Abort();

        return !_closedBeforeConnect;
    }

    /// <summary>For logs: role, state, application state.</summary>
    public override string ToString() => $"{nameof(TlsConnection)} {State}/{AppState}";

    internal SingleUse.Scope Enter() => SingleUse.Enter();

    internal void Fire(TlsTrigger trigger) => _tls.Fire(trigger);

    internal void Fire(AppTrigger trigger) => _app.Fire(trigger);

    /// <summary>The application closed or aborted before there was a transport: it will be aborted on connect.</summary>
    internal void CloseBeforeConnect() => _closedBeforeConnect = true;

    /// <summary>Runs <see cref="Continue"/> on the next turn of the loop.</summary>
    internal void ContinueSoon() => Loop.CallSoon(static state => ((TlsConnection)state!).Continue(), this);

    /// <summary>Goes on where the state says, after a pause, a filled buffer, or the handshake.</summary>
    internal void Continue()
    {
        using var use = SingleUse.Enter();
        switch (State)
        {
            case TlsState.Wrapped:
                Incoming.ReadPass();
                break;
            case TlsState.Flushing:
                ShutdownFlow.Flush();
                break;
            case TlsState.Shutdown:
                ShutdownFlow.Step();
                break;
        }
    }

    /// <summary>
    /// Tells whoever awaits the handshake, once. After the handshake has finished only an exception of the application's ConnectionMade can
    /// still fail it.
    /// </summary>
    internal void SettleHandshake(Exception? exception)
    {
        var told = exception is null ? _handshake.TrySetResult() : _handshake.TrySetException(exception);
        if (!told)
            return;

        // Observed: a failure that nobody awaits is no unobserved task exception; ConnectionLost or the log tell it.
        _ = _handshake.Task.Exception;
        HandshakeSettled?.Invoke(exception);
    }

    internal object? GetExtraInfo(string name, object? defaultValue)
    {
        switch (name)
        {
            case ExtraInfo.Options:
                return Options;
            case ExtraInfo.Session when Session is { } session:
                return session;
            case ExtraInfo.PeerCertificate when Session is { } session:
                return session.PeerCertificate;
            case ExtraInfo.PeerCertificateChain when Session is { } session:
                return session.PeerCertificates;
            case ExtraInfo.Cipher when Session is { } session:
                return session.CipherSuite;
            case ExtraInfo.Protocol when Session is { } session:
                return session.Protocol;
            case ExtraInfo.ApplicationProtocol when Session is { } session:
                return session.ApplicationProtocol;
            case ExtraInfo.Compression when Session is not null:
                return null;
            default:
                return Lower is { } lower ? lower.GetExtraInfo(name, defaultValue) : defaultValue;
        }
    }
}
