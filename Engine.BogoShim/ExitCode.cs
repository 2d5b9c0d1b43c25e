namespace TlsFsm.BogoShim;

/// <summary>What the runner reads from the end of the process.</summary>
internal static class ExitCode
{
    /// <summary>All connections went as the flags say.</summary>
    public const int Success = 0;

    /// <summary>A connection failed; the error token is on stderr.</summary>
    public const int Failure = 1;

    /// <summary>The runner asked for what is not there; it counts the test as not run.</summary>
    public const int Unimplemented = 89;
}
