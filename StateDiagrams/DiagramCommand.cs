using System.CommandLine;

namespace TlsFsm.StateDiagrams;

/// <summary>The command line: write the drawings and the table of alerts, or check them.</summary>
internal static class DiagramCommand
{
    private const int Different = 1;
    private const int Usage = 2;
    private const int InputOutput = 3;

    private static readonly Option<bool> CheckOption = new("--check")
    {
        Description = "Write nothing; exit with 1 if a committed file is not what the code says.",
    };

    private static readonly Option<DirectoryInfo?> OutputOption = new("--output", "-o")
    {
        Description =
            "A folder for the drawings, and for nothing else. Default: StateDiagrams/diagrams in the repository, with docs/alerts.md.",
        HelpName = "DIR",
    };

    /// <returns>0; 1 if a file differs; 2 for wrong arguments; 3 if the files cannot be read or written.</returns>
    public static async Task<int> RunAsync(string[] arguments, TextWriter output, TextWriter error)
    {
        var command = new RootCommand(
            "Draws the four state machines of the engine from their running definitions (DOT, Mermaid, SVG, table), and writes the table "
            + "of alerts.")
        {
            CheckOption,
            OutputOption,
        };
        command.SetAction((parsed, cancellationToken) => ActAsync(parsed, output, error, cancellationToken));
        var result = command.Parse(arguments);
        if (result.Errors.Count > 0)
        {
            foreach (var mistake in result.Errors)
                await error.WriteLineAsync(mistake.Message);
            return Usage;
        }

        return await result.InvokeAsync(
            new InvocationConfiguration { Output = output, Error = error, EnableDefaultExceptionHandler = false });
    }

    private static async Task<int> ActAsync(ParseResult parsed, TextWriter output, TextWriter error, CancellationToken cancellationToken)
    {
        try
        {
            var repository = parsed.GetValue(OutputOption) is null ? Repository() : null;
            var directory = parsed.GetValue(OutputOption)?.FullName ?? Path.Combine(repository!, "StateDiagrams", "diagrams");
            return parsed.GetValue(CheckOption)
                ? await CheckAsync(directory, repository, output, error)
                : await WriteAsync(directory, repository, output, error, cancellationToken);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            await error.WriteLineAsync(exception.Message);
            return InputOutput;
        }
    }

    private static async Task<int> CheckAsync(string directory, string? repository, TextWriter output, TextWriter error)
    {
        List<string> complaints = [.. DiagramFiles.Check(directory), .. repository is null ? [] : DiagramFiles.CheckAlerts(repository)];
        foreach (var complaint in complaints)
            await error.WriteLineAsync(complaint);
        if (complaints.Count > 0)
            return Different;

        await output.WriteLineAsync(
            $"The drawings are those of the running machines{(repository is null ? "" : $", and {AlertTable.Path} is that of the code")}.");
        return 0;
    }

    private static async Task<int> WriteAsync(
        string directory, string? repository, TextWriter output, TextWriter error, CancellationToken cancellationToken)
    {
        if (repository is not null)
            await DiagramFiles.WriteAlertsAsync(repository, cancellationToken);
        var (written, undrawn) = await DiagramFiles.WriteAsync(directory, cancellationToken);
        await output.WriteLineAsync(
            written.Count == 0 ? $"Nothing to write: all is current in {directory}." : $"Wrote {string.Join(", ", written)} to {directory}.");
        if (undrawn.Count > 0)
            await error.WriteLineAsync($"Not drawn, for Graphviz (dot) is not installed: {string.Join(", ", undrawn)}.");

        return 0;
    }

    /// <summary>Found from where the program was built, so that the caller's folder does not matter.</summary>
    private static string Repository()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "TlsFsm.sln")))
                return folder.FullName;
        }

        throw new DirectoryNotFoundException("No TlsFsm.sln stands above this program; name the folder with --output.");
    }
}
