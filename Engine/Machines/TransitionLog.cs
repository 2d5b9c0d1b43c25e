namespace TlsFsm.Machines;

/// <summary>The last steps of a connection's two machines, in the order in which they happened.</summary>
/// <remarks>Grows with use: a connection's whole life is some eight steps, so most logs never reach their bound.</remarks>
internal sealed class TransitionLog(TimeProvider clock)
{
    /// <summary>How many steps are kept: the tail that explains a failure, not a history.</summary>
    public const int Capacity = 32;

    private readonly List<Transition> _ring = [];
    private int _oldest;

    /// <summary>Told of every step, when it is made. Must not call back into the connection.</summary>
    public Action<Transition>? Added { get; set; }

    public void Add(string machine, string trigger, string from, string to)
    {
        var transition = new Transition(clock.GetUtcNow(), machine, trigger, from, to);
        Added?.Invoke(transition);
        if (_ring.Count < Capacity)
        {
            _ring.Add(transition);
            return;
        }

        _ring[_oldest] = transition;
        _oldest = (_oldest + 1) % Capacity;
    }

    /// <summary>A copy, oldest first.</summary>
    public IReadOnlyList<Transition> ToList() => [.. _ring[_oldest..], .. _ring[.._oldest]];
}
