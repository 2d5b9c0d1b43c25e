using TlsFsm.Machines;

namespace TlsFsm.Tests.Exploration;

/// <summary>The log against the drawing.</summary>
internal sealed class OnlyDrawnSteps : Invariant
{
    public override string Sentence => "Every step in the log is drawn, no trigger is refused, and nothing else escapes.";

    public override string? Broken(World world)
    {
        if (world.Journal.Undrawn is { } step)
            return $"not drawn: {step.Machine}: {step.From} --{step.Trigger}--> {step.To}";
        if (world.Journal.Has(Sight.Spins))
            return "the loop turns without end";
        if (world.Journal.Has(Sight.Escaped))
            return $"{world.Journal.Entries.Find(entry => entry.Sight == Sight.Escaped).Details} escaped";
        return world.Journal.Has(Sight.Unhandled) && world.Journal.Entries.Exists(IsUnexpected)
            ? $"{world.Journal.Entries.Find(IsUnexpected).Details} was reported as unhandled" : null;
    }

    private static bool IsUnexpected(Entry entry) => entry.Sight == Sight.Unhandled && entry.Details != nameof(InvalidDataException);
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
