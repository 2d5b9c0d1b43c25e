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
        output.WriteLine("  0 all went well; 2 wrong arguments, or a certificate or key file that cannot be used; 3 network or stream");
        output.WriteLine(
            "  (refused, unknown host, port in use, reset); 4 TLS (rejected certificate, alert, timeout, truncation); 130 cancelled");
        return result;
    }

    private static IEnumerable<string> ExamplesOf(Command command) => command switch
    {
        RootCommand =>
            [.. DemoCommand.Examples.Take(1), .. ConnectCommand.Examples.Take(1), .. ServeCommand.Examples.Take(1),
                .. DoctorCommand.Examples.Take(1)],
        { Name: DemoCommand.Name } => DemoCommand.Examples,
        { Name: ConnectCommand.Name } => ConnectCommand.Examples,
        { Name: DoctorCommand.Name } => DoctorCommand.Examples,
        _ => ServeCommand.Examples,
    };
}
