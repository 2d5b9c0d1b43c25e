using System.Security.Cryptography;
using System.Text;

namespace TlsFsm.StateDiagrams;

/// <summary>The files that are generated from the machines: their text, and whether a folder holds the same.</summary>
internal static class DiagramFiles
{
    /// <summary>What brings the files up to date.</summary>
    public const string Remedy = "run: dotnet run --project StateDiagrams";

    private const string Sheet = "life";

    private const string HashLabel = "SHA-256 of the DOT it was drawn from: ";

    /// <summary>Name and text of every file but the SVGs, which take Graphviz.</summary>
    public static IReadOnlyList<(string Name, string Text)> Generate() =>
    [
        .. MachineDrawing.All.SelectMany(drawing => new[]
        {
            ($"{drawing.Name}.dot", DotWriter.Write(drawing)),
            ($"{drawing.Name}.mmd", MermaidWriter.Write(drawing)),
            ($"{drawing.Name}.puml", PlantUmlWriter.Write(drawing)),
            ($"{drawing.Name}.scxml", ScxmlWriter.Write(drawing)),
            ($"{drawing.Name}.md", TableWriter.Write(drawing)),
        }),
        ($"{Sheet}.dot", DotWriter.WriteSheet(MachineDrawing.All)),
        ($"{Sheet}.pml", PromelaWriter.Write(MachineDrawing.All)),
    ];

    /// <summary>
    /// Writes those that are not what the machines say, the SVGs where Graphviz is installed. What is current is left as it is: another
    /// version of Graphviz draws the same DOT otherwise, and no reviewer wants to see that.
    /// </summary>
    /// <returns>The names written, and those of SVGs that Graphviz is missing for.</returns>
    public static async Task<(IReadOnlyList<string> Written, IReadOnlyList<string> Undrawn)> WriteAsync(
        string directory, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(directory);
        var (written, undrawn) = (new List<string>(), new List<string>());
        foreach (var file in Files())
        {
            var path = Path.Combine(directory, file.Name);
            if (File.Exists(path) && file.IsCurrent(UnixLines(await File.ReadAllTextAsync(path, cancellationToken))))
                continue;

            if (await file.MakeAsync(cancellationToken) is { } text)
            {
                await File.WriteAllTextAsync(path, text, cancellationToken);
                written.Add(file.Name);
            }
            else
            {
                undrawn.Add(file.Name);
            }
        }

        return (written, undrawn);
    }

    /// <summary>Compares a folder with what the machines say, to the byte, line ends apart; of an SVG, the hash of its DOT.</summary>
    /// <returns>One line for each file that differs, saying what to run; empty when all is well.</returns>
    public static IReadOnlyList<string> Check(string directory)
    {
        var complaints = new List<string>();
        foreach (var file in Files())
        {
            var path = Path.Combine(directory, file.Name);
            if (!File.Exists(path))
                complaints.Add($"{file.Name} is missing; {Remedy}");
            else if (!file.IsCurrent(UnixLines(File.ReadAllText(path))))
                complaints.Add($"{file.Name} {file.Complaint}");
        }

        return complaints;
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

    private static IEnumerable<GeneratedFile> Files()
    {
        foreach (var (name, text) in Generate())
        {
            yield return new GeneratedFile(
                name, found => found == text, $"differs from the running machine; {Remedy}", _ => Task.FromResult<string?>(text));
            if (Path.GetExtension(name) == ".dot")
                yield return new GeneratedFile(
                    Path.ChangeExtension(name, ".svg"),
                    found => found.Contains(HashLabel + Hash(text), StringComparison.Ordinal),
                    $"was not drawn from the {name} of the running machine; install Graphviz, then {Remedy}",
                    async cancelled => await Graphviz.TryDrawSvgAsync(text, cancelled) is { } svg ? Stamp(svg, text) : null);
        }
    }

    private static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    private static string UnixLines(string text) => text.Replace("\r\n", "\n", StringComparison.Ordinal);

    /// <param name="Name">Of the file, in the folder.</param>
    /// <param name="IsCurrent">Whether a text is what the machines say.</param>
    /// <param name="Complaint">What to say if not.</param>
    /// <param name="MakeAsync">Makes the text; null where the means are missing.</param>
    private sealed record GeneratedFile(
        string Name, Func<string, bool> IsCurrent, string Complaint, Func<CancellationToken, Task<string?>> MakeAsync);
}
