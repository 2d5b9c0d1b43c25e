using System.Diagnostics;
using System.Diagnostics.Metrics;
using TlsFsm.Machines;

namespace TlsFsm.Connection.Telemetry;

/// <summary>
/// The one place where a connection tells whoever measures or traces it. Each event costs a question when nobody listens. Listeners are
/// foreign code that runs in the middle of a step: what they throw is reported, once a connection, and changes nothing.
/// </summary>
internal sealed class Witness : IMoveWitness
{
    private readonly Instruments _meter;
    private readonly ITlsCore _core;
    private readonly TimeProvider _clock;
    private readonly Action<Exception, string> _broken;
    private readonly string? _role;
    private Trace? _trace;
    private long? _connectedAt;
    private bool _isConnected;
    private bool _isEstablished;
    private bool _isBroken;

    /// <param name="core">Says what the handshake has settled.</param>
    /// <param name="options">Of a role, which is told with what is measured; and where it is measured.</param>
    /// <param name="clock">The loop's.</param>
    /// <param name="broken">Told what a listener threw.</param>
    public Witness(ITlsCore core, TlsConnectionOptions options, TimeProvider clock, Action<Exception, string> broken)
    {
        (_core, _clock, _broken) = (core, clock, broken);
        _meter = Instruments.Of(options.MeterFactory, broken);
        _role = options switch { TlsServerOptions => "server", TlsClientOptions => "client", _ => null };
        FindTrace();
    }

    /// <summary>Says why the connection ended, once it has.</summary>
    public IOutcome? Outcome { get; set; }

    /// <summary>Says what the connection is called.</summary>
    public Func<string>? Name { get; set; }

    /// <summary>Told of pauses.</summary>
    public Action<TlsPause>? PauseObserver { get; set; }

    /// <summary>Told of bytes, and whether they were sent; it is ours and does not throw.</summary>
    public Action<long, bool>? TransferObserver { get; set; }

    /// <summary>What the connection's spans are part of.</summary>
    public ActivityContext Parent
    {
        set
        {
            if (FindTrace() is { } trace)
                trace.Parent = value;
        }
    }

    public void Moved(in Transition move)
    {
        _meter.Open.Move(move);
        if (_meter.Transitions.Enabled && move.From != move.To)
            Add(_meter.Transitions, 1, new()
            {
                { "tlsfsm.machine", move.Machine },
                { "tlsfsm.from", move.From },
                { "tlsfsm.to", move.To },
                { "tlsfsm.trigger", move.Trigger },
            });

        try
        {
            FindTrace()?.Move(move, Name?.Invoke());
            Follow(move);
        }
        catch (Exception exception)
        {
            Report(exception);
        }
    }

    /// <summary>Bytes have come from the transport, or were handed to it.</summary>
    public void Transferred(long count, bool isSent)
    {
        TransferObserver?.Invoke(count, isSent);
        if (_meter.Io.Enabled && count > 0)
            Add(_meter.Io, count, new() { Direction(isSent) });
    }

    public void Alerted(TlsAlert alert, bool isSent)
    {
        if (_meter.Alerts.Enabled)
            Add(_meter.Alerts, 1, new() { { "tlsfsm.alert", Enum.IsDefined(alert) ? alert.ToString() : "unknown" }, Direction(isSent) });
    }

    public void Paused(TlsPauser by, bool isReceiving, bool isPaused)
    {
        if (isPaused && _meter.Pauses.Enabled)
            Add(_meter.Pauses, 1, new() { { "tlsfsm.pause.by", by.ToString() }, Direction(!isReceiving) });
        if (PauseObserver is not { } observer)
            return;

        try
        {
            observer(new TlsPause(_clock.GetUtcNow(), by, isReceiving, isPaused));
        }
        catch (Exception exception)
        {
            _broken(exception, "The observer of pauses failed.");
        }
    }

    public void ReachedLimit(string limit)
    {
        if (_meter.Limits.Enabled)
            Add(_meter.Limits, 1, Instruments.LimitTags(limit));
    }

    private static KeyValuePair<string, object?> Direction(bool isSent) => new("network.io.direction", isSent ? "transmit" : "receive");

    private void Follow(in Transition move)
    {
        if (move is { Machine: TlsMachine.Name, Trigger: nameof(TlsTrigger.Connected), To: nameof(TlsState.DoHandshake) })
        {
            _isConnected = true;
            _connectedAt = _meter.HandshakeDuration.Enabled ? _clock.GetTimestamp() : null;
        }
        else if (move is { Machine: AppMachine.Name, Trigger: nameof(AppTrigger.HandshakeCompleted) })
        {
            _isEstablished = true;
            var session = _core.Session;
            TellHandshake(session, CloseReason.None, null);
            _trace?.Establish(session);
        }
        else if (_isConnected && move is { Machine: AppMachine.Name, Trigger: nameof(AppTrigger.TransportLost) })
        {
            _isConnected = false;
            var (reason, failure) = (Outcome!.Reason, Outcome.Failure);
            TellEnding(reason, failure);
            _trace?.End(reason, failure, move.Time);
        }
    }

    private void TellHandshake(TlsSessionInfo? session, CloseReason reason, Exception? failure)
    {
        if (!_meter.Handshakes.Enabled && !_meter.HandshakeDuration.Enabled)
            return;

        var tags = Roles();
        tags.Add("tls.established", _isEstablished);
        if (session is not null)
        {
            tags.Add("tls.protocol.name", "tls");
            tags.Add("tls.protocol.version", Versions.Of(session.Protocol));
            tags.Add("tls.resumed", session.IsResumed);
        }

        if (!_isEstablished)
            tags.Add("error.type", ErrorType.Of(reason, failure));
        Add(_meter.Handshakes, 1, tags);
        try
        {
            if (_connectedAt is { } start && _meter.HandshakeDuration.Enabled)
                _meter.HandshakeDuration.Record(_clock.GetElapsedTime(start).TotalSeconds, tags);
        }
        catch (Exception exception)
        {
            Report(exception);
        }
    }

    private void TellEnding(CloseReason reason, Exception? failure)
    {
        if (!_isEstablished)
            TellHandshake(null, reason, failure);
        if (failure is TlsException { Limit: { } limit })
            ReachedLimit(limit);
        if (!_meter.Endings.Enabled)
            return;

        var tags = Roles();
        tags.Add("tlsfsm.close_reason", reason.ToString());
        if (failure is not null)
            tags.Add("error.type", ErrorType.Of(reason, failure));
        Add(_meter.Endings, 1, tags);
    }

    /// <summary>The spans; null until somebody wants some.</summary>
    private Trace? FindTrace() => _trace ??= !Spans.AreWanted ? null : new Trace(_role switch
    {
        "server" => ActivityKind.Server,
        "client" => ActivityKind.Client,
        _ => ActivityKind.Internal,
    });

    private TagList Roles() => _role is null ? default : new() { { "tlsfsm.role", _role } };

    private void Add(Counter<long> counter, long value, in TagList tags)
    {
        try
        {
            counter.Add(value, tags);
        }
        catch (Exception exception)
        {
            Report(exception);
        }
    }

    /// <summary>Once: a listener that fails fails at every event.</summary>
    private void Report(Exception exception)
    {
        if (_isBroken)
            return;

        _isBroken = true;
        _broken(exception, "A listener of metrics or traces failed.");
    }
}
