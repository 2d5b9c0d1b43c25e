using System.Security.Cryptography.X509Certificates;

namespace TlsFsm;

/// <summary>What a peer presented, for a caller that judges it itself.</summary>
/// <param name="Certificates">Leaf first, as sent. Never empty.</param>
/// <param name="TargetHost">The name that the client wants; null on a server, or when the caller gave none.</param>
/// <param name="IsServer">Whether we are the server, judging a client.</param>
public sealed record PeerCertificates(IReadOnlyList<X509Certificate2> Certificates, string? TargetHost, bool IsServer)
{
    /// <summary>The stapled OCSP response in DER, not verified; empty without one.</summary>
    public ReadOnlyMemory<byte> StapledResponse { get; init; }

    /// <summary>Whether they were presented in an earlier handshake, whose session is being resumed.</summary>
    public bool IsResumed { get; init; }

    /// <summary>The peer's own certificate.</summary>
    public X509Certificate2 Leaf => Certificates[0];
}
