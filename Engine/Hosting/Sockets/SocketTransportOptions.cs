namespace TlsFsm;

/// <summary>How a <see cref="SocketTransport"/> buffers and ends. Immutable, so one instance serves many connections.</summary>
public sealed record SocketTransportOptions : TransportOptions
{
    /// <summary>The defaults.</summary>
    public static SocketTransportOptions Default { get; } = new();

    /// <summary>Whether small segments are sent at once (TCP_NODELAY).</summary>
    /// <value>Default true: the transport gathers the writes of a turn itself, and Nagle's algorithm would only delay them.</value>
    public bool NoDelay { get; init; } = true;
}
