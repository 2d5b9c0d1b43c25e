using static TlsFsm.WriteState;
using static TlsFsm.WriteTrigger;

namespace TlsFsm.Machines;

/// <summary>The life of our own direction: the only definition.</summary>
internal static class WriteMachine
{
    public const string Name = "Write";

    public static Machine<WriteState, WriteTrigger, ILifeFacts> Definition { get; } = new(Waiting, Define);

    public static MachineRun<WriteState, WriteTrigger, ILifeFacts> Start(ILifeFacts facts, TransitionLog log) =>
        new(Definition, Name, Waiting, facts, log);

    private static void Define(MachineBuilder<WriteState, WriteTrigger, ILifeFacts> machine)
    {
        const string CanCloseWrite = "TLS 1.3, or half-close is allowed";

        machine.In(Waiting)
            .Permit(HandshakeCompleted, Open)
            .Permit(ConnectionEnded, Over)
            .RefuseOthersBecause("before the handshake has finished no direction can end alone");

        machine.In(Open)
            .Permit(WriteTrigger.KeptOpen, WriteState.KeptOpen)
            .PermitIf(WriteCloseRequested, HalfClosed, facts => facts.CanCloseWrite, CanCloseWrite)
            .Permit(CloseBegun, Closing)
            .Permit(ConnectionEnded, Over)
            .RefuseOthersBecause("the handshake is over, and nothing was closed");

        machine.In(WriteState.KeptOpen)
            .PermitIf(WriteCloseRequested, Ended, facts => facts.CanCloseWrite, CanCloseWrite)
            .Permit(CloseBegun, Closing)
            .Permit(ConnectionEnded, Over)
            .RefuseOthersBecause("the peer's direction ends once");

        machine.In(HalfClosed)
            .Permit(WriteTrigger.KeptOpen, Ended)
            .IgnoreBecause(WriteCloseRequested, "once is enough")
            .Permit(CloseBegun, Closing)
            .Permit(ConnectionEnded, Over)
            .RefuseOthersBecause("the handshake is over, and the connection is not closed");

        machine.In(Ended)
            .IgnoreBecause(WriteCloseRequested, "once is enough")
            .Permit(CloseBegun, Closing)
            .Permit(ConnectionEnded, Over)
            .RefuseOthersBecause("both directions have ended, and the connection is not closed");

        machine.In(Closing)
            .IgnoreBecause(WriteCloseRequested, "our close_notify is on its way")
            .PermitIf(ShutdownCompleted, Closed, facts => facts.IsOutputHandedOver, "all output was handed to the transport")
            .Permit(ConnectionEnded, Over)
            .RefuseOthersBecause("our direction ends once");

        machine.In(Closed)
            .IgnoreBecause(WriteCloseRequested, "our close_notify has gone out")
            .Permit(ConnectionEnded, Over)
            .RefuseOthersBecause("the shutdown has run its course");

        machine.In(Over)
            .IgnoreBecause(WriteCloseRequested, "nothing is open")
            .IgnoreBecause(ConnectionEnded, "it ends once")
            .RefuseOthersBecause("it is over");
    }
}
