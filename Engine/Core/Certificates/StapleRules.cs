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
    public static (PeerFault Fault, string Words, string Remedy)? Fault(StapleStatus status, StapleMode mode, bool isDemanded)
    {
        var isRequired = mode == StapleMode.Require;
        return status switch
        {
            StapleStatus.Revoked => (CertificateFaults.Revoked, "its stapled OCSP response says that it was revoked",
                "The server needs a new certificate."),
            StapleStatus.Invalid => (CertificateFaults.BadStaple,
                "its stapled OCSP response is malformed, for another certificate, or signed by somebody else", Fetch),
            StapleStatus.Unknown => (CertificateFaults.BadStaple, "the responder of its stapled OCSP response does not know it", Fetch),
            StapleStatus.Outdated when isRequired || isDemanded =>
                (CertificateFaults.BadStaple, "its stapled OCSP response is outdated, or not good yet",
                    $"{Fetch} If it does, a clock is wrong."),
            StapleStatus.None when isRequired => (CertificateFaults.BadStaple,
                $"it came without a stapled OCSP response, and {nameof(StapleMode)}.{nameof(StapleMode.Require)} wants one", Fetch),
            StapleStatus.None when isDemanded => (CertificateFaults.BadStaple,
                "it came without a stapled OCSP response, and demands one (must-staple)", Fetch),
            _ => null,
        };
    }

    private const string Fetch = "The server must staple a current response of the authority that has issued its certificate.";
}
