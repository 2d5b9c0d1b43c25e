using System.Security.Cryptography.X509Certificates;

namespace TlsFsm.Core.BouncyCastle.Roles;

/// <summary>What came of a handshake, on either side.</summary>
internal interface INegotiation
{
    /// <summary>What it settled; null before it finished.</summary>
    TlsSessionInfo? Session { get; }

    /// <summary>The certificate that the server proved itself with.</summary>
    X509Certificate2? ServerCertificate { get; }

    /// <summary>The connection has failed.</summary>
    void OnFailure();

    /// <summary>Lets go of secrets for later sessions.</summary>
    void Forget();
}
