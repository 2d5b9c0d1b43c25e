using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Cli;

/// <summary>Completion scripts and the manual know what the parser knows.</summary>
[TestFixture]
internal sealed class CompletionTests
{
    private static readonly string[] Words =
        ["demo", "connect", "serve", "doctor", "trace", "--starttls", "--cafile", "--metrics", "--report"];

    [TestCase("bash")]
    [TestCase("zsh")]
    [TestCase("fish")]
    [TestCase("pwsh")]
    public async Task A_script_names_every_command_and_its_options(string shell)
    {
        var result = await CliRun.ToEndAsync("completion", shell);

        Assert.That(result.ExitCode, Is.Zero, result.Errors);
        foreach (var word in Words)
            Assert.That(result.Text, Does.Contain(shell == "fish" ? word.TrimStart('-') : word));
    }

    [TestCase("tlsfsm con", "connect")]
    [TestCase("tlsfsm connect --startt", "--starttls")]
    [TestCase("tlsfsm serve --log-format j", "json")]
    [TestCase("tlsfsm completion --h", "--help")]
    public async Task Bash_completes_with_the_script(string line, string expected)
    {
        ExternalTool.Require("bash");
        var script = (await CliRun.ToEndAsync("completion", "bash")).Text;
        var words = line.Split(' ');

        var (exitCode, output, errors) = await ExternalTool.RunAsync(
            "bash", $"{script}\nCOMP_WORDS=({line}) COMP_CWORD={words.Length - 1}\n_tlsfsm\necho \"${{COMPREPLY[@]}}\"\n", "--norc");

        Assert.That((exitCode, output.Trim(), errors), Is.EqualTo((0, expected, "")));
    }

    [Test]
    public async Task A_shell_that_is_not_known_is_named()
    {
        var result = await CliRun.ToEndAsync("completion", "csh");

        Assert.That(result.ExitCode, Is.EqualTo(2));
        Assert.That(result.Errors, Does.Contain("'csh' is none of bash, zsh, fish, pwsh."));
    }

    [Test]
    public async Task The_manual_has_what_the_help_has()
    {
        var manual = (await CliRun.ToEndAsync("man")).Text.Replace("\\-", "-", StringComparison.Ordinal);

        foreach (var word in Words)
            Assert.That(manual, Does.Contain(word).IgnoreCase);
        Assert.That(manual, Does.StartWith(".TH TLSFSM 1\n").And.Contain(".SH EXIT STATUS\n"));
    }
}
