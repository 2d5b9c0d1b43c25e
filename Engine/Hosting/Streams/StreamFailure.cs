namespace TlsFsm.Hosting.Streams;

/// <summary>How a failure is told to those who await a stream.</summary>
internal static class StreamFailure
{
    /// <summary>A failure is told to many awaiters; each gets an exception with its own stack trace, and the first one inside.</summary>
    public static Exception Again(Exception failure) => failure switch
    {
        TlsException tls => new TlsException(tls.Message, tls.Reason, tls.Fault, tls.Alert, tls) { Transitions = tls.Transitions },
        _ => new IOException(failure.Message, failure),
    };
}
