using System.Security.Authentication;

namespace TlsFsm.AspNetCore;

/// <summary>
/// The TLS of an end point as configuration can say it: in <c>appsettings.json</c> under <c>Kestrel:Endpoints:NAME:TlsFsm</c>, or as named
/// options. What it cannot say, <see cref="Adjust"/> can.
/// </summary>
/// <remarks>
/// Certificates are read again while the server runs (<see cref="CertificateReload"/>): handshakes that begin later present the new one,
/// connections that are there stay as they are. What cannot be read or does not fit together, half of a renewal for example, is logged as
/// an error, and the last good one stays in use.
/// </remarks>
public sealed class TlsFsmSettings
{
    /// <summary>What is presented. Null: only what <see cref="Sni"/> or <see cref="Adjust"/> say.</summary>
    public TlsFsmCertificateSettings? Certificate { get; set; }

    /// <summary>Certificates by the name that a client asks for; <c>*.example.com</c> stands for one label before that.</summary>
    public IDictionary<string, TlsFsmCertificateSettings> Sni { get; } =
        new Dictionary<string, TlsFsmCertificateSettings>(StringComparer.OrdinalIgnoreCase);

    /// <summary>
    /// Whether a client that asks for a name which <see cref="Sni"/> has not is refused. Default false: it gets <see cref="Certificate"/>.
    /// </summary>
    public bool RefuseUnknownNames { get; set; }

    /// <summary>Versions accepted: <c>Tls12</c>, <c>Tls13</c>. Empty, the default: both.</summary>
    public IList<SslProtocols> SslProtocols { get; } = [];

    /// <summary>Whether clients are asked for a certificate. Default <see cref="ClientCertificateMode.None"/>.</summary>
    public ClientCertificateMode ClientCertificateMode { get; set; }

    /// <summary>
    /// Files and folders with the roots that clients' certificates must lead to, in PEM; relative to the application's content. Empty, the
    /// default: the system's.
    /// </summary>
    public IList<string> ClientCertificateRoots { get; } = [];

    /// <summary>How long a handshake may take. Greater than zero; default 10 seconds, as with <c>UseHttps</c>.</summary>
    public TimeSpan HandshakeTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// How old what was read of certificates may be when a connection comes: then files and stores are looked at again. Zero: never.
    /// Default 1 minute.
    /// </summary>
    public TimeSpan CertificateReload { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>
    /// The last word on the options that were made of these settings, for code. Called each time that something was read; its result is
    /// used. Null: none.
    /// </summary>
    public Func<TlsServerOptions, TlsServerOptions>? Adjust { get; set; }
}
