namespace TlsFsm.Mutation;

/// <summary>
/// Why some mutants change nothing that anyone could notice. Of <c>Explained.txt</c>: a line with file, change, the how manieth
/// like it in the file, and text of the line, by " | ", and below it, indented, the reason.
/// </summary>
internal sealed class Explanations
{
    private readonly Dictionary<string, string> _reasons = [];

    /// <exception cref="InvalidOperationException">It cannot be read: an entry has no reason, say.</exception>
    public Explanations(string path)
    {
        string? place = null;
        foreach (var line in File.ReadAllLines(path).Where(line => line.Length > 0 && line[0] != '#'))
        {
            if (line[0] != ' ')
                _reasons[place = line] = "";
            else if (place is null)
                throw new InvalidOperationException($"{path}: a reason stands before what it is of: {line}");
            else
                _reasons[place] = $"{_reasons[place]} {line.Trim()}".Trim();
        }

        if (_reasons.FirstOrDefault(reason => reason.Value.Length == 0).Key is { } bare)
            throw new InvalidOperationException($"{path}: no reason is given for: {bare}");
    }

    public bool Has(Fate fate) => !fate.IsNoticed && _reasons.ContainsKey(Place(fate.Mutant));

    /// <summary>Those that are none any more: the line has changed, or a test notices each such mutant.</summary>
    public IReadOnlyList<string> Stale(IReadOnlyCollection<Fate> fates, IReadOnlyCollection<string> files) =>
    [
        .. _reasons.Keys.Where(place => files.Any(file => place.StartsWith(file, StringComparison.Ordinal)))
            .Except(fates.Where(fate => !fate.IsNoticed).Select(fate => Place(fate.Mutant))),
    ];

    private static string Place(Mutant mutant) => $"{mutant.File} | {mutant.What} | {mutant.Time} | {mutant.Text}";
}
