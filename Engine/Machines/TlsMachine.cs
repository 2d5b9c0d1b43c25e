using static TlsFsm.TlsState;
using static TlsFsm.TlsTrigger;

namespace TlsFsm.Machines;

/// <summary>The life of TLS on a connection: the only definition, which the engine runs, the exporter draws and the tests drive.</summary>
/// <remarks>The arrows are the seed's <c>_set_state</c>: forward one state at a time, and from anywhere to Unwrapped.</remarks>
internal static class TlsMachine
{
    public const string Name = "Tls";

    private const string HandshakeDeadline =
        $"{nameof(TlsConnectionOptions.HandshakeTimeout)}: all of the handshake, from when the transport is connected";

    private const string ShutdownDeadlines =
        $"{nameof(TlsConnectionOptions.FlushTimeout)}, else {nameof(TlsConnectionOptions.ShutdownTimeout)}: while output waits, from when "
        + $"some last left; {nameof(TlsConnectionOptions.ShutdownTimeout)}: for the peer's close_notify, from when all has left";

    public static Machine<TlsState, TlsTrigger, ILifeFacts> Definition { get; } = new(Unwrapped, Define);

    public static MachineRun<TlsState, TlsTrigger, ILifeFacts> Start(ILifeFacts facts, TransitionLog log) =>
        new(Definition, Name, Unwrapped, facts, log);

    private static void Define(MachineBuilder<TlsState, TlsTrigger, ILifeFacts> machine)
    {
        machine.In(Unwrapped)
            .PermitIf(Connected, DoHandshake, facts => facts.IsFresh, "never connected, closed or aborted")
            .IgnoreIf(Connected, facts => facts.IsClosedBeforeConnect, "closed before it was connected: aborted on connect")
            .RefuseBecause(HandshakeCompleted, "no handshake runs")
            .IgnoreBecause(CloseRequested, "nothing is open")
            .RefuseBecause(CloseNotifyReceived, "nothing is read here")
            .IgnoreBecause(EndOfStream, "the transport closes itself")
            .RefuseBecause(Drained, "nothing is flushed here")
            .RefuseBecause(TransportHandedOver, "there is nothing to hand over")
            .IgnoreBecause(DeadlineElapsed, "a timer that was due when it was cancelled")
            .IgnoreBecause(Failed, "only the first failure counts")
            .IgnoreBecause(Aborted, "already over, or not begun")
            .IgnoreBecause(TransportLost, "the expected end of an abort or a failure");

        machine.In(DoHandshake)
            .RefuseBecause(Connected, "a connection is connected once")
            .PermitIf(HandshakeCompleted, Wrapped, facts => facts.IsEstablished, "the core says established")
            .Permit(CloseRequested, Unwrapped, [CloseReason.LocalAbort])
            .RefuseBecause(CloseNotifyReceived, "close_notify fails a handshake")
            .Permit(EndOfStream, Unwrapped, [CloseReason.TransportLost])
            .RefuseBecause(Drained, "nothing is flushed here")
            .RefuseBecause(TransportHandedOver, "a handshake that stops halfway leaves nothing to go on from")
            .Permit(DeadlineElapsed, Unwrapped, [CloseReason.HandshakeTimeout], HandshakeDeadline)
            .Permit(Failed, Unwrapped, [CloseReason.Failed, CloseReason.PlaintextInjection])
            .Permit(Aborted, Unwrapped, [CloseReason.LocalAbort])
            .Permit(TransportLost, Unwrapped, [CloseReason.TransportLost]);

        machine.In(Wrapped)
            .RefuseBecause(Connected, "a connection is connected once")
            .RefuseBecause(HandshakeCompleted, "a handshake completes once")
            .Permit(CloseRequested, Flushing)
            .Permit(CloseNotifyReceived, Flushing)
            .Permit(EndOfStream, Flushing)
            .RefuseBecause(Drained, "nothing is flushed here")
            .PermitIf(TransportHandedOver, Unwrapped, facts => facts.IsTransportFree,
                "stopped after the handshake, and all output was handed to the transport", [CloseReason.Detached])
            .IgnoreBecause(DeadlineElapsed, "a timer that was due when it was cancelled")
            .Permit(Failed, Unwrapped, [CloseReason.Failed])
            .Permit(Aborted, Unwrapped, [CloseReason.LocalAbort])
            .Permit(TransportLost, Unwrapped, [CloseReason.TransportLost]);

        machine.In(Flushing)
            .RefuseBecause(Connected, "a connection is connected once")
            .RefuseBecause(HandshakeCompleted, "a handshake completes once")
            .IgnoreBecause(CloseRequested, "changes what is flushed (the rest is discarded), not the state")
            .RefuseBecause(CloseNotifyReceived, "the read side alone is told of it")
            .IgnoreBecause(EndOfStream, "the flush goes on with what is there")
            .PermitIf(Drained, Shutdown, facts => facts.AreBothSidesEnding,
                "all that was received is delivered or discarded, and our direction ends too")
            .RefuseBecause(TransportHandedOver, "what was received is not flushed")
            .IgnoreBecause(DeadlineElapsed, "none runs: how long the application takes to read is its own affair")
            .Permit(Failed, Unwrapped, [CloseReason.Failed, CloseReason.Truncated])
            .Permit(Aborted, Unwrapped, [CloseReason.LocalAbort])
            .Permit(TransportLost, Unwrapped, [CloseReason.TransportLost]);

        machine.In(Shutdown)
            .RefuseBecause(Connected, "a connection is connected once")
            .RefuseBecause(HandshakeCompleted, "a handshake completes once")
            .IgnoreBecause(CloseRequested, "already shutting down")
            .RefuseBecause(CloseNotifyReceived, "the read side alone is told of it")
            .IgnoreBecause(EndOfStream, "completes the shutdown, once all output is handed over")
            .RefuseBecause(Drained, "nothing is flushed here")
            .PermitIf(TransportHandedOver, Unwrapped, facts => facts.IsTransportFree,
                "both sides said close_notify, and all output was handed to the transport", [CloseReason.Clean])
            .Permit(DeadlineElapsed, Unwrapped, [CloseReason.ShutdownTimeout], ShutdownDeadlines)
            .Permit(Failed, Unwrapped, [CloseReason.Failed])
            .Permit(Aborted, Unwrapped, [CloseReason.LocalAbort, CloseReason.Unanswered])
            .Permit(TransportLost, Unwrapped, [CloseReason.Clean, CloseReason.Unanswered, CloseReason.TransportLost]);
    }
}
