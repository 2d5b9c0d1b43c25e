using Microsoft.Extensions.Logging;
using TlsFsm.Connection.Telemetry;
using TlsFsm.Core;

namespace TlsFsm.Connection;

/// <summary>
/// From the first sign of the end to the closed transport: first the incoming side is flushed (Flushing), then close_notify
/// crosses both ways and all output leaves (Shutdown), within a deadline.
/// </summary>
internal sealed class ShutdownFlow
{
    private readonly Life _life;
    private readonly CoreLink _core;
    private readonly Downlink _down;
    private readonly ApplicationLink _application;
    private readonly IncomingFlow _incoming;
    private readonly OutgoingFlow _outgoing;
    private readonly HandoverFlow _handover;
    private readonly Ending _ending;
    private readonly ShutdownDeadline _deadline;
    private readonly IEventLoop _loop;
    private readonly SingleUse _singleUse;
    private readonly TlsConnectionOptions _options;
    private readonly ILogger _log;
    private readonly Witness _witness;
    private long _discarded;

    public ShutdownFlow(
        Life life, CoreLink core, Downlink down, ApplicationLink application, IncomingFlow incoming, OutgoingFlow outgoing,
        HandoverFlow handover, Ending ending, IEventLoop loop, SingleUse singleUse, TlsConnectionOptions options, ILogger log,
        Witness witness)
    {
        (_life, _core, _down, _application, _incoming, _outgoing) = (life, core, down, application, incoming, outgoing);
        (_handover, _ending, _loop, _singleUse, _options, _log) = (handover, ending, loop, singleUse, options, log);
        _witness = witness;
        _deadline = new ShutdownDeadline(loop, down, options, this);
    }

    public Deadline Deadline => _deadline.Timer;

    /// <summary>The application closes TLS; what becomes of the transport then is decided at the end.</summary>
    public void Close()
    {
        switch (_life.Tls)
        {
            case TlsState.Unwrapped or TlsState.DoHandshake:
                _ending.Abort(null, TlsTrigger.CloseRequested);
                break;
            case TlsState.Wrapped or TlsState.Flushing when !_life.IsClosing && _life.Read != ReadState.Failed:
                _life.Fire(TlsTrigger.CloseRequested);
                _life.Fire(ReadTrigger.CloseRequested);
                _life.Fire(WriteTrigger.CloseBegun);
                Flush();
                break;
        }
    }

    /// <summary>The peer's close_notify was read, and all before it delivered.</summary>
    public void HandleCloseNotify()
    {
        _life.Fire(ReadTrigger.CloseNotifyReceived);
        if (_life.Tls == TlsState.Flushing && !_options.AllowHalfCloseAtEndOfStream)
            _life.Fire(WriteTrigger.CloseBegun);

        if (AskToKeepOpen() || _life.Tls != TlsState.Wrapped)
            return;

        _life.Fire(TlsTrigger.CloseNotifyReceived);
        Flush();
    }

    /// <returns>Whether we close the transport ourselves.</returns>
    public bool HandleEndOfStream()
    {
        switch (_life.Tls)
        {
            case TlsState.Unwrapped:
                return false;
            case TlsState.DoHandshake:
                _ending.Fail(
                    _ending.Explain(
                        $"The peer closed the connection before the handshake had finished ({_core.Phase}).",
                        CloseReason.TransportLost, TlsFault.Network),
                    TlsTrigger.EndOfStream);
                break;
            default:
                _life.Fire(ReadTrigger.EndOfStream);
                GoOnAfterEndOfStream();
                break;
        }

        return true;
    }

    /// <summary>
    /// The stream has ended, and its rest may be read: after the end itself, or when the host has decided that TLS goes on.
    /// </summary>
    public void GoOnAfterEndOfStream()
    {
        switch (_life.Tls)
        {
            case TlsState.Wrapped when _life.Read is ReadState.Draining or ReadState.Ended:
                _life.Fire(TlsTrigger.EndOfStream);
                Flush();
                break;
            case TlsState.Shutdown when _life.Read == ReadState.DiscardingRest:
                _life.Fire(TlsTrigger.EndOfStream);
                Step();
                break;
        }
    }

    /// <summary>
    /// In Flushing: delivers what there is, and goes on to Shutdown once nothing is left to deliver and our side ends too.
    /// </summary>
    public void Flush()
    {
        _incoming.ReadPass();
        if (_life is { Tls: TlsState.Flushing, Read: ReadState.Draining } && _incoming.IsRestDelivered)
            EndWithoutCloseNotify();

        // The end of the rest may have been told to an application that keeps its own direction open: it closes later.
        if (_life.Tls != TlsState.Flushing || !_life.IsClosing)
            return;

        _life.Fire(TlsTrigger.Drained);
        _deadline.Arm();
        if (_life.Tls == TlsState.Shutdown)
            Step();
    }

    /// <summary>Bytes that arrived in Shutdown: discarded, up to a limit, while the peer's close_notify is awaited.</summary>
    public void HandleLateArrival(int count)
    {
        _discarded += count;
        GoOn();
    }

    /// <summary>In Shutdown: looks again for the peer's close_notify, if it is awaited.</summary>
    public void GoOn()
    {
        if (_life.IsDiscarding)
            Step();
    }

    /// <summary>Whoever closed does not wait for the peer's close_notify any longer: the rest of the shutdown is as in order.</summary>
    public void GiveUpAnswer()
    {
        if (!_life.IsDiscarding)
            return;

        using var use = _singleUse.Enter();
        _life.Fire(ReadTrigger.AnswerGivenUp);
        TryComplete();
    }

    /// <summary>
    /// The end of a shutdown: nothing is awaited from the peer any more, and all output is handed over. The transport is closed on the next
    /// turn. Never inside the transport's own call, behind which more may follow.
    /// </summary>
    public void TryComplete()
    {
        if (_life is not { Tls: TlsState.Shutdown, Write: WriteState.Closing, IsDiscarding: false }
            || _down.IsHandingOver || _down.Pending > 0)
            return;

        _life.Fire(WriteTrigger.ShutdownCompleted);
        _deadline.Cancel();
        Conclude();
        _loop.CallSoon(static self => ((ShutdownFlow)self!).CloseTransport(), this);
    }

    /// <summary>Sends close_notify (once) and looks for the peer's; what else arrives is discarded.</summary>
    private void Step()
    {
        if (!_outgoing.Settle())
            return;

        CoreStatus status;
        try
        {
            status = _core.Core.StepShutdown();
        }
        catch (TlsException exception)
        {
            _ending.Fail(exception);
            return;
        }

        _outgoing.Flush();
        if (_life.Tls != TlsState.Shutdown)
            return;

        if (!EndDiscarding(status, out var isOneWay))
        {
            _incoming.CheckMark();
            return;
        }

        // In a one-way close the peer has not ended anything that the application could be told of.
        if (!isOneWay)
            _application.TellEof();

        TryComplete();
    }

    /// <returns>Whether nothing more is awaited from the peer.</returns>
    private bool EndDiscarding(CoreStatus status, out bool isOneWay)
    {
        isOneWay = false;
        if (!_life.IsDiscarding)
            return true;

        if (status == CoreStatus.Done)
        {
            _life.Fire(ReadTrigger.CloseNotifyReceived);
            return true;
        }

        if (_life.Read != ReadState.DiscardingRest)
        {
            isOneWay = !_options.AwaitCloseNotify && _handover.Next is null;
            if (!isOneWay)
            {
                if (_discarded <= _options.Limits.MaxDiscardedAfterClose)
                    return false;

                LogMessages.GaveUpOnPeer(_log, _options.Limits.MaxDiscardedAfterClose);
                _witness.ReachedLimit(nameof(TlsLimits.MaxDiscardedAfterClose));
            }
        }

        _life.Fire(ReadTrigger.AnswerGivenUp);
        return true;
    }

    /// <summary>All that the ended stream left behind is delivered, and no close_notify was in it.</summary>
    private void EndWithoutCloseNotify()
    {
        _life.Fire(ReadTrigger.RestDelivered);
        if (_life.Read == ReadState.Failed)
        {
            // A failure, and not to be told to the peer as an orderly end: no close_notify goes out.
            _ending.Fail(_ending.Explain(
                _core.Incoming.Pending > 0
                    ? "The peer's stream ended inside a record: what it sent was cut off."
                    : "The peer's stream ended without close_notify: what it sent may have been cut off.",
                CloseReason.Truncated, TlsFault.Network));
            return;
        }

        if (_options.AllowHalfCloseAtEndOfStream)
            AskToKeepOpen();
        else
            _life.Fire(WriteTrigger.CloseBegun);
    }

    /// <summary>
    /// Tells the application that the peer sends no more. Unless it keeps its own direction open, that ends too; perhaps it has closed or
    /// aborted in that very callback.
    /// </summary>
    /// <returns>Whether it keeps it open.</returns>
    private bool AskToKeepOpen()
    {
        var isKept = _application.TellEof();
        if (!_life.IsClosing)
            _life.Fire(isKept ? WriteTrigger.KeptOpen : WriteTrigger.CloseBegun);
        return isKept;
    }

    private void Conclude()
    {
        if (_life.Read != ReadState.Unanswered)
            _ending.Conclude(CloseReason.Clean, null);
        else if (_handover.Next is null)
            _ending.Conclude(CloseReason.Unanswered, null);
        else
            _ending.Conclude(CloseReason.Unanswered, _ending.Explain(
                "The peer did not answer our close_notify with its own, so the transport cannot go on in plaintext.",
                CloseReason.Unanswered, TlsFault.Network));
    }

    private void CloseTransport()
    {
        using var use = _singleUse.Enter();
        if (_life.Tls != TlsState.Shutdown)
            return;

        if (_handover.IsTransportFree)
            _handover.Complete();
        else
            _down.Transport!.Close();
    }

    public void HandleBrokenTimer(Exception exception) => _ending.FailByApplication(exception, "The loop's timer failed.");

    public void HandleDeadline()
    {
        using var use = _singleUse.Enter();
        if (_life.Tls == TlsState.Shutdown)
            _ending.Fail(
                new TlsException(
                    $"The TLS shutdown timed out: {_deadline.Describe()}.", CloseReason.ShutdownTimeout, TlsFault.Timeout),
                TlsTrigger.DeadlineElapsed);
    }
}
