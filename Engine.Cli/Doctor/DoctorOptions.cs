using System.Net.Security;
using TlsFsm.Cli.StartTls;

namespace TlsFsm.Cli.Doctor;

/// <summary>How a server is examined.</summary>
internal sealed record DoctorOptions
{
    /// <summary>The name that is asked for, and that the certificate must be for.</summary>
    public required string ServerName { get; init; }

    /// <summary>What the certificate is judged by.</summary>
    public required CertificateVerification Verification { get; init; }

    /// <summary>How a connection comes to where its TLS begins.</summary>
    public required WayToPeer Way { get; init; }

    /// <summary>How long one TCP connect, and one handshake, may take.</summary>
    public required TimeSpan Timeout { get; init; }

    /// <summary>Offered to the server, most wanted first.</summary>
    public required IReadOnlyList<SslApplicationProtocol> ApplicationProtocols { get; init; }

    /// <summary>Presented when the server asks for a client certificate; null: nothing.</summary>
    public TlsCredential? Credential { get; init; }
}
