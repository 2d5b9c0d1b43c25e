using TlsFsm.Core.Strictness;

namespace TlsFsm.Core.Certificates;

/// <summary>What a stapled response means for the certificate: the table of status, mode and must-staple in docs/certificates.md.</summary>
internal static class StapleRules
{
    /// <summary>Why a certificate is refused for its staple, or for having none.</summary>
    /// <param name="status">What the response says, once it is verified.</param>
    /// <param name="mode">What the client wants; not <see cref="StapleMode.Off"/>, with which nobody looks.</param>
    /// <param name="isDemanded">Whether the certificate demands one (RFC 7633).</param>
    /// <returns>Null when it is not.</returns>
    public static (PeerFault Fault, string Words)? Fault(StapleStatus status, StapleMode mode, bool isDemanded)
    {
        var isRequired = mode == StapleMode.Require;
        return status switch
        {
            StapleStatus.Revoked => (CertificateFaults.Revoked, "it says that the certificate is revoked"),
            StapleStatus.Invalid =>
                (CertificateFaults.BadStaple, "it is malformed, for another certificate, or signed by somebody else"),
            StapleStatus.Unknown => (CertificateFaults.BadStaple, "its responder does not know the certificate"),
            StapleStatus.Outdated when isRequired || isDemanded => (CertificateFaults.BadStaple, "it is outdated, or not good yet"),
            StapleStatus.None when isRequired =>
                (CertificateFaults.BadStaple, $"there is none, and {nameof(StapleMode)}.{nameof(StapleMode.Require)} wants one"),
            StapleStatus.None when isDemanded =>
                (CertificateFaults.BadStaple, "there is none, and the certificate demands one (must-staple)"),
            _ => null,
        };
    }
}
