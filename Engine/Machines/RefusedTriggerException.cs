using System.Text;

namespace TlsFsm;

/// <summary>A machine was told a fact that cannot be: a call in the wrong order, or a bug. Nothing has changed.</summary>
public sealed class RefusedTriggerException : InvalidOperationException
{
    internal RefusedTriggerException(
        string machine, string state, string trigger, IReadOnlyList<string> unmetGuards, IReadOnlyList<Transition> transitions)
        : base(Describe(machine, state, trigger, unmetGuards, transitions))
    {
        Machine = machine;
        State = state;
        Trigger = trigger;
        UnmetGuards = unmetGuards;
        Transitions = transitions;
    }

    /// <summary>The machine that refused: <c>Tls</c> or <c>App</c>.</summary>
    public string Machine { get; }

    /// <summary>The state that refused.</summary>
    public string State { get; }

    /// <summary>The trigger that was refused.</summary>
    public string Trigger { get; }

    /// <summary>The guards that were not met; empty when there is no arrow at all.</summary>
    public IReadOnlyList<string> UnmetGuards { get; }

    /// <summary>The last steps of both machines, oldest first; at most 32.</summary>
    public IReadOnlyList<Transition> Transitions { get; }

    private static string Describe(
        string machine, string state, string trigger, IReadOnlyList<string> unmetGuards, IReadOnlyList<Transition> transitions)
    {
        var text = new StringBuilder($"The {machine} machine refuses {trigger} in state {state}");
        text.Append(unmetGuards.Count == 0 ? ": no arrow leads from there." : $": unmet guards: {string.Join("; ", unmetGuards)}.");
        text.Append(transitions.Count == 0 ? " Nothing happened before." : " What happened before:");
        foreach (var transition in transitions)
            text.AppendLine().Append("  ").Append(transition);

        return text.ToString();
    }
}
