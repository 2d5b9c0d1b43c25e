using System.Reflection;
using TlsFsm.Machines;

namespace TlsFsm.Tests.Exploration;

/// <summary>One cell of a definition, said wrongly.</summary>
/// <param name="Drawn">The cell.</param>
/// <param name="Kind">What is wrong.</param>
/// <param name="Instead">Where it leads instead; null unless the target is changed.</param>
internal sealed record Flip(DrawnCell Drawn, FlipKind Kind, string? Instead)
{
    /// <summary>Every cell, wrong in every way.</summary>
    /// <param name="allTargets">Each other state as a target, not only the next.</param>
    public static IEnumerable<Flip> All(bool allTargets) => Drawing.Cells.SelectMany(drawn => Of(drawn, allTargets));

    /// <summary>Runs something on this thread with the definition changed.</summary>
    public T Under<T>(Func<T> action)
    {
        var definition = Drawing.DefinitionOf(Drawn.Machine);
        var install = typeof(Flip).GetMethod(nameof(Install), BindingFlags.NonPublic | BindingFlags.Instance)!
            .MakeGenericMethod(definition.GetType().GetGenericArguments());
        install.Invoke(this, [definition]);
        Drawing.Changed = Drawn;
        try
        {
            return action();
        }
        finally
        {
            install.Invoke(this, [null]);
            Drawing.Changed = null;
        }
    }

    public override string ToString() => Kind switch
    {
        FlipKind.Target => $"{Drawn}: to {Instead}",
        FlipKind.GuardDropped => $"{Drawn}: without the guard",
        FlipKind.Ignored => $"{Drawn}: ignored",
        _ => $"{Drawn}: refused",
    };

    private static IEnumerable<Flip> Of(DrawnCell drawn, bool allTargets)
    {
        if (drawn.Cell.Kind == MachineCellKind.Refused)
            yield break;
        if (drawn.Cell.IsGuarded)
            yield return new(drawn, FlipKind.GuardDropped, null);
        if (drawn.Cell.Kind == MachineCellKind.Ignored)
        {
            yield return new(drawn, FlipKind.Refused, null);
            yield break;
        }

        yield return new(drawn, FlipKind.Ignored, null);
        var states = Drawing.StatesOf(drawn.Machine);
        var others = Enumerable.Range(1, states.Count - 1).Select(i => states[(states.IndexOf(drawn.Cell.Destination!) + i) % states.Count])
            .Where(state => state != drawn.Cell.State);
        foreach (var other in others.Take(allTargets ? states.Count : 1))
            yield return new(drawn, FlipKind.Target, other);
    }

    private void Install<TState, TTrigger, TFacts>(Machine<TState, TTrigger, TFacts>? definition)
        where TState : struct, Enum
        where TTrigger : struct, Enum
        where TFacts : class
    {
        if (definition is null)
        {
            MachineRun<TState, TTrigger, TFacts>.Between = null;
            return;
        }

        var state = Enum.Parse<TState>(Drawn.Cell.State);
        var trigger = Enum.Parse<TTrigger>(Drawn.Cell.Trigger);
        var destination = Enum.Parse<TState>(Drawn.Cell.Destination ?? Drawn.Cell.State);
        var instead = Instead is null ? state : Enum.Parse<TState>(Instead);
        MachineRun<TState, TTrigger, TFacts>.Between =
            (MachineRun<TState, TTrigger, TFacts> run, TTrigger fired, out ICollection<string> unmet) =>
            {
                var isHere = run.State.Equals(state) && fired.Equals(trigger);
                if (isHere && Kind == FlipKind.GuardDropped)
                {
                    (run.State, unmet) = (destination, []);
                    return true;
                }

                if (!definition.TryFire(run, fired, out unmet))
                    return false;
                if (!isHere || !run.State.Equals(destination))
                    return true;

                run.State = instead;
                return Kind != FlipKind.Refused;
            };
    }
}

/// <summary>What is wrong with a cell.</summary>
internal enum FlipKind
{
    /// <summary>It moves, and is ignored instead.</summary>
    Ignored,

    /// <summary>It is ignored, and is refused instead.</summary>
    Refused,

    /// <summary>Its guard is not asked.</summary>
    GuardDropped,

    /// <summary>It leads to another state.</summary>
    Target,
}
