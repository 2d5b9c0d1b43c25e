using System.CommandLine;
using TlsFsm.Cli.Arguments;
using TlsFsm.Cli.Completion;

namespace TlsFsm.Cli.Commands;

/// <summary><c>tlsfsm completion</c> and <c>tlsfsm man</c>: what the parser knows, for shells and for man.</summary>
internal static class CompletionCommand
{
    public const string Name = "completion";
    public const string ManualName = "man";

    public static IReadOnlyList<string> Examples { get; } =
    [
        "source <(tlsfsm completion bash)",
        "tlsfsm completion fish > ~/.config/fish/completions/tlsfsm.fish",
    ];

    public static IReadOnlyList<string> ManualExamples { get; } = ["tlsfsm man | man -l -"];

    public static Command Create(Terminal terminal, RootCommand root)
    {
        var shells = string.Join(", ", CompletionScripts.All.Keys);
        var shell = new Argument<string>("SHELL")
        {
            Description = $"One of {shells}.",
            CustomParser = result => CompletionScripts.All.ContainsKey(result.Tokens[0].Value)
                ? result.Tokens[0].Value
                : CommonOptions.Error<string>(result, $"'{result.Tokens[0].Value}' is none of {shells}."),
        };
        var command = new Command(Name, "Print a script that lets a shell complete commands and options.") { shell };
        command.SetAction(result => terminal.Out.Write(CompletionScripts.All[result.GetRequiredValue(shell)](new ToolShape(root))));
        return command;
    }

    public static Command CreateManual(Terminal terminal, RootCommand root)
    {
        var command = new Command(ManualName, "Print the manual page, for man.");
        command.SetAction(_ => terminal.Out.Write(ManualPage.Write(new ToolShape(root))));
        return command;
    }
}
