using Stateless;

namespace TlsFsm.Machines;

/// <summary>
/// The words that the machines are defined in. Each says something about one cell of the state x trigger table; no cell may be
/// left out, and no cell may be silent about its reason.
/// </summary>
internal sealed class MachineBuilder<TState, TTrigger, TFacts>(StateMachine<TState, TTrigger> machine, Func<TFacts> facts)
    where TState : struct, Enum
    where TTrigger : struct, Enum
    where TFacts : class
{
    private readonly List<MachineCell> _cells = [];

    public IReadOnlyList<MachineCell> Cells => _cells;

    public StateBuilder In(TState state) => new(this, state);

    public void EnsureComplete()
    {
        var missing = from state in Enum.GetValues<TState>()
                      from trigger in Enum.GetValues<TTrigger>()
                      where !_cells.Exists(cell => cell.State == state.ToString() && cell.Trigger == trigger.ToString())
                      select $"{state} x {trigger}";
        if (missing.FirstOrDefault() is { } first)
            throw new InvalidOperationException($"The machine says nothing about {first}.");
    }

    internal sealed class StateBuilder(MachineBuilder<TState, TTrigger, TFacts> owner, TState state)
    {
        private readonly StateMachine<TState, TTrigger>.StateConfiguration _configuration = owner.Machine.Configure(state);

        /// <summary>The trigger moves to another state, always.</summary>
        /// <param name="trigger">What happened.</param>
        /// <param name="destination">Where it leads.</param>
        /// <param name="ends">If a life ends with it: the reasons that it may have. Drawn, and held against what connections say.</param>
        /// <param name="note">What the drawing says beside it.</param>
        public StateBuilder Permit(TTrigger trigger, TState destination, IReadOnlyList<CloseReason>? ends = null, string note = "")
        {
            _configuration.Permit(trigger, destination);
            return Note(trigger, MachineCellKind.Moves, destination, isGuarded: false, "", ends, note);
        }

        /// <summary>The trigger moves to another state if the guard holds, and is refused otherwise.</summary>
        public StateBuilder PermitIf(
            TTrigger trigger, TState destination, Func<TFacts, bool> guard, string description, IReadOnlyList<CloseReason>? ends = null)
        {
            _configuration.PermitIf(trigger, destination, () => guard(owner.Facts()), description);
            return Note(trigger, MachineCellKind.Moves, destination, isGuarded: true, description, ends);
        }

        /// <summary>The trigger is a fact that changes nothing here, and this is why.</summary>
        public StateBuilder IgnoreBecause(TTrigger trigger, string reason)
        {
            _configuration.IgnoreIf(trigger, static () => true, reason);
            return Note(trigger, MachineCellKind.Ignored, null, isGuarded: false, reason);
        }

        /// <summary>The trigger changes nothing if the guard holds; another line says what it does otherwise.</summary>
        public StateBuilder IgnoreIf(TTrigger trigger, Func<TFacts, bool> guard, string reason)
        {
            _configuration.IgnoreIf(trigger, () => guard(owner.Facts()), reason);
            return Note(trigger, MachineCellKind.Ignored, null, isGuarded: true, reason);
        }

        /// <summary>The trigger cannot happen here, and this is why: firing it is a bug.</summary>
        public StateBuilder RefuseBecause(TTrigger trigger, string reason) =>
            Note(trigger, MachineCellKind.Refused, null, isGuarded: false, reason);

        /// <summary>Whatever was not named so far cannot happen here, and this is why.</summary>
        public void RefuseOthersBecause(string reason)
        {
            foreach (var trigger in Enum.GetValues<TTrigger>())
                if (!owner._cells.Exists(cell => cell.State == state.ToString() && cell.Trigger == trigger.ToString()))
                    RefuseBecause(trigger, reason);
        }

        private StateBuilder Note(
            TTrigger trigger, MachineCellKind kind, TState? destination, bool isGuarded, string because,
            IReadOnlyList<CloseReason>? ends = null, string note = "")
        {
            owner._cells.Add(new MachineCell(state.ToString(), trigger.ToString(), kind, destination?.ToString(), isGuarded, because)
            {
                Ends = ends ?? [],
                Note = note,
            });
            return this;
        }
    }

    private StateMachine<TState, TTrigger> Machine => machine;

    private TFacts Facts() => facts();
}
