namespace TlsFsm.Cli.Failures;

/// <summary>A run cannot go on, for a reason that one line explains.</summary>
/// <param name="message">The line: what was wrong, naming it.</param>
/// <param name="exitCode">What the process ends with.</param>
/// <param name="innerException">The cause, if another exception is.</param>
internal sealed class CliException(string message, ExitCode exitCode, Exception? innerException = null) : Exception(message, innerException)
{
    public ExitCode ExitCode { get; } = exitCode;
}
