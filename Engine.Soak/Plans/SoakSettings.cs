namespace TlsFsm.Soak.Plans;

/// <summary>What a run is to do.</summary>
/// <param name="Seed">Gives each connection its plan.</param>
/// <param name="Time">How long connections are begun. Those that are there then are played to their end.</param>
/// <param name="Connections">How many at once.</param>
/// <param name="Hosts">Over what.</param>
/// <param name="Faults">What happens.</param>
internal sealed record SoakSettings(
    long Seed, TimeSpan Time, int Connections, IReadOnlyList<HostKind> Hosts, IReadOnlyList<WireFault> Faults)
{
    /// <summary>Connections in all, at most. Null: as many as the time allows.</summary>
    public long? Limit { get; init; }

    /// <summary>Only this connection of the run: to play one again.</summary>
    public long? Only { get; init; }

    /// <summary>Whether the process does nothing else, so that what it holds is the load's.</summary>
    public bool IsAlone { get; init; } = true;

    /// <summary>When nothing at all has moved for so long, whoever is left waits for ever.</summary>
    public TimeSpan Standstill { get; init; } = TimeSpan.FromSeconds(90);

    public ConnectionPlan Plan(long number) => ConnectionPlan.Of(Seed, number, Hosts, Faults);
}
