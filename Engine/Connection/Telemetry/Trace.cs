using System.Diagnostics;
using System.Globalization;
using TlsFsm.Machines;

namespace TlsFsm.Connection.Telemetry;

/// <summary>
/// The spans of one connection: its handshake, the decisions in it, and its shutdown, from the first direction that ends. What the machines
/// do meanwhile stands in them as events.
/// </summary>
/// <param name="kind">Which side we are on.</param>
internal sealed class Trace(ActivityKind kind)
{
    private Activity? _handshake;
    private Activity? _decision;
    private Activity? _shutdown;
    private bool _isEstablished;
    private DateTimeOffset? _handshakeEnd;

    /// <summary>What the spans are part of: of what had begun when the connection was made, unless a host says otherwise.</summary>
    public ActivityContext Parent { get; set; } = Activity.Current is { } current ? current.Context : default;

    public void Move(in Transition move, string? id)
    {
        switch (move)
        {
            case { Machine: TlsMachine.Name, Trigger: nameof(TlsTrigger.Connected) }:
                _handshake = Begin(Spans.Handshake, Parent, move.Time, id);
                break;
            case { To: nameof(ReadState.Deciding) }:
                _decision = Begin(Spans.Decision, _handshake?.Context ?? Parent, move.Time, id);
                break;
            case { From: nameof(ReadState.Deciding) } when _decision is { } decision:
                _decision = null;
                Spans.End(decision, move.Time);
                break;
        }

        if (_shutdown is null && _isEstablished && IsEnding(move))
            _shutdown = Begin(Spans.Shutdown, _handshake?.Context ?? Parent, move.Time, id);

        if ((_shutdown ?? _handshake) is { IsAllDataRequested: true, IsStopped: false } span)
            span.AddEvent(new ActivityEvent("tlsfsm.transition", move.Time, new ActivityTagsCollection
            {
                ["tlsfsm.machine"] = move.Machine,
                ["tlsfsm.trigger"] = move.Trigger,
                ["tlsfsm.from"] = move.From,
                ["tlsfsm.to"] = move.To,
            }));

        if (move is { Machine: TlsMachine.Name, From: nameof(TlsState.DoHandshake) })
            _handshakeEnd = move.Time;
    }

    /// <summary>The handshake has finished.</summary>
    public void Establish(TlsSessionInfo? session)
    {
        _isEstablished = true;
        if (_handshake is not { } span)
            return;

        if (session is not null && span.IsAllDataRequested)
        {
            span.SetTag("tls.protocol.name", "tls").SetTag("tls.protocol.version", Versions.Of(session.Protocol));
            span.SetTag("tls.cipher", session.CipherSuite.ToString()).SetTag("tls.resumed", session.IsResumed);
            if (session.Group is { } group)
                span.SetTag("tls.curve", group);
            if (session.ApplicationProtocol.ToString() is { Length: > 0 } protocol)
                span.SetTag("tls.next_protocol", protocol);
        }

        span.SetTag("tls.established", true);
        Spans.End(span, _handshakeEnd!.Value);
    }

    /// <summary>The connection is over, and why is settled.</summary>
    public void End(CloseReason reason, Exception? failure, DateTimeOffset time)
    {
        if (_handshake is { IsStopped: false } handshake)
        {
            handshake.SetTag("tls.established", false);
            Close(handshake, reason, failure, _handshakeEnd ?? time);
        }

        if (_shutdown is { } shutdown)
            Close(shutdown, reason, failure, time);
    }

    private static void Close(Activity span, CloseReason reason, Exception? failure, DateTimeOffset time)
    {
        span.SetTag("tlsfsm.close_reason", reason.ToString());
        if (failure is not null)
            Spans.Fail(span, ErrorType.Of(reason, failure), failure.Message);
        Spans.End(span, time);
    }

    private static bool IsEnding(in Transition move) => move.Machine != AppMachine.Name && move.From != move.To
        && move.Trigger != nameof(ReadTrigger.Continued);

    private Activity? Begin(string name, ActivityContext parent, DateTimeOffset time, string? id)
    {
        var span = Spans.Begin(name, kind, parent, time);
        if (id is not null)
            span?.SetTag("tlsfsm.connection.id", id);
        return span;
    }
}
