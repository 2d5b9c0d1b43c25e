using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace TlsFsm.Abstractions;

/// <summary>A client's side of the connection.</summary>
public sealed class TlsClientOptions : TlsConnectionOptions
{
    /// <summary>The host name or IP address that the server's certificate must be for; also the SNI, unless it is an address.</summary>
    /// <value>Null only together with a <see cref="Verification"/> that replaces the default; otherwise making the connection is an argument error.</value>
    public string? TargetHost { get; init; }

    /// <summary>How the server's certificate is judged.</summary>
    /// <value>Default <see cref="CertificateVerification.SystemTrust"/>: chain to the system's roots, and the host name.</value>
    public CertificateVerification Verification { get; init; } = CertificateVerification.SystemTrust;

    /// <summary>Application protocols offered by ALPN, most wanted first. Default none.</summary>
    public IReadOnlyList<SslApplicationProtocol> ApplicationProtocols { get; init; } = [];

    /// <summary>What we present when the server asks for a client certificate. Null: an empty answer.</summary>
    public TlsCredential? Credential { get; init; }

    /// <summary>Where sessions are kept, to be resumed on later connections: one round trip less work, no certificates.</summary>
    /// <value>
    /// Default null: nothing is kept, nothing offered. A server can tell by a resumed session that two connections are of one client, so
    /// share a cache only among connections that may know of each other. Used only with a <see cref="TargetHost"/>.
    /// </value>
    public ITlsSessionCache? SessionCache { get; init; }

    /// <summary>Asks the server for records of at most so many bytes of plaintext, for clients short of memory (RFC 6066 section 4). Both sides keep to it when the server agrees; many do not know it.</summary>
    /// <value>512, 1,024, 2,048, 4,096, or the default null: not asked for. Sessions of TLS 1.2 with it are not resumed.</value>
    /// <exception cref="ArgumentOutOfRangeException">Any other size.</exception>
    public int? MaxFragmentLength
    {
        get;
        init => field = value is null or 512 or 1024 or 2048 or 4096
            ? value
            : throw new ArgumentOutOfRangeException(nameof(MaxFragmentLength), value, $"{nameof(MaxFragmentLength)} should be 512, 1024, 2048 or 4096, got {value}.");
    }

    /// <summary>Versions offered: any of <see cref="SslProtocols.Tls12"/> and <see cref="SslProtocols.Tls13"/>.</summary>
    /// <value>Default both. Anything older, or nothing, is an argument error when the connection is made.</value>
    public SslProtocols EnabledProtocols { get; init; } = SslProtocols.Tls12 | SslProtocols.Tls13;
}
