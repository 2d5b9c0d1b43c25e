using System.Security.Cryptography.X509Certificates;
using TlsFsm.Core.Strictness;

namespace TlsFsm.Core.Certificates;

/// <summary>What is wrong with a chain: the finding that matters most, when several come together.</summary>
/// <param name="Check">The check that failed, in a word or two.</param>
/// <param name="Alert">What the peer is told.</param>
/// <param name="Depth">Which certificate of the chain; 0 is the leaf.</param>
/// <param name="Subject">That certificate's subject.</param>
/// <param name="Detail">The finding in words.</param>
internal sealed record ChainFault(string Check, TlsAlert Alert, int Depth, string Subject, string Detail)
{
    private const X509ChainStatusFlags Untrusted =
        X509ChainStatusFlags.UntrustedRoot | X509ChainStatusFlags.PartialChain | X509ChainStatusFlags.Cyclic
        | X509ChainStatusFlags.ExplicitDistrust;

    private const X509ChainStatusFlags Time =
        X509ChainStatusFlags.NotTimeValid | X509ChainStatusFlags.NotTimeNested | X509ChainStatusFlags.CtlNotTimeValid;

    private const X509ChainStatusFlags Usage = X509ChainStatusFlags.NotValidForUsage | X509ChainStatusFlags.CtlNotValidForUsage;

    private const X509ChainStatusFlags Form =
        X509ChainStatusFlags.NotSignatureValid | X509ChainStatusFlags.CtlNotSignatureValid | X509ChainStatusFlags.InvalidExtension
        | X509ChainStatusFlags.InvalidBasicConstraints | X509ChainStatusFlags.InvalidNameConstraints
        | X509ChainStatusFlags.HasNotSupportedNameConstraint | X509ChainStatusFlags.HasNotDefinedNameConstraint
        | X509ChainStatusFlags.HasNotPermittedNameConstraint | X509ChainStatusFlags.HasExcludedNameConstraint
        | X509ChainStatusFlags.InvalidPolicyConstraints | X509ChainStatusFlags.NoIssuanceChainPolicy
        | X509ChainStatusFlags.HasNotSupportedCriticalExtension | X509ChainStatusFlags.HasWeakSignature;

    /// <summary>The finding that decides about a chain that failed to build.</summary>
    /// <param name="chain">The chain, after Build.</param>
    /// <param name="now">The local time that it was judged at.</param>
    public static ChainFault Find(X509Chain chain, DateTime now)
    {
        // The order is OpenSSL's weight: a revoked or untrusted certificate is not excused by its dates.
        return Of(X509ChainStatusFlags.Revoked, "revocation", CertificateFaults.Revoked.Alert)
            ?? Of(Untrusted, "trust", CertificateFaults.Untrusted.Alert)
            ?? OfTime()
            ?? Of(Usage, "usage", CertificateFaults.WrongUsage.Alert)
            ?? Of(Form, "form", CertificateFaults.BadForm.Alert)
            ?? Of((X509ChainStatusFlags)(-1), "chain", CertificateFaults.BadChain.Alert)
            ?? new ChainFault("chain", CertificateFaults.BadChain.Alert, 0, "", "the chain could not be built");

        ChainFault? OfTime()
        {
            var fault = Of(Time, "dates", CertificateFaults.Expired.Alert);
            if (fault is null || fault.Depth >= chain.ChainElements.Count)
                return fault;

            var certificate = chain.ChainElements[fault.Depth].Certificate;
            return now < certificate.NotBefore
                ? fault with { Alert = CertificateFaults.NotYetValid.Alert, Detail =
                    $"it is not valid before {certificate.NotBefore.ToUniversalTime():u}" }
                : fault with { Detail = $"it was valid until {certificate.NotAfter.ToUniversalTime():u}" };
        }

        ChainFault? Of(X509ChainStatusFlags flags, string check, TlsAlert alert)
        {
            for (var depth = 0; depth < chain.ChainElements.Count; depth++)
            {
                foreach (var status in chain.ChainElements[depth].ChainElementStatus)
                {
                    if ((status.Status & flags) != 0)
                        return new ChainFault(check, alert, depth, chain.ChainElements[depth].Certificate.Subject, Words(status));
                }
            }

            foreach (var status in chain.ChainStatus)
            {
                if ((status.Status & flags) != 0)
                    return new ChainFault(
                        check, alert, 0, chain.ChainElements.Count > 0 ? chain.ChainElements[0].Certificate.Subject : "", Words(status));
            }

            return null;
        }
    }

    private static string Words(X509ChainStatus status) => $"{status.StatusInformation.TrimEnd('.', ' ', '\r', '\n')} ({status.Status})";
}
