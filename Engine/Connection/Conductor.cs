using System.Security.Authentication;
using Microsoft.Extensions.Logging;
using TlsFsm.Buffers;
using TlsFsm.Connection.Telemetry;
using TlsFsm.Machines;

namespace TlsFsm.Connection;

/// <summary>
/// Makes the parts of one connection, connects what one has to tell to another, answers the guards of the machines, and leads each event to
/// its flow.
/// </summary>
internal sealed class Conductor : ILifeFacts, IResting
{
    private readonly IEventLoop _loop;
    private readonly ShutdownFlow _shutdown;
    private HandshakeFlow? _handshake;
    private readonly ILogger _log;
    private string? _id;

    public Conductor(IEventLoop loop, IProtocol application, ITransport facade, ITlsCore core, TlsConnectionOptions options)
    {
        _loop = loop;
        Options = options;
        SingleUse = new SingleUse(loop);
        _log = GuardedLogger.Create<TlsConnection>(
            options.LoggerFactory, exception => ReportLater(exception, "The logger failed."), () => Id);
        Action<Exception, string> report = ReportLater;
        Witness = new Witness(core, options, loop.TimeProvider, report) { Name = () => Id };
        Life = new Life(
            this, isApplicationConnected: !options.CallConnectionMade,
            new TransitionLog(loop.TimeProvider, report) { Witness = Witness });
        Core = new CoreLink(core);
        core.Unheard = report;
        core.AlertSeen = Witness.Alerted;
        core.ConnectionName = Witness.Name;
        Down = new Downlink(Core.Outgoing, Witness);

        var backlog = new WriteBacklog();
        Application = new ApplicationLink(Life, loop, SingleUse, application) { Transport = facade };
        Ending = new Ending(Life, Core, Down, backlog, Application, Awaiter, loop, _log);
        Witness.Outcome = Ending;
        Outgoing = new OutgoingFlow(Life, Core, Down, backlog, Application, Ending, loop, SingleUse, options, _log, Witness);
        Incoming = new IncomingFlow(Life, Core, Down, Application, Outgoing, Ending, options, Witness);
        _handshake = new HandshakeFlow(Life, Core, Application, Incoming, Outgoing, Ending, Awaiter, loop, SingleUse, options, _log);
        Handover = new HandoverFlow(Life, Core, Down, Application, Incoming, Outgoing, Ending, loop, _log);
        _shutdown = new ShutdownFlow(
            Life, Core, Down, Application, Incoming, Outgoing, Handover, Ending, loop, SingleUse, options, _log, Witness);

        // What a flow has to tell to one that stands above it.
        Application.Threw = Ending.FailByApplication;
        Application.ThrewWhenMade = Ending.FailWhenMade;
        Ending.Deadlines = [_handshake.Deadline, _shutdown.Deadline];
        Ending.Guest = this;
        Incoming.CloseNotifyRead = _shutdown.HandleCloseNotify;
        Incoming.GoesOnLater = () => _loop.CallSoon(static self => ((Conductor)self!).Continue(), this);
    }

    public TlsConnectionOptions Options { get; }

    /// <summary>What the host calls the connection in its log; else a number of the process, given when it is first asked for.</summary>
    public string Id => _id ??= ConnectionNumber.Next();

    /// <summary>Where whoever measures or traces the connection is told of it.</summary>
    public Witness Witness { get; }

    public SingleUse SingleUse { get; }

    public Life Life { get; }

    public CoreLink Core { get; }

    public Downlink Down { get; }

    public ApplicationLink Application { get; }

    public HandshakeAwaiter Awaiter { get; } = new();

    public Ending Ending { get; }

    public IncomingFlow Incoming { get; }

    public OutgoingFlow Outgoing { get; }

    public HandoverFlow Handover { get; }

    /// <summary>
    /// Whether what had arrived is delivered when the transport is lost, also to an application that has paused reading: one that keeps it
    /// for its reader.
    /// </summary>
    public bool KeepsReadingAfterLoss { get; set; }

    /// <summary>Whether our direction may be closed alone.</summary>
    public bool CanCloseWrite => Options.AllowHalfCloseOnTls12 || Core.Session?.Protocol == SslProtocols.Tls13;

    bool ILifeFacts.IsFresh => Down.Transport is null && !Life.IsOver;

    bool ILifeFacts.IsClosedBeforeConnect => Down.Transport is null && Life.IsOver;

    bool ILifeFacts.IsEstablished => Core.Core.IsEstablished;

    bool ILifeFacts.IsRestDelivered => Incoming.IsRestDelivered;

    bool ILifeFacts.ToleratesTruncation => Options.TolerateTruncation;

    bool ILifeFacts.AreBothSidesEnding => Life.Write == WriteState.Closing && (Life.IsDiscarding || Life.HasPeerEnded);

    bool ILifeFacts.IsOutputHandedOver => Down.Pending == 0;

    bool ILifeFacts.IsTransportFree => Handover.IsTransportFree;

    /// <returns>False if the application has closed before, so that the transport was aborted.</returns>
    public bool Connect(ITransport transport)
    {
        var isOver = Life.IsOver;
        Life.Fire(TlsTrigger.Connected);
        Down.Connect(transport);
        if (isOver)
            transport.Abort();

        return !isOver;
    }

    public void Begin(ITransport transport)
    {
        if (Connect(transport))
            _handshake!.Start();
    }

    /// <summary>Bytes were put into the incoming BIO's free space.</summary>
    public void Arrive(int count)
    {
        Witness.Transferred(count, isSent: false);
        if (!Incoming.TakeArrival(count, isKept: Handover.Keeps))
            return;

        if (Life.Tls == TlsState.Shutdown)
            _shutdown.HandleLateArrival(count);
        else
            GoOn();
    }

    /// <summary>In a shutdown whose close_notify has been sent: the peer's is not awaited any longer.</summary>
    public void GiveUpAnswer() => _shutdown.GiveUpAnswer();

    /// <returns>Whether we close the transport ourselves.</returns>
    public bool EndStream()
    {
        LogMessages.EndOfStream(_log, Life.Tls);
        return _shutdown.HandleEndOfStream();
    }

    public void Lose(Exception? exception)
    {
        if (KeepsReadingAfterLoss && Life.Delivers && Life.Tls is TlsState.Wrapped or TlsState.Flushing)
            Incoming.DeliverRest();

        Ending.Lose(exception);
    }

    public void ResumeWriting()
    {
        Outgoing.HandleTransportResumed();
        _shutdown.TryComplete();
    }

    /// <summary>
    /// Established, and its loop has had nothing to do for a while: what is made anew when it is needed is let go of meanwhile.
    /// </summary>
    public void Rest() => Core.Core.Rest();

    /// <summary>The application closes, and the transport with it.</summary>
    public void Close()
    {
        Handover.Cancel();
        _shutdown.Close();
    }

    /// <summary>The application closes TLS, and another protocol goes on with the transport.</summary>
    public void Unwrap(IProtocol next)
    {
        Handover.Prepare(next);
        _shutdown.Close();
    }

    /// <summary>Before the transport is connected from anywhere, afterwards on the loop.</summary>
    public void ObserveTransitions(Action<Transition>? observer)
    {
        if (Down.Transport is not null)
            SingleUse.Enter().Dispose();

        Life.Log.Added = observer;
    }

    /// <summary>Before the transport is connected from anywhere, afterwards on the loop.</summary>
    public void Name(string? id)
    {
        if (Down.Transport is not null)
            SingleUse.Enter().Dispose();

        _id = id;
    }

    /// <summary>Before the transport is connected from anywhere, afterwards on the loop.</summary>
    public void ObservePauses(Action<TlsPause>? observer)
    {
        if (Down.Transport is not null)
            SingleUse.Enter().Dispose();

        Witness.PauseObserver = observer;
    }

    /// <summary>The transport asks us to hand it nothing more.</summary>
    public void PauseWriting()
    {
        if (!Down.IsPaused)
            Witness.Paused(TlsPauser.Transport, isReceiving: false, isPaused: true);
        Down.IsPaused = true;
    }

    public void ObserveMessages(Action<TlsMessage>? observer)
    {
        if (Down.Transport is not null)
        {
            using var use = SingleUse.Enter();
            throw new InvalidOperationException(
                $"{nameof(TlsConnection.MessageObserver)} is set before the transport is connected: it is shown a connection's messages from "
                + "the first on.");
        }

        Application.MessageObserver = observer;
        Core.Core.MessageObserver = observer is null ? null : Application.TellMessage;
    }

    public void DropBeforeUpgrade(int count) => LogMessages.DroppedBeforeUpgrade(_log, count);

    public object? GetExtraInfo(string name, object? defaultValue)
    {
        switch (name)
        {
            case ExtraInfo.Options:
                return Options;
            case ExtraInfo.Session when Core.Session is { } session:
                return session;
            case ExtraInfo.PeerCertificate when Core.Session is { } session:
                return session.PeerCertificate;
            case ExtraInfo.PeerCertificateChain when Core.Session is { } session:
                return session.PeerCertificates;
            case ExtraInfo.Cipher when Core.Session is { } session:
                return session.CipherSuite;
            case ExtraInfo.Protocol when Core.Session is { } session:
                return session.Protocol;
            case ExtraInfo.ApplicationProtocol when Core.Session is { } session:
                return session.ApplicationProtocol;
            case ExtraInfo.Compression when Core.Session is not null:
                return null;
            default:
                return Down.Transport is { } lower ? lower.GetExtraInfo(name, defaultValue) : defaultValue;
        }
    }

    /// <summary>On a later turn: after a pause, a filled buffer, or the handshake.</summary>
    private void Continue()
    {
        using var use = SingleUse.Enter();
        if (Life.Tls == TlsState.DoHandshake)
            return;

        EndHandshake();
        GoOn();
    }

    /// <summary>If it has finished, nothing of it is wanted any more. Who can tell when the connection rests is asked to.</summary>
    private void EndHandshake()
    {
        if (_handshake is null || !Life.IsHandshakeComplete)
            return;

        _handshake = null;
        Ending.Deadlines = [_shutdown.Deadline];
        (_loop as IRestingLoop)?.Watch(this);
    }

    /// <summary>Goes on where the machines say.</summary>
    private void GoOn()
    {
        switch (Life.Tls)
        {
            case TlsState.DoHandshake:
                _handshake!.Step();
                break;
            case TlsState.Wrapped when Life.Read is ReadState.Draining or ReadState.Ended:
                _shutdown.GoOnAfterEndOfStream();
                break;
            case TlsState.Wrapped:
                Incoming.ReadPass();
                break;
            case TlsState.Flushing:
                _shutdown.Flush();
                break;
            case TlsState.Shutdown:
                _shutdown.GoOn();
                break;
        }
    }

    private void ReportLater(Exception exception, string message) =>
        _loop.CallSoon(_ => _loop.ReportUnhandled(exception, message), null);
}
