using System.Diagnostics;
using System.Globalization;
using System.Xml.Linq;

namespace TlsFsm.Fuzz.Running;

/// <summary>
/// How much of <c>Engine/Core</c> the committed corpus reaches: the test that plays it runs under coverlet, and its lines are counted by
/// room.
/// </summary>
internal static class CorpusCoverage
{
    private const string Test = "FullyQualifiedName~Every_input_of_the_corpus_holds";

    /// <returns>The exit code.</returns>
    public static int Report(TextWriter output, bool isBuilt)
    {
        var root = Path.GetFullPath(Path.Combine(Corpus.Folder, "..", ".."));
        var results = Directory.CreateTempSubdirectory("coverage").FullName;
        try
        {
            List<string> arguments = ["test", Path.Combine(root, "Engine.Tests"), "--filter", Test, "--collect", "XPlat Code Coverage",
                "--results-directory", results];
            if (isBuilt)
                arguments.Add("--no-build");
            arguments.AddRange(["--", "DataCollectionRunSettings.DataCollectors.DataCollector.Configuration.Include=[TlsFsm]*"]);
            using var process = Process.Start(new ProcessStartInfo("dotnet", arguments) { RedirectStandardOutput = true })!;
            var said = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            var file = Directory.EnumerateFiles(results, "coverage.cobertura.xml", SearchOption.AllDirectories).FirstOrDefault();
            if (process.ExitCode != 0 || file is null)
            {
                output.WriteLine(said);
                return 1;
            }

            Write(XDocument.Load(file), output);
            return 0;
        }
        finally
        {
            Directory.Delete(results, recursive: true);
        }
    }

    /// <summary>Lines reached and lines in all, for each room of Core.</summary>
    public static void Write(XDocument cobertura, TextWriter output)
    {
        var rooms = new SortedDictionary<string, (int Reached, int All)>(StringComparer.Ordinal);
        foreach (var one in cobertura.Descendants("class"))
        {
            var path = one.Attribute("filename")!.Value.Replace('\\', '/');
            var at = path.LastIndexOf("Core/", StringComparison.Ordinal);
            if (at < 0)
                continue;

            var lines = one.Element("lines")!.Elements("line").ToList();
            var reached = lines.Count(line => line.Attribute("hits")!.Value != "0");
            foreach (var room in new[] { Path.GetDirectoryName(path[at..])!, "all of Core" })
            {
                var (before, all) = rooms.GetValueOrDefault(room);
                rooms[room] = (before + reached, all + lines.Count);
            }
        }

        output.WriteLine("| room | lines reached | of |\n|---|---:|---:|");
        foreach (var (room, (reached, all)) in rooms)
            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"| {room} | {(all == 0 ? 0 : 100.0 * reached / all):0.0} % | {all:N0} |"));
    }
}
