namespace TlsFsm.Tests.Exploration;

/// <summary>Lives that an exploration has seen, by the cells that they walk through.</summary>
internal sealed class Lives
{
    private readonly ILookup<(string Machine, string State, string Trigger), Life> _byCell;

    private Lives(ILookup<(string, string, string), Life> byCell) => _byCell = byCell;

    public static Lives Of(IEnumerable<Findings> findings) => new((
        from found in findings
        from walked in found.Walked
        from life in walked.Value
        orderby life.Steps.Count
        select (walked.Key, life)).ToLookup(walked => (walked.Key.Machine, walked.Key.From, walked.Key.Trigger), walked => walked.life));

    /// <summary>Those whose last event tells the machine what the cell is about, shortest first.</summary>
    public IEnumerable<Life> Through(DrawnCell drawn) => _byCell[(drawn.Machine, drawn.Cell.State, drawn.Cell.Trigger)];
}
