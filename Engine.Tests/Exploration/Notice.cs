namespace TlsFsm.Tests.Exploration;

/// <summary>Who notices that a cell is said wrongly.</summary>
internal static class Notice
{
    public const string ByTable = "noticed by a table alone";
    public const string ByNobody = "noticed by nobody";

    public static string Of(Flip flip, Lives lives, bool asksTraces)
    {
        if (flip.Under(() => FirstBroken(lives.Through(flip.Drawn))) is { } invariant)
            return $"noticed by the invariant {invariant}";
        if (asksTraces && flip.Under(ConformanceTraces.FirstThatDiffers) is not null)
            return "noticed by a trace";
        return flip.Under(MachineTables.FirstThatFails) is not null ? ByTable : ByNobody;
    }

    /// <summary>Lives each life again, looks what else could happen to it, and takes every way out.</summary>
    private static string? FirstBroken(IEnumerable<Life> lives)
    {
        foreach (var life in lives)
        {
            var world = life.Relive();
            foreach (var next in life.Setting.Steps.Where(step => step.IsPossible(world)).Cast<Step?>().Append(null))
            {
                Life longer = next is null ? life : life with { Steps = [.. life.Steps, next] };
                if (BrokenIn(longer.Relive()) is { } broken)
                    return broken;
                foreach (var way in next is null ? WayOut.All : [])
                {
                    var end = life.Relive();
                    if (!way.Takes(end))
                        continue;
                    way.Take(end);
                    if (BrokenIn(end) is { } brokenAtTheEnd)
                        return brokenAtTheEnd;
                }
            }
        }

        return null;
    }

    private static string? BrokenIn(World world) =>
        Invariant.All.FirstOrDefault(invariant => invariant.Broken(world) is not null)?.Name;
}
