using Stateless.Reflection;
using TlsFsm.Machines;

namespace TlsFsm.StateDiagrams;

/// <summary>
/// One machine as the writers see it: what Stateless knows of the running definition, and the reasons that the definition gives.
/// </summary>
/// <param name="Name">The files' name, without an extension.</param>
/// <param name="Title">What stands above the picture.</param>
/// <param name="Info">The running machine's own reflection.</param>
/// <param name="Cells">Every state x every trigger, with reasons.</param>
/// <param name="Starts">Where a life begins: the state, and in which case (empty: the usual one).</param>
/// <param name="Arrows">The moves, in the order of the definition; those between the same two states are one arrow.</param>
internal sealed record MachineDrawing(
    string Name,
    string Title,
    StateMachineInfo Info,
    IReadOnlyList<MachineCell> Cells,
    IReadOnlyList<(string State, string When)> Starts,
    IReadOnlyList<Arrow> Arrows)
{
    /// <summary>Both machines of a connection.</summary>
    public static IReadOnlyList<MachineDrawing> All { get; } =
    [
        Create(
            "tls",
            "TlsMachine: the life of TLS on a connection",
            TlsMachine.Definition,
            [(InitialStateOf(TlsMachine.Definition.GetInfo()), "")],
            // Every life ends in Unwrapped. One way there is the ordinary one: the transport goes after a finished shutdown.
            isFault: (from, trigger, to) =>
                to == nameof(TlsState.Unwrapped) && (from, trigger) != (nameof(TlsState.Shutdown), nameof(TlsTrigger.TransportLost))),
        Create(
            "app",
            "AppMachine: what the application is told",
            AppMachine.Definition,
            [
                (AppMachine.Start(isConnected: false, new TransitionLog(TimeProvider.System)).State.ToString(), ""),
                (AppMachine.Start(isConnected: true, new TransitionLog(TimeProvider.System)).State.ToString(),
                    "upgrade: connected already"),
            ],
            isFault: (_, _, _) => false),
    ];

    /// <summary>In the order of the definition.</summary>
    public IEnumerable<string> States => Info.States.Select(state => state.UnderlyingState.ToString()!);

    /// <summary>In the order of the table's first column.</summary>
    public IEnumerable<string> Triggers => Cells.Select(cell => cell.Trigger).Distinct();

    /// <summary>Whether no arrow leads out of a state.</summary>
    public bool IsFinal(string state) => !Arrows.Any(arrow => arrow.From == state && arrow.To != state);

    /// <summary>The facts that change nothing in a state, in the order of the definition; with the condition where there is one.</summary>
    /// <remarks>From Stateless: a drawing shows what runs. That its list and <see cref="Cells"/> agree is tested.</remarks>
    public IEnumerable<(string Trigger, string Condition)> IgnoredIn(string state) =>
        from ignored in Info.States.Single(info => info.UnderlyingState.ToString() == state).IgnoredTriggers
        let trigger = ignored.Trigger.UnderlyingTrigger.ToString()!
        let cell = Cells.Single(cell => cell.State == state && cell.Trigger == trigger && cell.Kind == MachineCellKind.Ignored)
        select (trigger, cell.IsGuarded ? cell.Because : "");

    private static MachineDrawing Create<TState, TTrigger, TFacts>(
        string name,
        string title,
        Machine<TState, TTrigger, TFacts> machine,
        IReadOnlyList<(string, string)> starts,
        Func<string, string, string, bool> isFault)
        where TState : struct, Enum
        where TTrigger : struct, Enum
        where TFacts : class
    {
        var info = machine.GetInfo();
        return new MachineDrawing(name, title, info, machine.Cells, starts, Arrow.Merge(info, isFault));
    }

    private static string InitialStateOf(StateMachineInfo info) => info.InitialState.UnderlyingState.ToString()!;
}
