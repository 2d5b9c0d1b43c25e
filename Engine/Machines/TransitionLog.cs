using System.Collections.Concurrent;

namespace TlsFsm.Machines;

/// <summary>The last steps of a connection's machines, in the order in which they happened.</summary>
/// <remarks>Grows with use: a connection's whole life is some fifteen steps, so most logs never reach their bound.</remarks>
/// <param name="clock">Stamps the steps.</param>
/// <param name="broken">
/// Told when the clock or <see cref="Added"/> throws: both are foreign, and run when the step is made already, so it stands.
/// </param>
internal sealed class TransitionLog(TimeProvider clock, Action<Exception, string>? broken = null)
{
    /// <summary>How many steps are kept: the tail that explains a failure, not a history.</summary>
    public const int Capacity = 32;

    private static readonly ConcurrentDictionary<(string Machine, string Trigger, string From, string To), Step> Steps = new();

    private readonly List<(DateTimeOffset Time, Step Step)> _ring = new(UsualSteps);
    private int _oldest;
    private DateTimeOffset _now;

    /// <summary>Told of every step, when it is made. Must not call back into the connection.</summary>
    public Action<Transition>? Added { get; set; }

    /// <summary>Told of every step before <see cref="Added"/>.</summary>
    public IMoveWitness? Witness { get; init; }

    public void Add(string machine, string trigger, string from, string to)
    {
        var transition = new Transition(ReadClock(), machine, trigger, from, to);
        Keep(transition.Time, Steps.GetOrAdd(
            (machine, trigger, from, to), static one => new Step(one.Machine, one.Trigger, one.From, one.To)));
        Witness?.Moved(transition);
        try
        {
            Added?.Invoke(transition);
        }
        catch (Exception exception) when (broken is not null)
        {
            broken(exception, "The observer of transitions failed.");
        }
    }

    /// <summary>A copy, oldest first.</summary>
    public IReadOnlyList<Transition> ToList()
    {
        var copy = new Transition[_ring.Count];
        for (var i = 0; i < copy.Length; i++)
        {
            var (time, step) = _ring[(_oldest + i) % copy.Length];
            copy[i] = new Transition(time, step.Machine, step.Trigger, step.From, step.To);
        }

        return copy;
    }

    private void Keep(DateTimeOffset time, Step step)
    {
        if (_ring.Count < Capacity)
        {
            _ring.Add((time, step));
            return;
        }

        _ring[_oldest] = (time, step);
        _oldest = (_oldest + 1) % Capacity;
    }

    /// <summary>A clock that fails shows the time that it showed last.</summary>
    private DateTimeOffset ReadClock()
    {
        try
        {
            return _now = clock.GetUtcNow();
        }
        catch (Exception exception) when (broken is not null)
        {
            broken(exception, "The clock of the event loop failed.");
            return _now;
        }
    }

    /// <summary>Up to the end of the handshake.</summary>
    private const int UsualSteps = 6;

    /// <summary>What all connections' steps of this kind share: there are some hundred kinds, by the definitions of the machines.</summary>
    private sealed record Step(string Machine, string Trigger, string From, string To);
}
