using TlsFsm.Cli.Failures;

namespace TlsFsm.Cli.Pem;

/// <summary>
/// The password of encrypted keys, where the words of <c>openssl</c>'s <c>-passin</c> say that it is: never on the command line itself,
/// which everybody on the machine can read, and shells remember.
/// </summary>
internal static class Password
{
    public const string Option = "--passin";

    private const string FromEnvironment = "env:";
    private const string FromFile = "file:";

    /// <summary>Fetches it.</summary>
    /// <param name="where"><c>env:NAME</c>, or <c>file:PATH</c> whose first line it is; null for no password.</param>
    /// <exception cref="CliException">It is not there.</exception>
    public static string? Read(string? where)
    {
        if (where is null)
            return null;
        if (where.StartsWith(FromEnvironment, StringComparison.Ordinal))
        {
            var name = where[FromEnvironment.Length..];
            return name.Length > 0 && Environment.GetEnvironmentVariable(name) is { Length: > 0 } value
                ? value : throw Unusable($"the environment has no '{name}', or it is empty");
        }

        if (where.StartsWith(FromFile, StringComparison.Ordinal))
        {
            var path = where[FromFile.Length..];
            var line = PemFiles.ReadText(path).Split('\n')[0].TrimEnd('\r');
            return line.Length > 0 ? line : throw Unusable($"the first line of '{path}' is empty");
        }

        // What it is may be the password itself, and stays out of the message.
        throw Unusable("it must be env:NAME or file:PATH; a password on the command line can be read by everybody on this machine");
    }

    private static CliException Unusable(string why) => new($"{Option}: {why}.", ExitCode.Usage);
}
