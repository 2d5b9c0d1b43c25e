namespace TlsFsm.Soak.Plans;

/// <summary>Over what the two ends of a connection talk, the server's first.</summary>
internal enum HostKind
{
    /// <summary><see cref="TlsListener"/> with an <see cref="IProtocol"/> of callbacks; a <see cref="TlsStream"/> over a socket.</summary>
    ListenerCallbacks,

    /// <summary><see cref="TlsListener"/> with a <see cref="TlsStream"/> each; the same over a socket.</summary>
    ListenerStream,

    /// <summary>A <see cref="TlsDuplexPipe"/> on either side, over pipes in memory.</summary>
    DuplexPipe,

    /// <summary>A <see cref="TlsStream"/> on either side, over a <see cref="System.Net.Sockets.NetworkStream"/>.</summary>
    StreamOverStream,

    /// <summary>TLS in TLS: a <see cref="TlsStream"/> over a <see cref="TlsStream"/>, on either side.</summary>
    TlsInTls,

    /// <summary>Kestrel with <c>UseTlsFsm</c>; HTTP/1.1 by hand over a <see cref="TlsStream"/>.</summary>
    Kestrel,

    /// <summary>
    /// A conversation in the clear first: the server upgrades the running transport (<see cref="TlsConnection.Upgrade"/>), the client hands
    /// its socket to <see cref="TlsClient"/>.
    /// </summary>
    Upgrade,
}
