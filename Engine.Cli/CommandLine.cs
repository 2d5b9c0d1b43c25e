using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using TlsFsm.Cli.Commands;
using TlsFsm.Cli.Failures;

namespace TlsFsm.Cli;

/// <summary>From arguments to an exit code. Whatever happens in between, the user reads one line and no stack trace.</summary>
internal static class CommandLine
{
    /// <summary>Runs the tool once.</summary>
    /// <param name="arguments">Without the program's name.</param>
    /// <param name="terminal">Where it reads and writes.</param>
    /// <param name="cancellationToken">As Ctrl-C.</param>
    /// <returns>One of <see cref="ExitCode"/>.</returns>
    public static async Task<int> RunAsync(
        IReadOnlyList<string> arguments, Terminal terminal, CancellationToken cancellationToken = default)
    {
        // No @file: an argument that begins with @ is nothing special here.
        var parsed = CreateRoot(terminal).Parse(arguments, new ParserConfiguration { ResponseFileTokenReplacer = null });
        if (parsed.Action is ParseErrorAction)
        {
            var command = parsed.CommandResult.Command is RootCommand ? "" : $" {parsed.CommandResult.Command.Name}";
            terminal.Complain(
                $"{string.Join(" ", parsed.Errors.Select(error => error.Message).Distinct())} (try 'tlsfsm{command} --help')");
            return (int)ExitCode.Usage;
        }

        var configuration = new InvocationConfiguration
        {
            Output = terminal.Out,
            Error = terminal.Error,
            EnableDefaultExceptionHandler = false,
            ProcessTerminationTimeout = terminal.HandlesSignals ? TerminationTimeout : null,
        };
        try
        {
            return await parsed.InvokeAsync(configuration, cancellationToken);
        }
        catch (Exception exception)
        {
            var (message, exitCode) = Failure.Explain(exception);
            terminal.Complain(message);
            return (int)exitCode;
        }
    }

    private static RootCommand CreateRoot(Terminal terminal)
    {
        var root = new RootCommand(
            "TLS connections whose whole life is two state machines: try it, connect with it, serve with it, examine servers with it.")
        {
            DemoCommand.Create(terminal),
            ConnectCommand.Create(terminal),
            ServeCommand.Create(terminal),
            DoctorCommand.Create(terminal),
            ConnectCommand.CreateLive(terminal),
        };
        root.Subcommands.Add(CompletionCommand.Create(terminal, root));
        root.Subcommands.Add(CompletionCommand.CreateManual(terminal, root));
        foreach (var help in root.Options.OfType<HelpOption>())
            help.Action = new HelpWithExamples((HelpAction)help.Action!);
        return root;
    }

    // More than any command gives its connections to close in order.
    private static readonly TimeSpan TerminationTimeout = TimeSpan.FromSeconds(15);
}
