namespace TlsFsm.Connection.Telemetry;

/// <summary>What <c>error.type</c> says of a failure: few words, so that they can be counted.</summary>
internal static class ErrorType
{
    /// <summary>Whose fault it was, where TLS knows; the reason of the ending, where it says more; else the exception's type.</summary>
    public static string Of(CloseReason reason, Exception? failure) => failure switch
    {
        TlsException { Fault: not TlsFault.None } tls => tls.Fault.ToString(),
        null or TlsException => reason.ToString(),
        _ => failure.GetType().FullName ?? failure.GetType().Name,
    };
}
