using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using TlsFsm.Abstractions.Options;

namespace TlsFsm;

/// <summary>A server's side of the connection.</summary>
public sealed record TlsServerOptions : TlsConnectionOptions
{
    /// <summary>What we present: the certificate, its private key, and the intermediates that are sent with it.</summary>
    /// <value>
    /// Default null, for which something else must say who we are: <see cref="Credentials"/>, <see cref="FindPsk"/>, <see cref="Names"/>
    /// or <see cref="Choose"/>. Without any of them a connection is an <see cref="ArgumentException"/>.
    /// </value>
    public TlsCredential? Credential { get; init; }

    /// <summary>
    /// Several credentials, most wanted first, such as one of ECDSA and one of RSA: each client gets the first one that it can take.
    /// </summary>
    /// <value>
    /// Default none. Not together with <see cref="Credential"/>. Looked at are the client's signature schemes, on TLS 1.2 its cipher suites
    /// and curves, the types of certificates that it names (RFC 7250), and <see cref="TlsCredential.MustMatchIssuer"/>; of those that fit,
    /// one that leads to an authority which the client names comes first. Each has its own <see cref="TlsCredential.Staple"/>.
    /// </value>
    public IReadOnlyList<TlsCredential> Credentials { get; init; } = [];

    /// <summary>What there is to present, one or several.</summary>
    internal IReadOnlyList<TlsCredential> AllCredentials => Credential is null ? Credentials : [Credential];

    /// <summary>
    /// Whether a client certificate is asked for, and whether it must come. Default <see cref="ClientCertificateMode.None"/>.
    /// </summary>
    public ClientCertificateMode ClientCertificates { get; init; }

    /// <summary>How a client's certificate is judged; not used without one.</summary>
    /// <value>Default <see cref="CertificateVerification.SystemTrust"/>.</value>
    public CertificateVerification ClientVerification { get; init; } = CertificateVerification.SystemTrust;

    /// <summary>
    /// Application protocols spoken, most wanted first; the server's order decides. No overlap with the client's offer: alert
    /// no_application_protocol. Default none: ALPN is ignored.
    /// </summary>
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

    /// <summary>What may be negotiated: versions, suites, groups, signature schemes, sizes of keys.</summary>
    /// <value>
    /// Default <see cref="TlsPolicy.Default"/>. Of its versions only those count that <see cref="EnabledProtocols"/> has too.
    /// </value>
    public TlsPolicy Policy { get; init; } = TlsPolicy.Default;

    /// <summary>
    /// Names of the authorities that a client's certificate should come from; sent with the demand for one, so that the client can choose.
    /// </summary>
    /// <value>
    /// Null: the names of the roots in <see cref="ClientVerification"/>, if it has its own. Empty: none. At most 64 KiB together (RFC 8446
    /// section 4.2.4).
    /// </value>
    public IReadOnlyList<X500DistinguishedName>? AcceptableIssuers { get; init; }

    /// <summary>Options by the name that the client asks for. Null: these for all.</summary>
    public TlsServerNames? Names { get; init; }

    /// <summary>Chooses the options for each connection by its ClientHello, now or later. Null: these for all.</summary>
    /// <value>Called on the connection's loop before anything is answered; must not block. Not together with <see cref="Names"/>.</value>
    public Action<TlsClientHello, TlsDecision<TlsServerChoice>>? Choose { get; init; }

    /// <summary>Finds the pre-shared key for an identity; null as the answer: there is none. Null: no pre-shared keys.</summary>
    /// <value>
    /// Called on the connection's loop; must not block, and should take as long for what is there as for what is not
    /// (<see cref="TlsPsk.Among"/> does). On TLS 1.2 only with PSK suites in <see cref="Policy"/>.
    /// </value>
    public Func<ReadOnlyMemory<byte>, TlsPsk?>? FindPsk { get; init; }

    /// <summary>TLS 1.2: a hint that helps clients choose their key (RFC 4279 section 5.2), in clear. Default empty: none.</summary>
    public ReadOnlyMemory<byte> PskHint { get; init; }

    /// <summary>The same as .NET's own options say it, for code that has them already.</summary>
    /// <remarks>
    /// Not every word means the same: no certificate is ever fetched unless <c>CertificateChainPolicy</c> allows it; a selection callback
    /// is asked before anything is answered; a trust list inside a certificate context is not visible from outside and is not taken over.
    /// </remarks>
    /// <exception cref="NotSupportedException">A property says what cannot be done here; the message names it.</exception>
    /// <exception cref="ArgumentException">A certificate whose key is of a kind that is not used here.</exception>
    public static TlsServerOptions From(SslServerAuthenticationOptions source)
    {
        ArgumentNullException.ThrowIfNull(source);
        return PlatformOptions.From(source);
    }
}
