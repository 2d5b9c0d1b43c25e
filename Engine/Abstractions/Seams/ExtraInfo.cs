namespace TlsFsm;

/// <summary>Names for <see cref="ITransport.GetExtraInfo"/>. Those of Python's asyncio where it has one, in parentheses.</summary>
public static class ExtraInfo
{
    /// <summary>
    /// The peer's certificate, an <see cref="System.Security.Cryptography.X509Certificates.X509Certificate2"/>, or null without one
    /// (<c>peercert</c>).
    /// </summary>
    public const string PeerCertificate = "peercert";

    /// <summary>
    /// What the peer presented, leaf first: <see cref="TlsSessionInfo.PeerCertificates"/>, an <see cref="IReadOnlyList{T}"/> of
    /// <see cref="System.Security.Cryptography.X509Certificates.X509Certificate2"/>; empty when it presented nothing.
    /// </summary>
    public const string PeerCertificateChain = "peercertchain";

    /// <summary>The cipher suite, a <see cref="System.Net.Security.TlsCipherSuite"/> (<c>cipher</c>).</summary>
    public const string Cipher = "cipher";

    /// <summary>Always null: TLS compression is never negotiated (<c>compression</c>).</summary>
    public const string Compression = "compression";

    /// <summary>The protocol version, a <see cref="System.Security.Authentication.SslProtocols"/> with one bit set.</summary>
    public const string Protocol = "protocol";

    /// <summary>
    /// The application protocol agreed by ALPN, a <see cref="System.Net.Security.SslApplicationProtocol"/>; default when none.
    /// </summary>
    public const string ApplicationProtocol = "alpn";

    /// <summary>All that the handshake settled, a <see cref="TlsSessionInfo"/> (<c>ssl_object</c>).</summary>
    public const string Session = "session";

    /// <summary>The options that the connection was made with (<c>sslcontext</c>).</summary>
    public const string Options = "sslcontext";

    /// <summary>The socket of a socket transport (<c>socket</c>).</summary>
    public const string Socket = "socket";

    /// <summary>The peer's address, an <see cref="System.Net.EndPoint"/> (<c>peername</c>).</summary>
    public const string PeerName = "peername";

    /// <summary>Our own address, an <see cref="System.Net.EndPoint"/> (<c>sockname</c>).</summary>
    public const string SocketName = "sockname";
}
