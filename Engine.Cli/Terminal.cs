using System.Text;
using Spectre.Console;
using TlsFsm.Abstractions.Words;

namespace TlsFsm.Cli;

/// <summary>The streams that a run of the tool talks to: the process's own, or a test's.</summary>
internal sealed class Terminal
{
    /// <summary>Bytes in: what <c>connect</c> sends.</summary>
    public required Stream Input { get; init; }

    /// <summary>Bytes out: what <c>connect</c> receives. Not mixed with <see cref="Out"/> in one command.</summary>
    public required Stream Output { get; init; }

    /// <summary>Text for the user.</summary>
    public required TextWriter Out { get; init; }

    /// <summary>Diagnostics. Safe for several threads.</summary>
    public required TextWriter Error { get; init; }

    /// <summary>Whether <see cref="Out"/> can show colours and things that move.</summary>
    public bool IsInteractive { get; init; }

    /// <summary>Whether <see cref="Error"/> can show things that move.</summary>
    public bool IsErrorInteractive { get; init; }

    /// <summary>Whether the run answers SIGINT and SIGTERM itself.</summary>
    public bool HandlesSignals { get; init; }

    /// <summary>Whether SIGHUP says that settings are to be read again.</summary>
    public bool HandlesHangUp { get; init; }

    /// <summary>The process's own streams.</summary>
    public static Terminal OfProcess() => OfProcess(OperatingSystem.IsWindows());

    /// <summary>The same as that system has them, whatever this one is.</summary>
    internal static Terminal OfProcess(bool isWindows)
    {
        // The boxes and arrows are not ASCII; a redirected Windows console would otherwise get its code page.
        if (isWindows)
            Console.OutputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);

        return new Terminal
        {
            Input = Console.OpenStandardInput(),
            Output = Console.OpenStandardOutput(),
            Out = Console.Out,
            Error = Console.Error,
            IsInteractive = !Console.IsOutputRedirected && Environment.GetEnvironmentVariable("CI") is (null or "" or "false"),
            IsErrorInteractive = !Console.IsErrorRedirected && Environment.GetEnvironmentVariable("CI") is (null or "" or "false"),
            HandlesSignals = true,

            // Windows says so when the console's window is closed, and that is the end.
            HandlesHangUp = !isWindows,
        };
    }

    /// <summary>For tables and progress bars: colours where they can be shown, plain text elsewhere.</summary>
    public IAnsiConsole CreateConsole()
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = IsInteractive ? AnsiSupport.Detect : AnsiSupport.No,
            ColorSystem = IsInteractive ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
            Interactive = IsInteractive ? InteractionSupport.Detect : InteractionSupport.No,
            Out = new AnsiConsoleOutput(Out),
        });
        if (!IsInteractive)
            console.Profile.Width = RedirectedWidth;
        return console;
    }

    /// <summary>What is wrong, in one line with the tool's name in front.</summary>
    public void Complain(string message) => Say($"tlsfsm: {message}");

    /// <summary>One line of diagnostics.</summary>
    public void Say(string line) => Error.WriteLine(OneLine(line));

    /// <summary>The same without what a terminal obeys: names in certificates are the peer's own words.</summary>
    public static string Harmless(string text) => SafeText.Of(text, LongestLine);

    private static string OneLine(string text) =>
        Harmless(string.Join(' ', text.Split(['\r', '\n'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)));

    // The longest list that a report has is shorter.
    private const int LongestLine = 4000;

    // Wide enough that no row of a table wraps in a log.
    private const int RedirectedWidth = 110;
}
