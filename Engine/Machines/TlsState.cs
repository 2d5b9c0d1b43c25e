namespace TlsFsm;

/// <summary>Where a TLS connection is in its life. The names are those of CPython's asyncio/sslproto.</summary>
public enum TlsState
{
    /// <summary>
    /// No TLS: not connected yet, or over. Both BIOs and the backlog are empty once it is over. asyncio: <c>UNWRAPPED</c>.
    /// </summary>
    Unwrapped,

    /// <summary>The handshake runs; writes wait in the backlog. asyncio: <c>DO_HANDSHAKE</c>.</summary>
    DoHandshake,

    /// <summary>Data flows both ways. asyncio: <c>WRAPPED</c>.</summary>
    Wrapped,

    /// <summary>
    /// The incoming side is flushed: what was received is delivered, or discarded after our own close; writes are dropped. asyncio:
    /// <c>FLUSHING</c>.
    /// </summary>
    Flushing,

    /// <summary>Our close_notify is on its way; output leaves, the peer's close_notify is awaited. asyncio: <c>SHUTDOWN</c>.</summary>
    Shutdown,
}
