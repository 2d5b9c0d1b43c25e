using TlsFsm.Tests.Architecture;

namespace TlsFsm.Tests.Exploration.Faults;

/// <summary>A fault that the engine once had, or could have, as a patch of its sources: what it takes to put it back.</summary>
/// <param name="Name">The file's name.</param>
/// <param name="Says">What is wrong with it.</param>
/// <param name="NoticedBy">The invariant, or the test, that must notice.</param>
/// <param name="Tests">The tests to run, as in a filter.</param>
/// <param name="Hunks">What is replaced.</param>
internal sealed record FaultPatch(string Name, string Says, string NoticedBy, string Tests, IReadOnlyList<Hunk> Hunks)
{
    private const string FolderName = "Engine.Tests/Exploration/Faults";

    /// <summary>All of them, from the working copy.</summary>
    public static IReadOnlyList<FaultPatch> All { get; } =
    [
        .. Directory.GetFiles(Path.Combine(Repository.Folder, FolderName), "*.patch").Order(StringComparer.Ordinal)
            .Select(file => Parse(Path.GetFileNameWithoutExtension(file), File.ReadAllLines(file))),
    ];

    /// <summary>Puts it into a copy of the sources. A hunk fits where its text stands, and it must stand there once.</summary>
    /// <param name="folder">The copy.</param>
    /// <exception cref="InvalidDataException">A hunk fits nowhere, or in several places.</exception>
    public void ApplyTo(string folder)
    {
        foreach (var file in Hunks.GroupBy(hunk => hunk.File))
        {
            var path = Path.Combine(folder, file.Key);
            File.WriteAllText(path, file.Aggregate(File.ReadAllText(path), (text, hunk) => hunk.Replace(text, Name)));
        }
    }

    public override string ToString() => Name;

    private static FaultPatch Parse(string name, string[] lines)
    {
        string Header(string key) => lines.FirstOrDefault(line => line.StartsWith($"{key}: ", StringComparison.Ordinal))?[(key.Length + 2)..]
            ?? throw new InvalidDataException($"{name}.patch has no line \"{key}: ...\".");

        var hunks = new List<Hunk>();
        var file = "";
        foreach (var line in lines)
        {
            if (line.StartsWith("+++ b/", StringComparison.Ordinal))
                file = line["+++ b/".Length..];
            else if (line.StartsWith("@@ ", StringComparison.Ordinal))
                hunks.Add(new Hunk(file, [], []));
            else if (hunks.Count > 0 && !line.StartsWith("--- a/", StringComparison.Ordinal))
                hunks[^1].Add(line);
        }

        return new FaultPatch(name, Header("Fault"), Header("Noticed by"), Header("Tests"), hunks);
    }
}

/// <summary>One place of a patch.</summary>
internal sealed record Hunk(string File, List<string> Old, List<string> New)
{
    public void Add(string line)
    {
        var text = line.Length == 0 ? "" : line[1..];
        if (line is not ['+', ..])
            Old.Add(text);
        if (line is not ['-', ..])
            New.Add(text);
    }

    public string Replace(string text, string patch)
    {
        var old = string.Join('\n', Old);
        var at = text.IndexOf(old, StringComparison.Ordinal);
        if (at < 0 || text.IndexOf(old, at + 1, StringComparison.Ordinal) >= 0)
            throw new InvalidDataException($"{patch}.patch fits {(at < 0 ? "nowhere" : "in several places")} in {File}:\n{old}");

        return string.Concat(text.AsSpan(0, at), string.Join('\n', New), text.AsSpan(at + old.Length));
    }
}
