using System.CommandLine;

namespace TlsFsm.Cli.Commands;

internal static class ServeCommand
{
    public const string Name = "serve";
    public static IReadOnlyList<string> Examples { get; } = [""];
    public static Command Create(Terminal terminal) => new(Name, terminal.ToString()!);
}
