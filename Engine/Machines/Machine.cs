using Stateless;
using Stateless.Reflection;

namespace TlsFsm.Machines;

/// <summary>
/// One definition of a machine, run for any number of connections. Stateless keeps the arrows and the guards; the state lives
/// with the connection, which is ambient while a trigger fires.
/// </summary>
/// <remarks>
/// Sharing saves the 12 kB that a machine of one's own costs a connection (docs/decisions/0001). It is sound because an
/// immediate machine whose states are all configured changes nothing of itself when it fires, and because these machines have no
/// actions: firing cannot come back to the connection, it can only move its state.
/// </remarks>
internal sealed class Machine<TState, TTrigger, TFacts>
    where TState : struct, Enum
    where TTrigger : struct, Enum
    where TFacts : class
{
    [ThreadStatic]
    private static MachineRun<TState, TTrigger, TFacts>? _current;

    private readonly StateMachine<TState, TTrigger> _machine;

    // What Stateless has answered for each cell without a guard: the destination, or where the machine is if it moves nowhere. A cell that
    // is not here is asked for each time.
    private readonly Dictionary<(TState, TTrigger), TState> _answers = [];

    public Machine(TState initial, Action<MachineBuilder<TState, TTrigger, TFacts>> define)
    {
        // Read once by the constructor, before any connection exists.
        _machine = new StateMachine<TState, TTrigger>(
            () => _current is { } run ? run.State : initial, state => _current!.State = state, FiringMode.Immediate);
        var builder = new MachineBuilder<TState, TTrigger, TFacts>(_machine, () => _current!.Facts);
        define(builder);
        builder.EnsureComplete();
        Cells = builder.Cells;
        _machine.OnUnhandledTrigger((_, _, unmet) => _current!.Unmet = unmet ?? []);
        KeepAnswers();
    }

    /// <summary>Every state x every trigger, with where it leads and why.</summary>
    public IReadOnlyList<MachineCell> Cells { get; }

    /// <summary>What Stateless knows of the running definition.</summary>
    public StateMachineInfo GetInfo() => _machine.GetInfo();

    /// <summary>Fires; false with the unmet guards if the machine refuses.</summary>
    public bool TryFire(MachineRun<TState, TTrigger, TFacts> run, TTrigger trigger, out ICollection<string> unmet)
    {
        if (_answers.TryGetValue((run.State, trigger), out var destination))
        {
            run.State = destination;
            unmet = [];
            return true;
        }

        return Ask(run, trigger, out unmet);
    }

    /// <summary>
    /// A cell without a guard always leads to the same state, so Stateless is asked once: each time it takes a thousand bytes and half a
    /// microsecond, and a handshake has forty. What is refused is not kept.
    /// </summary>
    private void KeepAnswers()
    {
        foreach (var lines in Cells.GroupBy(cell => (cell.State, cell.Trigger)))
        {
            if (lines.Any(cell => cell.IsGuarded || cell.Kind == MachineCellKind.Refused))
                continue;

            var (state, trigger) = (Enum.Parse<TState>(lines.Key.State), Enum.Parse<TTrigger>(lines.Key.Trigger));
            var run = new MachineRun<TState, TTrigger, TFacts>(this, "", state, null!, null!);
            if (Ask(run, trigger, out _))
                _answers.Add((state, trigger), run.State);
        }
    }

    /// <summary>Asks Stateless, whatever was kept.</summary>
    internal bool Ask(MachineRun<TState, TTrigger, TFacts> run, TTrigger trigger, out ICollection<string> unmet)
    {
        var outer = _current;
        _current = run;
        try
        {
            run.Unmet = null;
            _machine.Fire(trigger);
            unmet = run.Unmet ?? [];
            return run.Unmet is null;
        }
        finally
        {
            _current = outer;
        }
    }
}
