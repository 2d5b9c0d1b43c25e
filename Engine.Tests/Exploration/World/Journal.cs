namespace TlsFsm.Tests.Exploration;

/// <summary>What was seen on a connection, in the order in which it happened.</summary>
internal sealed class Journal
{
    private readonly List<Entry> _entries = [];
    private readonly int[] _counts = new int[(int)Sight.Spins + 1];

    // Millions of worlds are asked: the list itself, and what is asked most is counted as it comes.
    public List<Entry> Entries => _entries;

    public int Count => _entries.Count;

    /// <summary>The handshake has finished.</summary>
    public bool HasWrapped { get; private set; }

    /// <summary>How often TLS has come to its end.</summary>
    public int Ends { get; private set; }

    /// <summary>The first step that is not drawn.</summary>
    public Transition? Undrawn { get; private set; }

    public void Add(Sight sight, string details = "")
    {
        _entries.Add(new Entry(sight, details));
        _counts[(int)sight]++;
    }

    public void Add(Transition transition)
    {
        _entries.Add(new Entry(Sight.Stepped, transition.Trigger, transition));
        _counts[(int)Sight.Stepped]++;
        HasWrapped |= transition.To == nameof(TlsState.Wrapped);
        Ends += _entries[^1].IsEnd ? 1 : 0;
        if (Undrawn is null && !Drawing.Has(transition))
            Undrawn = transition;
    }

    public bool Has(Sight sight) => _counts[(int)sight] > 0;

    public int CountOf(Sight sight) => _counts[(int)sight];

    public override string ToString() => string.Join(" | ", _entries);
}

/// <summary>One thing that was seen.</summary>
internal readonly record struct Entry(Sight Sight, string Details, Transition? Transition = null)
{
    /// <summary>Whether it is TLS coming to its end.</summary>
    public bool IsEnd => Transition is { Machine: "Tls", To: nameof(TlsState.Unwrapped), From: not nameof(TlsState.Unwrapped) };

    public override string ToString() => Transition is { } step
        ? $"{step.Machine}: {step.From} --{step.Trigger}--> {step.To}"
        : Details.Length == 0 ? $"{Sight}" : $"{Sight} {Details}";
}

/// <summary>What can be seen of a connection from outside.</summary>
internal enum Sight
{
    /// <summary>A machine made a step.</summary>
    Stepped,

    /// <summary>The application was told that the connection stands.</summary>
    Made,

    /// <summary>The application was given data.</summary>
    Data,

    /// <summary>The application was told that the peer sends no more.</summary>
    Eof,

    /// <summary>The application was told that the connection is gone.</summary>
    Lost,

    /// <summary>The application was asked to pause writing.</summary>
    Pause,

    /// <summary>The application was asked to resume writing.</summary>
    Resume,

    /// <summary>The transport was given bytes.</summary>
    Sent,

    /// <summary>The transport was asked to pause reading.</summary>
    ReadingPaused,

    /// <summary>The transport was asked to resume reading.</summary>
    ReadingResumed,

    /// <summary>The transport was asked to close.</summary>
    Closed,

    /// <summary>The transport was aborted.</summary>
    Aborted,

    /// <summary>Whoever awaits the handshake was told.</summary>
    Settled,

    /// <summary>An exception was reported as unhandled.</summary>
    Unhandled,

    /// <summary>The application called.</summary>
    Called,

    /// <summary>A call of the application was refused.</summary>
    Refused,

    /// <summary>A call of the application was refused, and yet something has changed.</summary>
    RefusedTooLate,

    /// <summary>An exception escaped into the transport.</summary>
    Escaped,

    /// <summary>The next protocol was told that it has the transport.</summary>
    NextMade,

    /// <summary>The next protocol was given data.</summary>
    NextData,

    /// <summary>The loop turns without end.</summary>
    Spins,
}
