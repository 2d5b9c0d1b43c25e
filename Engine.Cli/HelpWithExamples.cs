using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using TlsFsm.Cli.Commands;

namespace TlsFsm.Cli;

/// <summary>The usual help, then examples and the exit codes.</summary>
internal sealed class HelpWithExamples(HelpAction usual) : SynchronousCommandLineAction
{
    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult parseResult)
    {
        var result = usual.Invoke(parseResult);
        var output = parseResult.InvocationConfiguration.Output;
        output.WriteLine("Examples:");
        foreach (var example in ExamplesOf(parseResult.CommandResult.Command))
            output.WriteLine($"  {example}");
        output.WriteLine();
        output.WriteLine("Exit codes:");
        foreach (var line in ExitCodes)
            output.WriteLine($"  {line}");
        return result;
    }

    /// <summary>What the process may end with.</summary>
    public static IReadOnlyList<string> ExitCodes { get; } =
    [
        "0 all went well; 2 wrong arguments, or a certificate or key file that cannot be used; 3 network or stream",
        "(refused, unknown host, port in use, reset); 4 TLS (rejected certificate, alert, timeout, truncation); 130 cancelled",
    ];

    /// <summary>Calls that show what a command is for.</summary>
    public static IEnumerable<string> ExamplesOf(Command command) => command switch
    {
        RootCommand =>
            [.. DemoCommand.Examples.Take(1), .. ConnectCommand.Examples.Take(1), .. ServeCommand.Examples.Take(1),
                .. DoctorCommand.Examples.Take(1)],
        { Name: DemoCommand.Name } => DemoCommand.Examples,
        { Name: ConnectCommand.Name } => ConnectCommand.Examples,
        { Name: ConnectCommand.LiveName } => ConnectCommand.LiveExamples,
        { Name: CompletionCommand.Name } => CompletionCommand.Examples,
        { Name: CompletionCommand.ManualName } => CompletionCommand.ManualExamples,
        { Name: DoctorCommand.Name } => DoctorCommand.Examples,
        _ => ServeCommand.Examples,
    };
}
