using System.Security.Cryptography;
using System.Text;

namespace TlsFsm.StateDiagrams;

/// <summary>The files that are generated from the machines: their text, and whether a folder holds the same.</summary>
internal static class DiagramFiles
{
    /// <summary>What brings the files up to date.</summary>
    public const string Remedy = "run: dotnet run --project StateDiagrams";

    private const string HashLabel = "SHA-256 of the DOT it was drawn from: ";

    /// <summary>Name and text of every file but the SVGs, which take Graphviz.</summary>
    public static IReadOnlyList<(string Name, string Text)> Generate() =>
    [
        .. MachineDrawing.All.SelectMany(drawing => new[]
        {
            ($"{drawing.Name}.dot", DotWriter.Write(drawing)),
            ($"{drawing.Name}.mmd", MermaidWriter.Write(drawing)),
            ($"{drawing.Name}.md", TableWriter.Write(drawing)),
        }),
    ];

    /// <summary>Writes all of them, the SVGs where Graphviz is installed.</summary>
    /// <returns>The names written; an SVG that could not be drawn is missing from them.</returns>
    public static async Task<IReadOnlyList<string>> WriteAsync(string directory, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(directory);
        var written = new List<string>();
        foreach (var (name, text) in Generate())
        {
            await File.WriteAllTextAsync(Path.Combine(directory, name), text, cancellationToken);
            written.Add(name);
            if (Path.GetExtension(name) != ".dot" || await Graphviz.TryDrawSvgAsync(text, cancellationToken) is not { } svg)
                continue;

            var picture = Path.ChangeExtension(name, ".svg");
            await File.WriteAllTextAsync(Path.Combine(directory, picture), Stamp(svg, text), cancellationToken);
            written.Add(picture);
        }

        return written;
    }

    /// <summary>Compares a folder with what the machines say, to the byte, line ends apart; of an SVG, the hash of its DOT.</summary>
    /// <returns>One line for each file that differs, saying what to run; empty when all is well.</returns>
    public static IReadOnlyList<string> Check(string directory)
    {
        var complaints = new List<string>();
        foreach (var (name, text) in Generate())
        {
            Compare(name, found => found == text, "differs from the running machine", Remedy);
            if (Path.GetExtension(name) == ".dot")
                Compare(Path.ChangeExtension(name, ".svg"), found => found.Contains(HashLabel + Hash(text), StringComparison.Ordinal),
                    $"was not drawn from the {name} of the running machine", $"install Graphviz, then {Remedy}");
        }

        return complaints;

        void Compare(string name, Func<string, bool> isCurrent, string complaint, string remedy)
        {
            var path = Path.Combine(directory, name);
            if (!File.Exists(path))
                complaints.Add($"{name} is missing; {remedy}");
            else if (!isCurrent(UnixLines(File.ReadAllText(path))))
                complaints.Add($"{name} {complaint}; {remedy}");
        }
    }

    /// <summary>Writes the table of alerts.</summary>
    public static Task WriteAlertsAsync(string repository, CancellationToken cancellationToken) =>
        File.WriteAllTextAsync(
            Path.Combine(repository, AlertTable.Path), AlertTable.Write(AlertProofs.Read(repository)), cancellationToken);

    /// <summary>Compares the table of alerts with what the code says, line ends apart, and looks whether all of it is proven.</summary>
    /// <returns>One line for each thing that is wrong; empty when all is well.</returns>
    public static IReadOnlyList<string> CheckAlerts(string repository)
    {
        var path = Path.Combine(repository, AlertTable.Path);
        var proofs = AlertProofs.Read(repository);
        var complaints = AlertTable.All.SelectMany(section => section.Faults).Where(fault => !proofs.Contains(fault.Name))
            .Select(fault => $"{fault.Name} is proven by no test; write one, with [Proves(nameof(...))]").ToList();
        if (!File.Exists(path))
            complaints.Add($"{AlertTable.Path} is missing; {Remedy}");
        else if (UnixLines(File.ReadAllText(path)) != AlertTable.Write(proofs))
            complaints.Add($"{AlertTable.Path} differs from the code; {Remedy}");

        return complaints;
    }

    /// <summary>Writes into an SVG which DOT it was drawn from.</summary>
    public static string Stamp(string svg, string dot)
    {
        var lines = UnixLines(svg);
        var root = lines.IndexOf("<svg", StringComparison.Ordinal);
        return $"{lines[..root]}<!-- {HashLabel}{Hash(dot)} -->\n{lines[root..].TrimEnd('\n')}\n";
    }

    private static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    private static string UnixLines(string text) => text.Replace("\r\n", "\n", StringComparison.Ordinal);
}
