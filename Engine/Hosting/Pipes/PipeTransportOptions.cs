namespace TlsFsm;

/// <summary>How a <see cref="PipeTransport"/> buffers and ends. Immutable, so one instance serves many connections.</summary>
public sealed record PipeTransportOptions : TransportOptions
{
    /// <summary>The defaults.</summary>
    public static PipeTransportOptions Default { get; } = new();

    /// <summary>Whether what is below outlives the connection: neither end of the pipe is completed, the stream is not disposed.</summary>
    /// <value>
    /// Default false: the transport owns it. True: it is the caller's again once the connection is gone and released
    /// (<c>TlsStream.DisposeAsync</c> waits for that). Bytes that came behind the end of TLS may have been taken already: to go on in the
    /// clear, use <c>TlsConnection.Unwrap</c>.
    /// </value>
    public bool LeaveOpen { get; init; }
}
