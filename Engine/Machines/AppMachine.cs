using static TlsFsm.AppState;
using static TlsFsm.AppTrigger;

namespace TlsFsm.Machines;

/// <summary>What the application is told, and when: the only definition.</summary>
/// <remarks><c>INIT -> CON_MADE -> [EOF] -> CON_LOST</c>; an application that was told nothing is told nothing.</remarks>
internal static class AppMachine
{
    public const string Name = "App";

    public static Machine<AppState, AppTrigger, object> Definition { get; } = new(Init, Define);

    /// <param name="isConnected">An upgrade: the application is connected already.</param>
    /// <param name="log">Where the steps are kept.</param>
    public static MachineRun<AppState, AppTrigger, object> Start(bool isConnected, TransitionLog log) =>
        new(Definition, Name, isConnected ? ConnectionMade : Init, NoFacts, log);

    private static readonly object NoFacts = new();

    private static void Define(MachineBuilder<AppState, AppTrigger, object> machine)
    {
        machine.In(Init)
            .Permit(HandshakeCompleted, ConnectionMade)
            .RefuseBecause(EndReached, "nothing is read before the handshake has finished")
            .IgnoreBecause(TransportLost, "an application that was never told of the connection is not told of its loss");

        machine.In(ConnectionMade)
            .IgnoreBecause(HandshakeCompleted, "an upgrade: the application is connected already")
            .Permit(EndReached, Eof)
            .Permit(TransportLost, ConnectionLost);

        machine.In(Eof)
            .RefuseBecause(HandshakeCompleted, "a handshake completes once")
            .IgnoreBecause(EndReached, "told once")
            .Permit(TransportLost, ConnectionLost);

        machine.In(ConnectionLost)
            .RefuseBecause(HandshakeCompleted, "a handshake completes once")
            .IgnoreBecause(EndReached, "it is over")
            .IgnoreBecause(TransportLost, "told once");
    }
}
