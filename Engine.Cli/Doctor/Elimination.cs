namespace TlsFsm.Cli.Doctor;

/// <summary>
/// Finds all that a server accepts, and in which order it prefers it: offers everything, strikes out what it chose, and offers the rest.
/// </summary>
internal static class Elimination
{
    /// <param name="candidates">All that there is.</param>
    /// <param name="offerAsync">Offers some of them; null when it makes no sense to offer these.</param>
    /// <param name="chosenOf">What the server chose, and its name. Null when it chose nothing of the kind.</param>
    /// <returns>What it chose, in that order, with names; and why it may not be all.</returns>
    public static async Task<(IReadOnlyList<T> Chosen, AcceptedList List)> RunAsync<T>(
        IReadOnlyList<T> candidates, Func<IReadOnlyList<T>, Task<ProbeResult?>> offerAsync,
        Func<ProbeResult, (T Value, string Name)?> chosenOf)
        where T : struct
    {
        var rest = candidates.ToList();
        var chosen = new List<T>();
        var names = new List<string>();
        string? trouble = null;
        while (rest.Count > 0 && await offerAsync(rest) is { } result)
        {
            // Refused is the regular end: there is nothing in the rest that it takes.
            if (result is { IsAccepted: false, IsRefused: false })
                trouble = result.Reason;
            if (!result.IsAccepted || chosenOf(result) is not { } one || !rest.Remove(one.Value))
                break;

            chosen.Add(one.Value);
            names.Add(one.Name);
        }

        bool? isServers = null;
        if (chosen.Count > 1 && trouble is null)
        {
            // Offered the other way round, who follows the client's order chooses the last.
            List<T> reversed = [.. Enumerable.Reverse(chosen)];
            if (await offerAsync(reversed) is { IsAccepted: true } again && chosenOf(again) is { } first)
                isServers = EqualityComparer<T>.Default.Equals(first.Value, chosen[0]);
        }

        return (chosen, new AcceptedList(names, isServers, trouble));
    }
}
