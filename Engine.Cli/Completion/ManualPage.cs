using System.CommandLine;
using System.Text;
using TlsFsm.Cli.Commands;

namespace TlsFsm.Cli.Completion;

/// <summary>The help as a manual page, tlsfsm(1).</summary>
internal static class ManualPage
{
    public static string Write(ToolShape tool)
    {
        var text = new StringBuilder(".TH TLSFSM 1\n.SH NAME\ntlsfsm \\- TLS connections driven by state machines\n");
        text.Append(".SH SYNOPSIS\n.B tlsfsm\n.I command\n.RI [ options ]\n");
        text.Append($".SH DESCRIPTION\n{Roff(tool.Description)}\n");
        foreach (var command in tool.Commands)
        {
            text.Append($".SH {command.Name.ToUpperInvariant()}\n{Roff(command.Description)}\n");
            foreach (var argument in command.Arguments)
                text.Append($".TP\n.I {Roff(argument.Name)}\n{Roff(argument.Description)}\n");
            foreach (var option in ToolShape.OptionsOf(command))
            {
                text.Append($".TP\n.B {Roff(option.Name)}");
                text.Append(option.HelpName is { } value ? $" <{Roff(value)}>\n" : "\n").Append($"{Roff(option.Description)}\n");
            }

            text.Append(".PP\nExamples:\n.nf\n");
            foreach (var example in HelpWithExamples.ExamplesOf(command))
                text.Append($"  {Roff(example)}\n");
            text.Append(".fi\n");
        }

        text.Append(".SH EXIT STATUS\n");
        foreach (var line in HelpWithExamples.ExitCodes)
            text.Append($"{Roff(line.Trim())}\n");
        return text.ToString();
    }

    /// <summary>A dot or an apostrophe at the beginning would be a command, a backslash an escape, a hyphen typeset.</summary>
    private static string Roff(string? text)
    {
        var escaped = (text ?? "").Replace("\\", "\\e", StringComparison.Ordinal).Replace("-", "\\-", StringComparison.Ordinal);
        return escaped.StartsWith('.') || escaped.StartsWith('\'') ? $"\\&{escaped}" : escaped;
    }
}
