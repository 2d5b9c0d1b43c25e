using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using TlsFsm.Abstractions.Policy;
using TlsFsm.Core.Strictness;

namespace TlsFsm.Core.Certificates;

/// <summary>What is wrong with a chain: the finding that matters most, when several come together.</summary>
/// <param name="Check">The check that failed, in a word or two.</param>
/// <param name="Alert">What the peer is told.</param>
/// <param name="Certificate">The certificate at fault.</param>
/// <param name="Detail">The finding in words, to be read behind that certificate's name.</param>
/// <param name="Remedy">What would mend it, as a sentence.</param>
internal sealed record ChainFault(string Check, TlsAlert Alert, X509Certificate2 Certificate, string Detail, string Remedy)
{
    private const X509ChainStatusFlags Untrusted =
        X509ChainStatusFlags.UntrustedRoot | X509ChainStatusFlags.PartialChain | X509ChainStatusFlags.Cyclic
        | X509ChainStatusFlags.ExplicitDistrust;

    private const X509ChainStatusFlags Time =
        X509ChainStatusFlags.NotTimeValid | X509ChainStatusFlags.NotTimeNested | X509ChainStatusFlags.CtlNotTimeValid;

    private const X509ChainStatusFlags Usage = X509ChainStatusFlags.NotValidForUsage | X509ChainStatusFlags.CtlNotValidForUsage;

    private const X509ChainStatusFlags Form =
        X509ChainStatusFlags.NotSignatureValid | X509ChainStatusFlags.CtlNotSignatureValid | X509ChainStatusFlags.InvalidExtension
        | X509ChainStatusFlags.InvalidBasicConstraints | NameConstraints | Policies
        | X509ChainStatusFlags.HasNotSupportedCriticalExtension | X509ChainStatusFlags.HasWeakSignature;

    private const X509ChainStatusFlags NameConstraints = X509ChainStatusFlags.InvalidNameConstraints
        | X509ChainStatusFlags.HasNotSupportedNameConstraint | X509ChainStatusFlags.HasNotDefinedNameConstraint
        | X509ChainStatusFlags.HasNotPermittedNameConstraint | X509ChainStatusFlags.HasExcludedNameConstraint;

    private const X509ChainStatusFlags Policies =
        X509ChainStatusFlags.InvalidPolicyConstraints | X509ChainStatusFlags.NoIssuanceChainPolicy;

    // The order is OpenSSL's weight: a revoked or untrusted certificate is not excused by its dates.
    private static readonly (X509ChainStatusFlags Flags, string Check, PeerFault Fault)[] ByWeight =
    [
        (X509ChainStatusFlags.Revoked, "revocation", CertificateFaults.Revoked),
        (Untrusted, "trust", CertificateFaults.Untrusted),
        (Time, "dates", CertificateFaults.Expired),
        (Usage, "usage", CertificateFaults.WrongUsage),
        (Form, "form", CertificateFaults.BadForm),
        ((X509ChainStatusFlags)(-1), "chain", CertificateFaults.BadChain),
    ];

    /// <summary>All that is wrong with a chain that failed to build, what matters most first; at least one finding.</summary>
    /// <param name="chain">The chain, after Build.</param>
    /// <param name="subject">What it was built for.</param>
    public static IReadOnlyList<ChainFault> Find(X509Chain chain, ExaminationSubject subject)
    {
        List<ChainFault> found = [];
        X509ChainStatusFlags seen = 0;
        foreach (var (flags, check, fault) in ByWeight)
        {
            for (var depth = 0; depth < chain.ChainElements.Count; depth++)
            {
                foreach (var status in chain.ChainElements[depth].ChainElementStatus)
                {
                    if ((status.Status & flags & ~Told(flags)) == 0)
                        continue;

                    seen |= status.Status;
                    found.Add(Of(chain, depth, status.Status, check, fault, subject));
                }
            }

            foreach (var status in chain.ChainStatus)
            {
                if ((status.Status & flags & ~Told(flags) & ~seen) == 0)
                    continue;

                seen |= status.Status;
                found.Add(Of(chain, Math.Max(0, chain.ChainElements.Count - 1), status.Status, check, fault, subject));
            }
        }

        if (found.Count == 0)
            found.Add(Unbuilt("chain", CertificateFaults.BadChain, subject));
        return found;

        // The last line is for what none of those before it has a word for.
        static X509ChainStatusFlags Told(X509ChainStatusFlags flags) =>
            flags == (X509ChainStatusFlags)(-1) ? X509ChainStatusFlags.Revoked | Untrusted | Time | Usage | Form : 0;
    }

    /// <summary>A certificate that is not valid now; null for one that is.</summary>
    public static ChainFault? OfDates(X509Certificate2 certificate, ExaminationSubject subject)
    {
        var (from, to) = (Utc(certificate.NotBefore), Utc(certificate.NotAfter));
        return subject.Now < from
            ? new ChainFault(
                "dates", CertificateFaults.NotYetValid.Alert, certificate,
                $"it is not valid before {from:u}; it is judged at {subject.Now:u}",
                "If the clock here is right, the certificate was put to use too early.")
            : subject.Now > to
            ? new ChainFault(
                "dates", CertificateFaults.Expired.Alert, certificate,
                $"it was valid until {to:u}; it is judged at {subject.Now:u}",
                "If the clock here is right, the certificate must be renewed.")
            : null;
    }

    /// <summary>A certificate that is weak, or not known to be strong.</summary>
    public static ChainFault OfWeakness(X509Certificate2 certificate, Weakness weakness) => new(
        weakness.Check, CertificateFaults.Weak.Alert, certificate, weakness.Detail,
        weakness.Check == "key" ? "It needs another key." : "Its issuer must sign it anew.");

    /// <summary>
    /// The platform could not even look at a path, and does not say for which certificate's sake: for the first that it cannot use.
    /// </summary>
    /// <param name="path">Leaf first.</param>
    /// <param name="subject">What it was built for.</param>
    public static ChainFault OfUnusable(IReadOnlyList<X509Certificate2> path, ExaminationSubject subject)
    {
        foreach (var certificate in path)
        {
            try
            {
                using var ecdsa = certificate.GetECDsaPublicKey();
                using var rsa = certificate.GetRSAPublicKey();
            }
            catch (CryptographicException)
            {
                return new ChainFault(
                    "key", CertificateFaults.Weak.Alert, subject.Kept(certificate),
                    "its key cannot be used: it is no point of its curve, or otherwise malformed", "It needs a sound key.");
            }
        }

        return new ChainFault(
            "form", CertificateFaults.BadForm.Alert, subject.Leaf, "the platform cannot make sense of it, or of one that leads to it",
            "Its issuer must make it anew.");
    }

    /// <summary>A certificate whose extended key usage is not what is wanted here.</summary>
    public static ChainFault OfUsage(X509Certificate2 certificate, int depth, ExaminationSubject subject)
    {
        var (detail, remedy) = UsageWords(depth, subject.Refusal.Owner);
        return new ChainFault("usage", CertificateFaults.WrongUsage.Alert, certificate, detail, remedy);
    }

    private static (string Detail, string Remedy) UsageWords(int depth, string peer) => depth == 0
        ? ($"its extended key usage does not let it stand for a {peer}", $"The {peer} needs a certificate for {peer}s.")
        : ($"its extended key usage does not let it sign certificates of {peer}s",
            $"The {peer} needs a certificate of an authority for {peer}s.");

    private static ChainFault Unbuilt(string check, PeerFault fault, ExaminationSubject subject) => new(
        check, fault.Alert, subject.Leaf, "the platform could not build its chain",
        $"See that the {subject.Refusal.Owner} sends its intermediate certificates along, and that they are sound.");

    private static ChainFault Of(
        X509Chain chain, int depth, X509ChainStatusFlags status, string check, PeerFault fault, ExaminationSubject subject)
    {
        if (chain.ChainElements.Count == 0)
            return Unbuilt(check, fault, subject);

        var certificate = chain.ChainElements[depth].Certificate;
        var kept = subject.Kept(certificate);

        // What a platform does not verify, because it knows no such algorithm or has had enough of it, looks to it like a wrong signature.
        if (status == X509ChainStatusFlags.NotSignatureValid && !CertificateText.IsSelfIssued(certificate)
            && Strength.OfSignature(certificate, subject.Policy) is { } weakness)
            return OfWeakness(kept, weakness);

        var (detail, remedy) = Words(certificate, depth, status, subject);
        var alert = check == "dates" && subject.Now < Utc(certificate.NotBefore) ? CertificateFaults.NotYetValid.Alert : fault.Alert;
        return new ChainFault(check, alert, kept, detail, remedy);
    }

    private static (string Detail, string Remedy) Words(
        X509Certificate2 certificate, int depth, X509ChainStatusFlags status, ExaminationSubject subject)
    {
        var peer = subject.Refusal.Owner;
        var anotherPath = $"The {peer} needs a certificate of an authority that may sign it.";
        return status switch
        {
            X509ChainStatusFlags.Revoked => ("its issuer has revoked it", $"The {peer} needs a new certificate."),
            X509ChainStatusFlags.UntrustedRoot when depth == 0 =>
                ("it is its own issuer, and not among the trusted roots", "Trust it, or its pin, if it is the right one."),
            X509ChainStatusFlags.UntrustedRoot =>
                ("the chain ends at this root, which is not among the trusted ones", "Trust it, if it is the right one."),
            X509ChainStatusFlags.PartialChain when subject.Presented.Any(one => CertificateText.IsIssuedBy(certificate, one)) =>
                ($"the {CertificateText.IssuerOf(certificate)} that was presented has another key than its issuer, or leads to no trusted root",
                    $"The {peer} must send a chain that leads to a trusted root."),
            X509ChainStatusFlags.PartialChain =>
                ($"its issuer {CertificateText.IssuerOf(certificate)} was not presented, and is not among the trusted roots",
                    $"The {peer} must send the intermediate certificates along with its own, or their root must be trusted."),
            X509ChainStatusFlags.ExplicitDistrust =>
                ("this system distrusts it by name", $"The {peer} needs a certificate of another authority."),
            X509ChainStatusFlags.Cyclic =>
                ("its issuers sign each other in a circle", $"The {peer} must send a chain that leads to a trusted root."),
            _ when (status & Time) != 0 && OfDates(certificate, subject) is { } outdated => (outdated.Detail, outdated.Remedy),
            _ when (status & Time) != 0 => ("its dates do not lie within those that are wanted of it", "Its issuer must sign it anew."),
            _ when (status & Usage) != 0 => UsageWords(depth, peer),
            X509ChainStatusFlags.NotSignatureValid =>
                ("its issuer's key has not made its signature: it was changed, or comes from somebody else of that name",
                    $"See that the {peer} sends the chain of its own certificate, and that nothing was changed on the way."),
            X509ChainStatusFlags.InvalidBasicConstraints => (NoAuthority(certificate), anotherPath),
            X509ChainStatusFlags.HasNotSupportedCriticalExtension =>
                ("it has a critical extension that is not known here"
                    + $" ({string.Join(", ", CertificateForm.UnknownCritical(certificate).DefaultIfEmpty("unnamed").Take(4))})",
                    "It must be issued without it, or somebody who knows it must judge it."),
            X509ChainStatusFlags.HasWeakSignature => ("its signature is too weak for this system", "Its issuer must sign it anew."),
            _ when (status & NameConstraints) != 0 =>
                ("a name in the chain is outside of what its authority may sign (name constraints)", anotherPath),
            _ when (status & Policies) != 0 => ("the certificate policies along the chain do not fit together", anotherPath),
            X509ChainStatusFlags.InvalidExtension =>
                ("one of its extensions is malformed, or contradicts another", "Its issuer must make it anew."),
            X509ChainStatusFlags.RevocationStatusUnknown or X509ChainStatusFlags.OfflineRevocation =>
                ("whether it was revoked cannot be found out",
                    $"See that its revocation list or responder can be reached, or use {nameof(X509RevocationMode)}.{nameof(
                        X509RevocationMode.NoCheck)}."),
            _ => ("the platform refuses it, and does not say why in words that we know", anotherPath),
        };
    }

    private static string NoAuthority(X509Certificate2 certificate) =>
        certificate.Extensions.OfType<X509BasicConstraintsExtension>().FirstOrDefault() is not { CertificateAuthority: true }
        ? "it has signed a certificate, and is no authority (basic constraints)"
        : certificate.Extensions.OfType<X509KeyUsageExtension>().FirstOrDefault() is { } usage
            && !usage.KeyUsages.HasFlag(X509KeyUsageFlags.KeyCertSign)
        ? "it has signed a certificate, and its key usage does not let it (no keyCertSign)"
        : "there are more authorities below it than it allows (path length)";

    private static DateTimeOffset Utc(DateTime local) => new(local.ToUniversalTime());
}
