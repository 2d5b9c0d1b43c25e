using System.Net.Security;
using System.Security.Authentication;

namespace TlsFsm.Abstractions;

/// <summary>A server's side of the connection.</summary>
public sealed class TlsServerOptions : TlsConnectionOptions
{
    /// <summary>What we present: the certificate, its private key, and the intermediates that are sent with it.</summary>
    public required TlsCredential Credential { get; init; }

    /// <summary>Whether a client certificate is asked for, and whether it must come. Default <see cref="ClientCertificateMode.None"/>.</summary>
    public ClientCertificateMode ClientCertificates { get; init; }

    /// <summary>How a client's certificate is judged; not used without one.</summary>
    /// <value>Default <see cref="CertificateVerification.SystemTrust"/>.</value>
    public CertificateVerification ClientVerification { get; init; } = CertificateVerification.SystemTrust;

    /// <summary>Application protocols spoken, most wanted first; the server's order decides. No overlap with the client's offer: alert no_application_protocol. Default none: ALPN is ignored.</summary>
    public IReadOnlyList<SslApplicationProtocol> ApplicationProtocols { get; init; } = [];

    /// <summary>What seals the tickets by which clients resume sessions.</summary>
    /// <value>
    /// Default a ring in memory of this instance's own, so tickets are good in this process only. Servers that share a ring resume each
    /// other's sessions. Null: no tickets, every handshake is a full one.
    /// </value>
    public ITicketKeyRing? TicketKeys { get; init; } = new MemoryTicketKeyRing();

    /// <summary>Tickets sent after a full handshake of TLS 1.3, to clients that can use them; after a resumed one it is one.</summary>
    /// <value>0 to 16. Default 2, as OpenSSL: a client may open two connections at once, and uses each ticket once.</value>
    /// <exception cref="ArgumentOutOfRangeException">Less than 0 or more than 16.</exception>
    public int TicketCount
    {
        get;
        init => field = value is >= 0 and <= 16
            ? value
            : throw new ArgumentOutOfRangeException(nameof(TicketCount), value, $"{nameof(TicketCount)} should be 0 to 16, got {value}.");
    } = 2;

    /// <summary>Where sessions of TLS 1.2 are kept for clients that take no tickets.</summary>
    /// <value>Default null: such clients do full handshakes; nearly all take tickets, which cost a server no memory.</value>
    public MemorySessionIds? SessionIds { get; init; }

    /// <summary>Versions accepted: any of <see cref="SslProtocols.Tls12"/> and <see cref="SslProtocols.Tls13"/>.</summary>
    /// <value>Default both. Anything older, or nothing, is an argument error when the connection is made.</value>
    public SslProtocols EnabledProtocols { get; init; } = SslProtocols.Tls12 | SslProtocols.Tls13;
}
