using TlsFsm.Cli.Failures;

namespace TlsFsm.Cli;

/// <summary>
/// The file that <c>SSLKEYLOGFILE</c> names gets the secrets of every connection, as from browsers and curl. Only the tool looks at that
/// variable; the engine has an option.
/// </summary>
internal static class KeyLogFile
{
    public const string Variable = "SSLKEYLOGFILE";

    private static readonly Lock Writing = new();

    /// <summary>What the options are given; null without the variable.</summary>
    /// <exception cref="CliException">The file cannot be written: better known now than in the middle of a handshake.</exception>
    public static Action<string>? FromEnvironment(Terminal terminal)
    {
        if (Environment.GetEnvironmentVariable(Variable) is not { Length: > 0 } path)
            return null;

        try
        {
            Append(path, "");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or NotSupportedException
            or ArgumentException)
        {
            throw new CliException($"{Variable}: '{path}' cannot be written: {exception.Message}", ExitCode.Usage, exception);
        }

        terminal.Complain($"warning: {Variable}: the secrets of every connection go to '{path}'");
        return line => Append(path, line + "\n");
    }

    private static void Append(string path, string text)
    {
        lock (Writing)
            File.AppendAllText(path, text);
    }
}
