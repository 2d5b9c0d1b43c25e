using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace TlsFsm;

/// <summary>
/// A peer's certificate after our checks, for a caller that has the last word (<see cref="CertificateVerification.Review"/>).
/// </summary>
public sealed class CertificateReview
{
    /// <summary>What the peer presented, leaf first. Empty when a client presented nothing.</summary>
    public required IReadOnlyList<X509Certificate2> Certificates { get; init; }

    /// <summary>
    /// The chain as it was built, with the status of each element; null when nothing was presented. Valid until the decision is made.
    /// </summary>
    public X509Chain? Chain { get; init; }

    /// <summary>What was found, in the words of <see cref="System.Net.Security"/>.</summary>
    public SslPolicyErrors PolicyErrors { get; init; }

    /// <summary>Why we would refuse; null when we would not. Its <see cref="TlsException.Alert"/> is what the peer would be told.</summary>
    public TlsCertificateException? Rejection { get; init; }

    /// <summary>All that was found wrong, what matters most first: the first is <see cref="Rejection"/>. Empty for nothing.</summary>
    /// <value>Pins and a stapled response are looked at only where chain and name are good.</value>
    public IReadOnlyList<TlsCertificateException> Findings { get; init; } = [];

    /// <summary>The stapled OCSP response in DER; empty without one.</summary>
    public ReadOnlyMemory<byte> StapledResponse { get; init; }

    /// <summary>What the stapled response says.</summary>
    public StapleStatus Staple { get; init; }

    /// <summary>The name that the client wants; null on a server.</summary>
    public string? TargetHost { get; init; }

    /// <summary>
    /// Whether the certificates were presented in an earlier handshake, whose session is being resumed: see
    /// <see cref="CertificateVerification.VerifyOnResumption"/>.
    /// </summary>
    public bool IsResumed { get; init; }

    /// <summary>Whether we are the server, judging a client.</summary>
    public bool IsServer { get; init; }
}
