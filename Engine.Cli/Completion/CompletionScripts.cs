using System.CommandLine;
using System.Text;

namespace TlsFsm.Cli.Completion;

/// <summary>Scripts that let a shell complete the tool's commands and options.</summary>
internal static class CompletionScripts
{
    public static IReadOnlyDictionary<string, Func<ToolShape, string>> All { get; } = new Dictionary<string, Func<ToolShape, string>>
    {
        ["bash"] = Bash,
        ["zsh"] = Zsh,
        ["fish"] = Fish,
        ["pwsh"] = PowerShell,
    };

    private static string Bash(ToolShape tool)
    {
        var text = new StringBuilder("# Completion of tlsfsm for bash: source <(tlsfsm completion bash)\n_tlsfsm() {\n");
        text.Append("    local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]} words=\n    COMPREPLY=()\n");
        text.Append("    if ((COMP_CWORD == 1)); then\n");
        text.Append($"        COMPREPLY=($(compgen -W \"{Names(tool)}\" -- \"$current\"))\n        return\n    fi\n");
        text.Append("    case ${COMP_WORDS[1]}:$previous in\n");
        foreach (var command in tool.Commands)
        {
            foreach (var option in ToolShape.OptionsOf(command).Where(ToolShape.TakesValue))
            {
                var source = ToolShape.ValuesOf(option) is { Count: > 0 } values ? $"-W \"{string.Join(' ', values)}\"" : "-f";
                text.Append($"        {command.Name}:{option.Name}) COMPREPLY=($(compgen {source} -- \"$current\")); return ;;\n");
            }
        }

        text.Append("    esac\n    case ${COMP_WORDS[1]} in\n");
        foreach (var command in tool.Commands)
            text.Append($"        {command.Name}) words=\"{string.Join(' ', OptionNames(command))}\" ;;\n");
        text.Append("    esac\n    COMPREPLY=($(compgen -W \"$words\" -- \"$current\"))\n}\n");
        return text.Append("complete -F _tlsfsm tlsfsm\n").ToString();
    }

    private static string Zsh(ToolShape tool)
    {
        var text = new StringBuilder("#compdef tlsfsm\n# Completion of tlsfsm for zsh: tlsfsm completion zsh > \"${fpath[1]}/_tlsfsm\"\n");
        text.Append("_tlsfsm() {\n");
        text.Append("    if ((CURRENT == 2)); then\n        local -a commands=(\n");
        foreach (var command in tool.Commands)
            text.Append($"            '{Quoted($"{command.Name}:{Sentence(command.Description)}")}'\n");
        text.Append("        )\n        _describe command commands\n        return\n    fi\n    local command=$words[2]\n");
        text.Append("    shift words\n    ((CURRENT--))\n    case $command in\n");
        foreach (var command in tool.Commands)
        {
            text.Append($"        {command.Name}) _arguments");
            foreach (var option in ToolShape.OptionsOf(command))
            {
                var words = Sentence(option.Description)
                    .Replace("[", "\\[", StringComparison.Ordinal).Replace("]", "\\]", StringComparison.Ordinal);
                var value = !ToolShape.TakesValue(option) ? "" : ToolShape.ValuesOf(option) is { Count: > 0 } values
                    ? $":value:({string.Join(' ', values)})" : ToolShape.TakesFile(option) ? ":file:_files" : ":value: ";
                text.Append($" \\\n            '{Quoted($"{option.Name}[{words}]{value}")}'");
            }

            text.Append(" ;;\n");
        }

        return text.Append("    esac\n}\n_tlsfsm \"$@\"\n").ToString();
    }

    private static string Fish(ToolShape tool)
    {
        var text = new StringBuilder("# Completion of tlsfsm for fish: tlsfsm completion fish > ~/.config/fish/completions/tlsfsm.fish\n");
        text.Append("complete -c tlsfsm -f\n");
        foreach (var command in tool.Commands)
        {
            text.Append($"complete -c tlsfsm -n __fish_use_subcommand -a {command.Name}");
            text.Append($" -d '{FishQuoted(Sentence(command.Description))}'\n");
            foreach (var option in ToolShape.OptionsOf(command))
            {
                text.Append($"complete -c tlsfsm -n '__fish_seen_subcommand_from {command.Name}' -l {option.Name.TrimStart('-')}");
                if (ToolShape.TakesValue(option))
                    text.Append(ToolShape.TakesFile(option) ? " -r -F" : " -x");
                if (ToolShape.ValuesOf(option) is { Count: > 0 } values)
                    text.Append($" -a '{string.Join(' ', values)}'");
                text.Append($" -d '{FishQuoted(Sentence(option.Description))}'\n");
            }
        }

        return text.ToString();
    }

    private static string PowerShell(ToolShape tool)
    {
        var text = new StringBuilder("# Completion of tlsfsm for PowerShell: tlsfsm completion pwsh | Out-String | Invoke-Expression\n");
        text.Append("Register-ArgumentCompleter -Native -CommandName tlsfsm -ScriptBlock {\n");
        text.Append("    param($word, $ast, $position)\n    $options = @{\n");
        foreach (var command in tool.Commands)
            text.Append($"        '{command.Name}' = '{string.Join("', '", OptionNames(command))}'\n");
        text.Append("    }\n    $said = @($ast.CommandElements | ForEach-Object { $_.ToString() })\n");
        text.Append("    $words = if ($said.Count -lt 2 -or ($said.Count -eq 2 -and $word)) { '");
        text.Append(string.Join("', '", tool.Commands.Select(command => command.Name))).Append("' }\n");
        text.Append("        else { $options[$said[1]] }\n    $words | Where-Object { $_ -like \"$word*\" } |\n");
        return text.Append("        ForEach-Object { [System.Management.Automation.CompletionResult]::new($_) }\n}\n").ToString();
    }

    private static IEnumerable<string> OptionNames(Command command) => ToolShape.OptionsOf(command).Select(option => option.Name);

    private static string Names(ToolShape tool) => string.Join(' ', tool.Commands.Select(command => command.Name));

    /// <summary>The first sentence: what fits beside a word.</summary>
    private static string Sentence(string? text)
    {
        var end = text?.IndexOf(". ", StringComparison.Ordinal) ?? -1;
        return (end < 0 ? text ?? "" : text![..end]).TrimEnd('.');
    }

    private static string Quoted(string text) => text.Replace("'", "'\\''", StringComparison.Ordinal);

    private static string FishQuoted(string text) =>
        text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("'", "\\'", StringComparison.Ordinal);
}
