using TlsFsm.Machines;

namespace TlsFsm.Tests.Exploration;

/// <summary>The log against the drawing.</summary>
internal sealed class OnlyDrawnSteps : Invariant
{
    public override string Sentence => "Every step in the log is drawn, no trigger is refused, and nothing else escapes.";

    public override string? Broken(World world)
    {
        foreach (var entry in world.Journal.Entries)
        {
            if (entry.Sight == Sight.Escaped)
                return $"{entry.Details} escaped";
            if (entry.Sight == Sight.Unhandled && entry.Details != nameof(InvalidDataException))
                return $"{entry.Details} was reported as unhandled";
            if (entry.Sight == Sight.Spins)
                return "the loop turns without end";
            if (entry.Transition is { } step && !Drawing.Has(step))
                return $"not drawn: {entry}";
        }

        return null;
    }
}

/// <summary>The application's data and the wire, before the handshake has finished.</summary>
internal sealed class NothingPlainBeforeWrapped : Invariant
{
    public override string Sentence => "No application data crosses, in either direction, before Wrapped.";

    public override string? Broken(World world)
    {
        foreach (var entry in world.Journal.Entries)
        {
            if (entry.Transition is { To: nameof(TlsState.Wrapped) })
                return null;
            if (entry.Sight == Sight.Data || (entry.Sight == Sight.Sent && entry.Details.Contains('d', StringComparison.Ordinal)))
                return $"{entry} before Wrapped";
        }

        return null;
    }
}
