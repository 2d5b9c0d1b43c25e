using Microsoft.Extensions.Logging;
using TlsFsm.Core;

namespace TlsFsm.Connection;

/// <summary>From connected to wrapped, within a deadline.</summary>
internal sealed class HandshakeFlow : Deadline.IOwner
{
    private readonly Life _life;
    private readonly CoreLink _core;
    private readonly ApplicationLink _application;
    private readonly IncomingFlow _incoming;
    private readonly OutgoingFlow _outgoing;
    private readonly Ending _ending;
    private readonly HandshakeAwaiter _result;
    private readonly IEventLoop _loop;
    private readonly SingleUse _singleUse;
    private readonly TlsConnectionOptions _options;
    private readonly ILogger _log;
    private long? _startedAt;

    public HandshakeFlow(
        Life life, CoreLink core, ApplicationLink application, IncomingFlow incoming, OutgoingFlow outgoing, Ending ending,
        HandshakeAwaiter result, IEventLoop loop, SingleUse singleUse, TlsConnectionOptions options, ILogger log)
    {
        (_life, _core, _application, _incoming, _outgoing) = (life, core, application, incoming, outgoing);
        (_ending, _result, _loop, _singleUse, _options, _log) = (ending, result, loop, singleUse, options, log);
        Deadline = new Deadline(loop, this);
    }

    public Deadline Deadline { get; }

    public void Start()
    {
        LogMessages.HandshakeStarts(_log);
        Deadline.Rearm(_options.HandshakeTimeout);
        if (_life.Tls != TlsState.DoHandshake)
            return;

        _startedAt = ReadClock();

        // The decision may come from any thread; the handshake goes on where it belongs.
        _core.Core.WhenDecided = () => _loop.CallSoon(static self => ((HandshakeFlow)self!).HandleDecision(), this);
        Step();
    }

    /// <summary>Goes on as far as the bytes at hand allow.</summary>
    public void Step()
    {
        var status = _core.StepHandshake(out var failure);
        if (_life.Tls != TlsState.DoHandshake)
        {
            _core.Release();
            return;
        }

        if (failure is not null)
        {
            _ending.Fail(failure);
            return;
        }

        var isDeciding = _life.Read == ReadState.Deciding;
        if (isDeciding != (status == CoreStatus.WantDecision))
            _life.Fire(isDeciding ? ReadTrigger.DecisionMade : ReadTrigger.DecisionAsked);

        if (status == CoreStatus.Done)
        {
            Complete();
            return;
        }

        _outgoing.Flush();
        _incoming.CheckMark();
    }

    /// <summary>News first: connection_made, then the awaiter, then our own output; the first data on a later turn.</summary>
    private void Complete()
    {
        Deadline.Cancel();
        _core.Core.WhenDecided = null;
        _life.Fire(TlsTrigger.HandshakeCompleted);
        _life.Fire(_options.StopAfterHandshake ? ReadTrigger.HandshakeHeld : ReadTrigger.HandshakeCompleted);
        _life.Fire(WriteTrigger.HandshakeCompleted);
        _core.Settle();
        if (_startedAt is { } started && ReadClock() is { } now)
            LogMessages.HandshakeTook(_log, (now - started) * 1000.0 / _loop.TimeProvider.TimestampFrequency);

        _application.TellConnectionMade();

        // Where the application has ended it, the awaiter was told already.
        _result.Settle(null);
        if (_life.Tls == TlsState.Unwrapped)
            return;

        _outgoing.SendBacklog();
        _incoming.GoesOnLater!();
    }

    /// <summary>For the log alone: a clock that fails costs the handshake's duration, and a report.</summary>
    private long? ReadClock()
    {
        try
        {
            return _loop.TimeProvider.GetTimestamp();
        }
        catch (Exception exception)
        {
            _loop.CallSoon(_ => _loop.ReportUnhandled(exception, "The clock of the event loop failed."), null);
            return null;
        }
    }

    private void HandleDecision()
    {
        using var use = _singleUse.Enter();
        if (_life.Tls == TlsState.DoHandshake)
            Step();
    }

    void Deadline.IOwner.Stop() { }

    void Deadline.IOwner.Break(Exception exception) => _ending.FailByApplication(exception, "The loop's timer failed.");

    void Deadline.IOwner.Elapse()
    {
        using var use = _singleUse.Enter();
        if (_life.Tls == TlsState.DoHandshake)
            _ending.Fail(
                new TlsException(
                    $"The TLS handshake is taking longer than {_options.HandshakeTimeout.TotalSeconds} seconds ({_core.Phase}): "
                    + "aborting the connection.",
                    CloseReason.HandshakeTimeout, TlsFault.Timeout),
                TlsTrigger.DeadlineElapsed);
    }
}
