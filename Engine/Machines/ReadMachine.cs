using static TlsFsm.ReadState;
using static TlsFsm.ReadTrigger;

namespace TlsFsm.Machines;

/// <summary>The life of the peer's direction: the only definition.</summary>
/// <remarks>
/// The end of the transport's stream is an event in the order of its bytes: it ends nothing before what came ahead of it is delivered, or
/// is not wanted any more.
/// </remarks>
internal static class ReadMachine
{
    public const string Name = "Read";

    public static Machine<ReadState, ReadTrigger, ILifeFacts> Definition { get; } = new(Idle, Define);

    public static MachineRun<ReadState, ReadTrigger, ILifeFacts> Start(ILifeFacts facts, TransitionLog log) =>
        new(Definition, Name, Idle, facts, log);

    private static void Define(MachineBuilder<ReadState, ReadTrigger, ILifeFacts> machine)
    {
        machine.In(Idle)
            .Permit(DecisionAsked, Deciding)
            .Permit(HandshakeCompleted, Open)
            .Permit(HandshakeHeld, Held)
            .Permit(ConnectionEnded, Over)
            .RefuseOthersBecause("before the handshake has finished there is one life alone, that of TLS");

        machine.In(Deciding)
            .Permit(DecisionMade, Idle)
            .Permit(ConnectionEnded, Over)
            .RefuseOthersBecause("the handshake stands still");

        machine.In(Held)
            .Permit(Continued, Open)
            .Permit(EndOfStream, HeldEnded)
            .Permit(CloseRequested, Discarding)
            .Permit(ConnectionEnded, Over)
            .RefuseOthersBecause("nothing is read while it is held");

        machine.In(HeldEnded)
            .Permit(Continued, Draining)
            .IgnoreBecause(EndOfStream, "a stream ends once")
            .Permit(CloseRequested, DiscardingRest)
            .Permit(ConnectionEnded, Over)
            .RefuseOthersBecause("nothing is read while it is held");

        machine.In(Open)
            .Permit(EndOfStream, Draining)
            .Permit(CloseNotifyReceived, Closed)
            .Permit(CloseRequested, Discarding)
            .Permit(RecordRefused, Failed)
            .Permit(ConnectionEnded, Over)
            .RefuseOthersBecause("the handshake is over, the stream is not, and nothing was closed");

        machine.In(Draining)
            .IgnoreBecause(EndOfStream, "a stream ends once")
            .Permit(CloseNotifyReceived, Ended)
            .Permit(CloseRequested, DiscardingRest)
            .PermitIf(RestDelivered, Ended, facts => facts.IsRestDelivered && facts.ToleratesTruncation,
                "all is delivered, and an end without close_notify is tolerated")
            .PermitIf(RestDelivered, Failed, facts => facts.IsRestDelivered && !facts.ToleratesTruncation,
                "all is delivered, and an end without close_notify is not tolerated")
            .Permit(RecordRefused, Failed)
            .Permit(ConnectionEnded, Over)
            .RefuseOthersBecause("the handshake is over, and nothing was closed");

        machine.In(Discarding)
            .Permit(EndOfStream, DiscardingRest)
            .Permit(CloseNotifyReceived, Closed)
            .IgnoreBecause(CloseRequested, "closed already")
            .Permit(AnswerGivenUp, Unanswered)
            .Permit(ConnectionEnded, Over)
            .RefuseOthersBecause("what arrives is discarded");

        machine.In(DiscardingRest)
            .IgnoreBecause(EndOfStream, "a stream ends once")
            .Permit(CloseNotifyReceived, Ended)
            .IgnoreBecause(CloseRequested, "closed already")
            .Permit(AnswerGivenUp, Unanswered)
            .Permit(ConnectionEnded, Over)
            .RefuseOthersBecause("what arrived is discarded");

        machine.In(Closed)
            .PermitIf(EndOfStream, Ended, facts => facts.HasSuccessor, "another protocol waits for the transport")
            .IgnoreIf(EndOfStream, facts => !facts.HasSuccessor, "the peer's direction has ended already")
            .IgnoreBecause(CloseRequested, "the peer sends no more")
            .Permit(ConnectionEnded, Over)
            .RefuseOthersBecause("nothing is read behind a close_notify");

        machine.In(Ended)
            .IgnoreBecause(EndOfStream, "a stream ends once")
            .IgnoreBecause(CloseRequested, "the peer sends no more")
            .Permit(ConnectionEnded, Over)
            .RefuseOthersBecause("nothing is left to read");

        machine.In(Unanswered)
            .IgnoreBecause(EndOfStream, "nothing is awaited any more")
            .IgnoreBecause(CloseRequested, "closed already")
            .Permit(ConnectionEnded, Over)
            .RefuseOthersBecause("nothing is read any more");

        machine.In(Failed)
            .IgnoreBecause(EndOfStream, "the failure follows")
            .IgnoreBecause(CloseRequested, "a close in the last delivery changes nothing: the failure follows")
            .Permit(ConnectionEnded, Over)
            .RefuseOthersBecause("nothing is read behind a failure");

        machine.In(Over)
            .IgnoreBecause(ConnectionEnded, "it ends once")
            .RefuseOthersBecause("it is over");
    }
}
