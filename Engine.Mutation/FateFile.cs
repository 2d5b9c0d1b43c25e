using System.Text.Json;

namespace TlsFsm.Mutation;

/// <summary>What became of each mutant, a line of JSON each, as it comes: a run that is stopped has lost nothing.</summary>
/// <param name="path">Of the file.</param>
internal sealed class FateFile(string path)
{
    private readonly Lock _lock = new();

    /// <summary>The last fate of each mutant that is still there.</summary>
    public Dictionary<string, Fate> Read(IReadOnlyList<Mutant> mutants)
    {
        var there = mutants.ToDictionary(mutant => mutant.Key);
        var fates = new Dictionary<string, Fate>();
        foreach (var line in File.Exists(path) ? File.ReadAllLines(path) : [])
        {
            var fate = JsonSerializer.Deserialize<Fate>(line)!;
            if (there.TryGetValue(fate.Mutant.Key, out var mutant))
                fates[mutant.Key] = fate with { Mutant = mutant };
        }

        return fates;
    }

    public void Add(Fate fate)
    {
        lock (_lock)
            File.AppendAllText(path, JsonSerializer.Serialize(fate) + '\n');
        if (!fate.IsNoticed)
            Console.WriteLine(
                $"survived: {fate.Mutant.File}({fate.Mutant.Line}): {fate.Mutant.What}{(fate.Tests == 0 ? " (no test reaches it)" : "")}");
    }

    public void Clear() => File.Delete(path);
}
