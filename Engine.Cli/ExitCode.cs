namespace TlsFsm.Cli;

/// <summary>What a run of the tool ends with. The numbers are a promise to scripts.</summary>
internal enum ExitCode
{
    /// <summary>All went well.</summary>
    Ok = 0,

    /// <summary>A bug of ours.</summary>
    Internal = 1,

    /// <summary>The command line, or a certificate or key file that it names: nothing was started.</summary>
    Usage = 2,

    /// <summary>The network or a stream: refused, unknown host, port in use, reset.</summary>
    Io = 3,

    /// <summary>
    /// TLS: a rejected certificate, an alert, a timeout, a stream that ended without close_notify, a problem that <c>doctor</c> has found.
    /// </summary>
    Tls = 4,

    /// <summary>Stopped from outside (128 + SIGINT).</summary>
    Cancelled = 130,
}
