namespace TlsFsm.Machines;

/// <summary>One connection's way through a machine: its state, its facts, and the log that its steps go to.</summary>
internal sealed class MachineRun<TState, TTrigger, TFacts>
    where TState : struct, Enum
    where TTrigger : struct, Enum
    where TFacts : class
{
    /// <summary>
    /// Stands between the connections of this thread and their definition; null, as always but in a test that looks at what a wrong cell
    /// would do.
    /// </summary>
    [ThreadStatic]
    internal static Firing? Between;

    private readonly Machine<TState, TTrigger, TFacts> _machine;
    private readonly string _name;
    private readonly TransitionLog _log;

    public MachineRun(Machine<TState, TTrigger, TFacts> machine, string name, TState initial, TFacts facts, TransitionLog log)
    {
        _machine = machine;
        _name = name;
        State = initial;
        Facts = facts;
        _log = log;
    }

    /// <inheritdoc cref="Machine{TState, TTrigger, TFacts}.TryFire"/>
    internal delegate bool Firing(MachineRun<TState, TTrigger, TFacts> run, TTrigger trigger, out ICollection<string> unmet);

    /// <summary>Where the connection is. Reading it costs nothing: the data path switches on it and never fires.</summary>
    public TState State { get; set; }

    public TFacts Facts { get; }

    public ICollection<string>? Unmet { get; set; }

    /// <summary>Tells the machine a fact.</summary>
    /// <exception cref="RefusedTriggerException">
    /// The machine has no arrow for it here, or a guard is not met: a bug of the caller.
    /// </exception>
    public void Fire(TTrigger trigger)
    {
        var from = State;
        var isTaken = Between is { } between ? between(this, trigger, out var unmet) : _machine.TryFire(this, trigger, out unmet);
        if (!isTaken)
            throw new RefusedTriggerException(_name, from.ToString(), trigger.ToString(), [.. unmet], _log.ToList());

        _log.Add(_name, trigger.ToString(), from.ToString(), State.ToString());
    }

    public override string ToString() => $"{_name}: {State}";
}
