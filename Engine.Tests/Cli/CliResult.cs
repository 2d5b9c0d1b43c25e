namespace TlsFsm.Tests.Cli;

/// <summary>What a run of the tool ended with.</summary>
/// <param name="ExitCode">The process's exit code.</param>
/// <param name="Text">Text on stdout.</param>
/// <param name="Data">Bytes on stdout, one character each.</param>
/// <param name="Errors">Text on stderr.</param>
internal sealed record CliResult(int ExitCode, string Text, string Data, string Errors);
