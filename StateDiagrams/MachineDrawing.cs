using Stateless.Reflection;
using TlsFsm.Machines;

namespace TlsFsm.StateDiagrams;

/// <summary>
/// One machine as the writers see it: what Stateless knows of the running definition, and the reasons that the definition gives.
/// </summary>
/// <param name="Name">The files' name, without an extension.</param>
/// <param name="Title">What stands above the picture.</param>
/// <param name="Caption">A sentence on what it shows.</param>
/// <param name="CutShort">What it means that an arrow is dashed; empty where none is.</param>
/// <param name="Columns">
/// Places that are drawn in one straight column each: first those that an ordinary life goes through, then ways beside it.
/// </param>
/// <param name="Info">The running machine's own reflection.</param>
/// <param name="Cells">Every state x every trigger, with reasons.</param>
/// <param name="Starts">Where a life begins: the state, and in which case (empty: the usual one).</param>
/// <param name="Arrows">The moves, in the order of the definition; those between the same two states are one arrow.</param>
internal sealed record MachineDrawing(
    string Name,
    string Title,
    string Caption,
    string CutShort,
    IReadOnlyList<IReadOnlyList<string>> Columns,
    StateMachineInfo Info,
    IReadOnlyList<MachineCell> Cells,
    IReadOnlyList<(string State, string When)> Starts,
    IReadOnlyList<Arrow> Arrows)
{
    /// <summary>The machines of a connection.</summary>
    public static IReadOnlyList<MachineDrawing> All { get; } =
    [
        Create(
            "tls",
            "TlsMachine: the life of TLS on a connection",
            "One step forward at a time, and from anywhere to the end, which has a reason.",
            "cut short by a fault, an abort, a deadline or a loss",
            [["Unwrapped", "DoHandshake", "Wrapped", "Flushing", "Shutdown", "Unwrapped_over"]],
            TlsMachine.Definition,
            [(InitialStateOf(TlsMachine.Definition.GetInfo()), "")],
            isCutShort: (_, move, _) => move is { Ends.Count: > 0, EndsInOrder: false }),
        Create(
            "app",
            "AppMachine: what the application is told",
            "That the connection stands, that the peer sends no more, that it is gone: each at most once.",
            "",
            [["Init", "ConnectionMade", "Eof", "ConnectionLost"]],
            AppMachine.Definition,
            [
                (AppMachine.Start(isConnected: false, new TransitionLog(TimeProvider.System)).State.ToString(), ""),
                (AppMachine.Start(isConnected: true, new TransitionLog(TimeProvider.System)).State.ToString(),
                    "upgrade: connected already"),
            ],
            isCutShort: (_, _, _) => false),
        Create(
            "read",
            "ReadMachine: the peer's direction",
            "What arrives is delivered, or discarded after our own close, until the peer's close_notify or the end of its stream.",
            "a bad record, or a stream that was cut off",
            [["Idle", "Open", "Closed", "Ended"], ["Discarding", "Unanswered"], ["HeldEnded", "Draining", "DiscardingRest"]],
            ReadMachine.Definition,
            [(InitialStateOf(ReadMachine.Definition.GetInfo()), "")],
            isCutShort: (_, _, to) => to == nameof(ReadState.Failed)),
        Create(
            "write",
            "WriteMachine: our own direction",
            "What is written goes out, alone or behind the peer's end, until our close_notify has left.",
            "the connection is over first, for whatever reason",
            [["Waiting", "Open", "Closing", "Closed", "Over"], ["KeptOpen", "Ended"]],
            WriteMachine.Definition,
            [(InitialStateOf(WriteMachine.Definition.GetInfo()), "")],
            isCutShort: (from, _, to) => to == nameof(WriteState.Over) && from != nameof(WriteState.Closed)),
    ];

    /// <summary>What an ordinary life goes through.</summary>
    public IReadOnlyList<string> MainPath => Columns[0];

    /// <summary>In the order of the definition.</summary>
    public IEnumerable<string> States => Info.States.Select(state => state.UnderlyingState.ToString()!);

    /// <summary>In the order of the table's first column.</summary>
    public IEnumerable<string> Triggers => Cells.Select(cell => cell.Trigger).Distinct();

    /// <summary>The arrows that many states have alike.</summary>
    public IReadOnlyList<SharedArrow> Shared { get; } = SharedArrow.Find(
        Arrows, [.. Info.States.Select(state => state.UnderlyingState.ToString()!)]);

    /// <summary>The arrows that are drawn one by one.</summary>
    public IEnumerable<Arrow> Single => Arrows.Where(arrow => !Shared.Any(shared => shared.Covers(arrow)));

    /// <summary>Whether no arrow leads out of a state, so that a life, or what the machine has to say of it, ends there.</summary>
    public bool IsFinal(string state) => !Arrows.Any(arrow => arrow.From == state && arrow.To != state);

    /// <summary>
    /// Where a life ends: the state, and the place of it in a drawing. They differ where the state is also that in which a life begins.
    /// </summary>
    public IEnumerable<(string State, string Place)> Ends =>
        States.Where(IsFinal).Select(state => (state, state)).Concat(
            Arrows.Where(arrow => arrow.EndsLife).Select(arrow => (arrow.To, EndOf(arrow))).Distinct());

    /// <summary>
    /// Whether an arrow is one of many to the same end and not the main one, so that it is drawn to a final mark of its own.
    /// </summary>
    public bool IsAside(Arrow arrow)
    {
        var alike = Single.Where(other => EndOf(other) == EndOf(arrow)).ToList();
        return Ends.Any(end => end.Place == EndOf(arrow)) && alike.Count > 3 && arrow != alike.Last(other => !other.IsCutShort);
    }

    /// <summary>The place in a drawing that an arrow leads to.</summary>
    public string EndOf(Arrow arrow) => arrow.EndsLife && !IsFinal(arrow.To) ? $"{arrow.To}_over" : arrow.To;

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
        string caption,
        string cutShort,
        IReadOnlyList<IReadOnlyList<string>> columns,
        Machine<TState, TTrigger, TFacts> machine,
        IReadOnlyList<(string, string)> starts,
        Func<string, Move, string, bool> isCutShort)
        where TState : struct, Enum
        where TTrigger : struct, Enum
        where TFacts : class
    {
        var info = machine.GetInfo();
        return new MachineDrawing(
            name, title, caption, cutShort, columns, info, machine.Cells, starts, Arrow.Merge(info, machine.Cells, isCutShort));
    }

    private static string InitialStateOf(StateMachineInfo info) => info.InitialState.UnderlyingState.ToString()!;
}
