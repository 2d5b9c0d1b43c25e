namespace TlsFsm;

/// <summary>What ties an authentication above TLS (SCRAM, GSSAPI) to this very connection (RFC 5056, RFC 5929, RFC 9266).</summary>
public enum TlsChannelBinding
{
    /// <summary>32 bytes of exported keying material, on both versions (RFC 9266). The one to choose when both sides have it.</summary>
    TlsExporter,

    /// <summary>
    /// The hash of the server's certificate, on both versions (RFC 5929 section 4). Survives a proxy that has the same certificate.
    /// </summary>
    TlsServerEndPoint,

    /// <summary>
    /// The first Finished of the handshake, TLS 1.2 only (RFC 5929 section 3; RFC 9266 section 4.2 withdraws it from TLS 1.3).
    /// </summary>
    TlsUnique,
}
