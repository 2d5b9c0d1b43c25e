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

    /// <summary>Versions accepted: any of <see cref="SslProtocols.Tls12"/> and <see cref="SslProtocols.Tls13"/>.</summary>
    /// <value>Default both. Anything older, or nothing, is an argument error when the connection is made.</value>
    public SslProtocols EnabledProtocols { get; init; } = SslProtocols.Tls12 | SslProtocols.Tls13;

    /// <summary>What may be negotiated: versions, suites, groups, signature schemes, sizes of keys.</summary>
    /// <value>Default <see cref="TlsPolicy.Default"/>. Of its versions only those count that <see cref="EnabledProtocols"/> has too.</value>
    public TlsPolicy Policy { get; init; } = TlsPolicy.Default;
}
