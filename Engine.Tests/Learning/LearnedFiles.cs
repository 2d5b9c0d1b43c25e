using TlsFsm.StateDiagrams;
using TlsFsm.Tests.Architecture;

namespace TlsFsm.Tests.Learning;

/// <summary>The committed drawings and tables of what was learned.</summary>
internal static class LearnedFiles
{
    private const string Remedy =
        $"If the change is meant, run the tests once with {GoldenFile.Update}=1 (and Graphviz installed), look, and commit.";

    private static readonly string Folder = Path.Combine(Repository.Folder, "StateDiagrams", "learned");

    /// <summary>Writes what differs; a picture only where its DOT does: two versions of Graphviz never draw quite the same.</summary>
    public static void Write(LearnedModel model)
    {
        Directory.CreateDirectory(Folder);
        foreach (var (name, text) in Texts(model).Where(file => Read(file.Name) != file.Text))
            File.WriteAllText(Path.Combine(Folder, name), text);

        var dot = new LearnedDrawing(model).Write();
        if (!IsDrawnFrom(model, dot) && Graphviz.TryDrawSvgAsync(dot, CancellationToken.None).GetAwaiter().GetResult() is { } svg)
            File.WriteAllText(Path.Combine(Folder, PictureOf(model)), DiagramFiles.Stamp(svg, dot));
    }

    /// <returns>A line for each file that is not what was learned; empty when all is well.</returns>
    public static IReadOnlyList<string> Check(LearnedModel model)
    {
        var complaints = new List<string>();
        foreach (var (name, text) in Texts(model))
        {
            var committed = Read(name)?.Split('\n') ?? [];
            var learned = text.Split('\n');
            var at = Enumerable.Range(0, Math.Max(committed.Length, learned.Length))
                .FirstOrDefault(line => committed.ElementAtOrDefault(line) != learned.ElementAtOrDefault(line), -1);
            if (at >= 0)
                complaints.Add($"{name}, line {at + 1}: learned is\n  {learned.ElementAtOrDefault(at)}\nbut committed is\n  "
                    + $"{committed.ElementAtOrDefault(at)}\n{Remedy}");
        }

        if (!IsDrawnFrom(model, new LearnedDrawing(model).Write()))
            complaints.Add($"{PictureOf(model)} was not drawn from this DOT. {Remedy}");
        return complaints;
    }

    private static (string Name, string Text)[] Texts(LearnedModel model) =>
    [
        ($"{model.Subject.Name}.dot", new LearnedDrawing(model).Write()),
        ($"{model.Subject.Name}.md", LearnedTable.Write(model)),
    ];

    private static string PictureOf(LearnedModel model) => $"{model.Subject.Name}.svg";

    private static bool IsDrawnFrom(LearnedModel model, string dot) =>
        Read(PictureOf(model)) is { } svg && svg.Contains(DiagramFiles.Stamp("<svg/>", dot).Split('\n')[0], StringComparison.Ordinal);

    private static string? Read(string name)
    {
        var path = Path.Combine(Folder, name);
        return File.Exists(path) ? File.ReadAllText(path).ReplaceLineEndings("\n") : null;
    }
}
