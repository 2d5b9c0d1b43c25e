using System.Runtime.CompilerServices;
using System.Security.Authentication;
using Microsoft.Extensions.Logging;
using TlsFsm.Buffers;
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
/// <see cref="Life"/> is the whole state: four machines, for TLS, for what the application was told, and for the two directions. Flows share
/// the work, each with the parts that it uses; this type makes them and leads each event to its flow. The data path never fires, it asks
/// where the machines are; after each callback of the application it asks again.
/// </para>
/// </remarks>
public sealed partial class TlsConnection : IBufferedProtocol, ILifeFacts
{
    // As asyncio's: one read of the transport brings at most this much.
    internal const int ReceiveSize = 256 * 1024;

    private readonly Life _life;
    private readonly Downlink _down;
    private readonly CoreLink _core;
    private readonly HandshakeResult _handshake = new();
    private readonly Ending _ending;
    private readonly ApplicationLink _application;
    private readonly IncomingFlow _incoming;
    private readonly OutgoingFlow _outgoing;
    private readonly HandshakeFlow _handshakeFlow;
    private readonly HandoverFlow _handoverFlow;
    private readonly ShutdownFlow _shutdownFlow;
    private readonly SingleUse _singleUse;
    private readonly ILogger _log;

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
        Options = options;
        _singleUse = new SingleUse(loop);
        _log = new GuardedLogger(options.LoggerFactory.CreateLogger<TlsConnection>(), loop);
        _life = new Life(this, isApplicationConnected: !options.CallConnectionMade, new TransitionLog(loop.TimeProvider, ReportLater));
        _core = new CoreLink(core);
        _down = new Downlink(_core.Outgoing);
        Transport = new TlsTransport(this);

        var backlog = new WriteBacklog();
        _application = new ApplicationLink(_life, loop, _singleUse, application) { Transport = Transport };
        _ending = new Ending(_life, _core, _down, backlog, _application, _handshake, loop, _log);
        _outgoing = new OutgoingFlow(_life, _core, _down, backlog, _application, _ending, loop, _singleUse, options, _log);
        _incoming = new IncomingFlow(_life, _core, _down, _application, _outgoing, _ending, options);
        _handshakeFlow = new HandshakeFlow(
            _life, _core, _application, _incoming, _outgoing, _ending, _handshake, loop, _singleUse, options, _log);
        _handoverFlow = new HandoverFlow(_life, _core, _down, _application, _incoming, _outgoing, _ending, loop, _log);
        _shutdownFlow = new ShutdownFlow(
            _life, _core, _down, _application, _incoming, _outgoing, _handoverFlow, _ending, loop, _singleUse, options, _log);

        // What a flow has to tell to one that stands above it.
        _application.Threw = _ending.FailByApplication;
        _application.ThrewWhenMade = _ending.FailWhenMade;
        _ending.Deadlines = [_handshakeFlow.Deadline, _shutdownFlow.Deadline];
        _incoming.CloseNotifyRead = _shutdownFlow.HandleCloseNotify;
        _incoming.GoesOnLater = ContinueSoon;
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
    public TlsState State => _life.Tls;

    /// <summary>Where the peer's direction is.</summary>
    public ReadState ReadState => _life.Read;

    /// <summary>Where our own direction is.</summary>
    public WriteState WriteState => _life.Write;

    /// <summary>What the application has been told.</summary>
    public AppState AppState => _life.App;

    /// <summary>Why the connection ended; <see cref="CloseReason.None"/> while it has not.</summary>
    public CloseReason CloseReason => _ending.Reason;

    /// <summary>The error that ended the connection; null for a regular end, a deliberate abort, or none yet.</summary>
    public Exception? Failure => _ending.Failure;

    /// <summary>The last steps of its machines, oldest first; at most 32.</summary>
    public IReadOnlyList<Transition> Transitions => _life.Log.ToList();

    /// <summary>
    /// Told of every step of its machines, when it is made; for traces. Runs in the middle of the step: it must not call back into the
    /// connection, and what it throws is reported on a later turn. Set it before the transport is connected, or on the loop.
    /// </summary>
    public Action<Transition>? Transitioned
    {
        get => _life.Log.Added;
        set => _life.Log.Added = value;
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
            if (_down.Transport is not null)
                throw new InvalidOperationException(
                    $"{nameof(MessageObserver)} is set before the transport is connected: it is shown a connection's messages from the "
                    + "first on.");

            field = value;
            _application.MessageObserver = value;
            _core.Core.MessageObserver = value is null ? null : _application.TellMessage;
        }
    }

    /// <summary>Where all calls belong: post to it from other threads (<see cref="IEventLoop.CallSoon"/>).</summary>
    public IEventLoop Loop { get; }

    /// <summary>What the handshake settled; null before it finished.</summary>
    public TlsSessionInfo? Session => _core.Session;

    internal TlsConnectionOptions Options { get; }

    internal Life Life => _life;

    internal Downlink Down => _down;

    internal ITransport? Lower => _down.Transport;

    internal CoreLink CoreLink => _core;

    internal ApplicationLink Application => _application;

    internal IncomingFlow Incoming => _incoming;

    internal OutgoingFlow Outgoing => _outgoing;

    /// <summary>Whether our direction may be closed alone.</summary>
    internal bool CanCloseWrite => Options.AllowHalfCloseOnTls12 || Session?.Protocol == SslProtocols.Tls13;

    /// <summary>
    /// Told once what became of the handshake, null for its completion, in the very step. <see cref="Handshake"/> tells awaiters later.
    /// </summary>
    internal Action<Exception?>? HandshakeSettled
    {
        get => _handshake.Settled;
        set => _handshake.Settled = value;
    }

    /// <summary>
    /// Whether what had arrived is delivered when the transport is lost, also to an application that has paused reading: one that keeps it
    /// for its reader.
    /// </summary>
    internal bool KeepsReadingAfterLoss { get; set; }

    bool ILifeFacts.IsFresh => _down.Transport is null && !_life.IsOver;

    bool ILifeFacts.IsClosedBeforeConnect => _down.Transport is null && _life.IsOver;

    bool ILifeFacts.IsEstablished => _core.Core.IsEstablished;

    bool ILifeFacts.CanCloseWrite => CanCloseWrite;

    bool ILifeFacts.IsRestDelivered => _incoming.IsRestDelivered;

    bool ILifeFacts.ToleratesTruncation => Options.TolerateTruncation;

    bool ILifeFacts.AreBothSidesEnding => _life.Write == WriteState.Closing && (_life.IsDiscarding || _life.HasPeerEnded);

    bool ILifeFacts.IsOutputHandedOver => _down.Pending == 0;

    bool ILifeFacts.IsTransportFree => _handoverFlow.IsTransportFree;

    /// <summary>The transport stands: starts the handshake, in this very call (a deferred start loses early bytes).</summary>
    /// <param name="transport">The way down.</param>
    /// <exception cref="RefusedTriggerException">Called before: a connection is connected once.</exception>
    public void ConnectionMade(ITransport transport)
    {
        ArgumentNullException.ThrowIfNull(transport);
        using var use = _singleUse.Enter();
        if (Connect(transport))
            _handshakeFlow.Start();
    }

    /// <inheritdoc/>
    public Memory<byte> GetBuffer(int sizeHint)
    {
        using var use = _singleUse.Enter();
        var buffer = _core.Incoming.GetWritable(sizeHint is > 0 and <= ReceiveSize ? sizeHint : ReceiveSize);
        return buffer[..Math.Min(buffer.Length, ReceiveSize)];
    }

    /// <summary>Bytes were put into the buffer that <see cref="GetBuffer"/> gave: does all that they allow.</summary>
    /// <param name="count">How many.</param>
    public void BufferUpdated(int count)
    {
        using var use = _singleUse.Enter();
        HandleArrival(count);
    }

    /// <summary>For transports that bring their own buffer: copies, then as <see cref="BufferUpdated"/>.</summary>
    /// <param name="data">Ciphertext.</param>
    public void DataReceived(ReadOnlySpan<byte> data)
    {
        using var use = _singleUse.Enter();
        if (data.IsEmpty)
            return;

        data.CopyTo(_core.Incoming.GetWritable(data.Length).Span);
        HandleArrival(data.Length);
    }

    /// <summary>The transport's stream has ended.</summary>
    /// <returns>
    /// True: the connection closes the transport itself. False, in <see cref="TlsState.Unwrapped"/>: the transport should.
    /// </returns>
    public bool EofReceived()
    {
        using var use = _singleUse.Enter();
        LogMessages.EndOfStream(_log, State);
        return _shutdownFlow.HandleEndOfStream();
    }

    /// <summary>The transport is gone.</summary>
    /// <param name="exception">Null when it was closed or aborted, else why.</param>
    public void ConnectionLost(Exception? exception)
    {
        using var use = _singleUse.Enter();
        if (KeepsReadingAfterLoss && _life.Delivers && State is TlsState.Wrapped or TlsState.Flushing)
            _incoming.DeliverRest();

        _ending.Lose(exception);
    }

    /// <summary>
    /// The transport's write buffer is over its mark: output waits here. May be called before <see cref="ConnectionMade"/> (an upgrade of a
    /// paused transport).
    /// </summary>
    public void PauseWriting()
    {
        using var use = _singleUse.Enter();
        _down.IsPaused = true;
    }

    /// <summary>The transport's write buffer is under its mark: output goes out again.</summary>
    public void ResumeWriting()
    {
        using var use = _singleUse.Enter();
        if (_outgoing.HandleTransportResumed())
            _shutdownFlow.TryComplete();
    }

    /// <summary>For logs: where TLS, the directions and the application are.</summary>
    public override string ToString() => $"{nameof(TlsConnection)} {State}/{ReadState}/{WriteState}/{AppState}";

    internal SingleUse.Scope Enter([CallerMemberName] string member = "") => _singleUse.Enter(member);

    /// <summary>The application closes, and the transport with it.</summary>
    internal void Close()
    {
        _handoverFlow.Cancel();
        _shutdownFlow.Close();
    }

    internal void Abort(Exception? reason) => _ending.Abort(reason, TlsTrigger.Aborted);

    internal void Abort(TlsAlert alert, Exception? reason) => _ending.Abort(alert, reason);

    /// <returns>False if the application has closed before, so that the transport was aborted.</returns>
    private bool Connect(ITransport transport)
    {
        var isOver = _life.IsOver;
        _life.Fire(TlsTrigger.Connected);
        _down.Connect(transport);
        if (isOver)
            transport.Abort();

        return !isOver;
    }

    private void HandleArrival(int count)
    {
        if (!_incoming.TakeArrival(count, isKept: _handoverFlow.Keeps))
            return;

        if (State == TlsState.Shutdown)
            _shutdownFlow.HandleLateArrival(count);
        else
            GoOn();
    }

    private void ContinueSoon() => Loop.CallSoon(static self => ((TlsConnection)self!).Continue(), this);

    /// <summary>Goes on after a pause, a filled buffer, or the handshake.</summary>
    private void Continue()
    {
        using var use = _singleUse.Enter();
        if (State != TlsState.DoHandshake)
            GoOn();
    }

    /// <summary>Goes on where the machines say.</summary>
    private void GoOn()
    {
        switch (State)
        {
            case TlsState.DoHandshake:
                _handshakeFlow.Step();
                break;
            case TlsState.Wrapped when ReadState == ReadState.Draining:
                _shutdownFlow.GoOnAfterEndOfStream();
                break;
            case TlsState.Wrapped:
                _incoming.ReadPass();
                break;
            case TlsState.Flushing:
                _shutdownFlow.Flush();
                break;
            case TlsState.Shutdown:
                _shutdownFlow.GoOn();
                break;
        }
    }

    private void ReportLater(Exception exception, string message) =>
        Loop.CallSoon(_ => Loop.ReportUnhandled(exception, message), null);

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
                return _down.Transport is { } lower ? lower.GetExtraInfo(name, defaultValue) : defaultValue;
        }
    }
}
