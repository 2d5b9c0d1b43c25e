using System.CommandLine;
using System.CommandLine.Help;

namespace TlsFsm.Cli.Completion;

/// <summary>The tool's commands and their options, as completion scripts and the manual need them: from the parser itself.</summary>
/// <param name="Root">All of it.</param>
internal sealed record ToolShape(RootCommand Root)
{
    public string Description => Root.Description ?? "";

    public IEnumerable<Command> Commands => Root.Subcommands;

    /// <summary>The words that a command takes.</summary>
    public static IEnumerable<Option> OptionsOf(Command command) =>
        command.Options.Where(option => option is not HelpOption).Append(new Option<bool>("--help") { Description = "Show the help." });

    /// <summary>Whether an option is followed by a value.</summary>
    public static bool TakesValue(Option option) => option.ValueType != typeof(bool);

    /// <summary>Whether that value is a file's name.</summary>
    public static bool TakesFile(Option option) => option.HelpName is { } name && name.StartsWith("file", StringComparison.Ordinal);

    /// <summary>The values that there are, where they are few words.</summary>
    public static IReadOnlyList<string> ValuesOf(Option option) =>
        option.HelpName is { } name && name.Contains('|', StringComparison.Ordinal) && !name.Contains(':', StringComparison.Ordinal)
            ? name.Split('|') : [];
}
