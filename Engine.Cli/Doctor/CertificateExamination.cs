using System.Formats.Asn1;
using System.Globalization;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace TlsFsm.Cli.Doctor;

/// <summary>
/// Everything that is wrong with a server's certificate, in words: where a client stops at the first finding, this goes on.
/// </summary>
internal static class CertificateExamination
{
    /// <summary>Looks at what a server presented.</summary>
    /// <param name="review">Our own checks of it; its chain is read now.</param>
    /// <param name="now">The time that dates are compared with.</param>
    public static CertificateFinding Of(CertificateReview review, DateTimeOffset now)
    {
        var leaf = review.Certificates[0];
        var remarks = new List<Remark>();
        CheckName(review, leaf, remarks);
        CheckDates(leaf, now, remarks);
        CheckChain(review, remarks);
        CheckStrength(review.Certificates, remarks);
        CheckStaple(review, leaf, remarks);
        CheckOrder(review.Certificates, remarks);

        // What none of the above has words for still counts.
        if (review.Rejection is { } rejection && !remarks.Any(remark => remark.IsProblem))
            remarks.Add(new Remark(true, leaf.Subject, rejection.Message));

        return new CertificateFinding
        {
            Subject = leaf.Subject,
            Issuer = leaf.Issuer,
            Key = KeyOf(leaf),
            Signature = leaf.SignatureAlgorithm.FriendlyName ?? leaf.SignatureAlgorithm.Value ?? "unknown",
            NotBefore = Utc(leaf.NotBefore),
            NotAfter = Utc(leaf.NotAfter),
            Names = [.. NamesOf(leaf)],
            Fingerprint = Convert.ToHexString(SHA256.HashData(leaf.RawData)),
            SentWithIt = [.. review.Certificates.Skip(1).Select(certificate => certificate.Subject)],
            Remarks = remarks,
        };
    }

    private static void CheckName(CertificateReview review, X509Certificate2 leaf, List<Remark> remarks)
    {
        var names = NamesOf(leaf).ToList();
        if (names.Count == 0)
            remarks.Add(new Remark(true, leaf.Subject,
                "no name: it has no subject alternative name, and clients look at no common name any more (RFC 9525)"));
        else if (review.PolicyErrors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch))
            remarks.Add(
                new Remark(true, leaf.Subject,
                    $"wrong name: it is not for '{review.TargetHost}' but for {string.Join(", ", names.Take(10))}"));
    }

    private static void CheckDates(X509Certificate2 leaf, DateTimeOffset now, List<Remark> remarks)
    {
        // An expired or early authority is in the chain's own words below.
        var (from, to) = (Utc(leaf.NotBefore), Utc(leaf.NotAfter));
        if (now < from)
            remarks.Add(new Remark(true, leaf.Subject, $"not yet valid: it begins {Date(from)}"));
        else if (now > to)
            remarks.Add(new Remark(true, leaf.Subject, $"expired: it ended {Date(to)}, {Days(now - to)} ago"));
        else if (to - now < ExpiresSoon && to - now < (to - from) / 3)
            remarks.Add(new Remark(false, leaf.Subject, $"about to expire: it ends {Date(to)}, in {Days(to - now)}"));
    }

    private static void CheckChain(CertificateReview review, List<Remark> remarks)
    {
        if (review.Chain is not { ChainElements.Count: > 0 } chain)
            return;

        for (var depth = 0; depth < chain.ChainElements.Count; depth++)
        {
            var element = chain.ChainElements[depth];
            foreach (var status in element.ChainElementStatus)
            {
                if (Words(status, element.Certificate, depth, review.Certificates.Count) is { } words)
                    remarks.Add(new Remark(true, element.Certificate.Subject, words));
            }
        }
    }

    /// <returns>Null for what was said already.</returns>
    private static string? Words(X509ChainStatus status, X509Certificate2 certificate, int depth, int sent) => status.Status switch
    {
        X509ChainStatusFlags.NotTimeValid when depth == 0 => null,
        X509ChainStatusFlags.NotTimeValid =>
            $"an authority out of its dates: it is valid from {Date(Utc(certificate.NotBefore))} to {Date(Utc(certificate.NotAfter))}",
        X509ChainStatusFlags.UntrustedRoot when depth == 0 => "self-signed: it is its own issuer, and is not trusted",
        X509ChainStatusFlags.UntrustedRoot => "untrusted root: the chain is whole, and ends at a root that is not trusted here",
        X509ChainStatusFlags.PartialChain when depth == 0 && sent == 1 =>
            $"missing intermediate: it came alone, and its issuer '{certificate.Issuer}' is not trusted here",
        X509ChainStatusFlags.PartialChain =>
            $"broken chain: its issuer '{certificate.Issuer}' was not sent, and is not trusted here (a missing intermediate, or an "
            + "untrusted root that was left out)",
        X509ChainStatusFlags.Revoked => "revoked by its issuer",
        X509ChainStatusFlags.NotValidForUsage =>
            depth == 0 ? "wrong usage: it is not for servers (extended key usage)" : "wrong usage: this authority may not sign for servers",
        X509ChainStatusFlags.NotSignatureValid => "bad signature: its issuer's key has not made it",
        X509ChainStatusFlags.HasWeakSignature => null,
        X509ChainStatusFlags.InvalidBasicConstraints => "not an authority: it has signed a certificate and may not (basic constraints)",
        X509ChainStatusFlags.InvalidNameConstraints or X509ChainStatusFlags.HasNotPermittedNameConstraint
            or X509ChainStatusFlags.HasExcludedNameConstraint =>
            "outside of what its authority may sign (name constraints)",
        X509ChainStatusFlags.RevocationStatusUnknown or X509ChainStatusFlags.OfflineRevocation => null,
        X509ChainStatusFlags.NoError => null,
        _ => $"{status.StatusInformation.TrimEnd('.', ' ', '\r', '\n')} ({status.Status})",
    };

    private static void CheckStrength(IReadOnlyList<X509Certificate2> certificates, List<Remark> remarks)
    {
        foreach (var certificate in certificates)
        {
            using var rsa = certificate.GetRSAPublicKey();
            using var ecdsa = certificate.GetECDsaPublicKey();
            if (rsa is { KeySize: < MinRsaBits })
                remarks.Add(
                    new Remark(true, certificate.Subject,
                        $"weak key: RSA with {rsa.KeySize} bits; {MinRsaBits} is the least that clients take"));
            if (ecdsa is { KeySize: < MinCurveBits })
                remarks.Add(
                    new Remark(true, certificate.Subject,
                        $"weak key: a curve of {ecdsa.KeySize} bits; {MinCurveBits} is the least that clients take"));

            // How a root signed itself proves nothing either way.
            if (certificate.Subject != certificate.Issuer && WeakSignatures.Contains(certificate.SignatureAlgorithm.Value ?? ""))
                remarks.Add(new Remark(true, certificate.Subject,
                    $"weak signature: {certificate.SignatureAlgorithm.FriendlyName ?? certificate.SignatureAlgorithm.Value} can be forged"));
        }
    }

    private static void CheckStaple(CertificateReview review, X509Certificate2 leaf, List<Remark> remarks)
    {
        var isDemanded = DemandsStaple(leaf);
        var words = (review.Staple, HasStaple: !review.StapledResponse.IsEmpty) switch
        {
            (StapleStatus.Revoked, _) => "revoked: its stapled OCSP response says so",
            (StapleStatus.Unknown, _) => "unknown to its responder: the stapled OCSP response says so",
            (StapleStatus.Invalid, _) => "bad staple: the OCSP response is malformed, for another certificate, or signed by somebody else",
            (StapleStatus.Outdated, _) when isDemanded => "must-staple with an outdated staple",
            (_, false) when isDemanded =>
                "must-staple without a staple: the certificate demands an OCSP response, and the server sends none",
            _ => null,
        };
        if (words is not null)
            remarks.Add(new Remark(true, leaf.Subject, words));
        else if (review.Staple == StapleStatus.Outdated)
            remarks.Add(new Remark(false, leaf.Subject, "outdated staple: as good as none"));
    }

    private static void CheckOrder(IReadOnlyList<X509Certificate2> sent, List<Remark> remarks)
    {
        for (var i = 1; i < sent.Count; i++)
        {
            if (!sent[i - 1].IssuerName.RawData.AsSpan().SequenceEqual(sent[i].SubjectName.RawData))
            {
                remarks.Add(
                    new Remark(false, sent[i].Subject,
                        $"out of order: it was sent behind '{sent[i - 1].Subject}', which it has not signed"));
                return;
            }
        }

        if (sent.Count > 1 && sent[^1].Subject == sent[^1].Issuer)
            remarks.Add(
                new Remark(false, sent[^1].Subject, "root sent along: clients have it or do not trust it, either way it is of no use"));
    }

    private static IEnumerable<string> NamesOf(X509Certificate2 leaf) => leaf.Extensions.OfType<X509SubjectAlternativeNameExtension>()
        .SelectMany(
            extension => extension.EnumerateDnsNames().Concat(extension.EnumerateIPAddresses().Select(address => address.ToString())));

    private static string KeyOf(X509Certificate2 certificate)
    {
        using var rsa = certificate.GetRSAPublicKey();
        if (rsa is not null)
            return string.Create(CultureInfo.InvariantCulture, $"RSA, {rsa.KeySize} bits");

        using var ecdsa = certificate.GetECDsaPublicKey();
        return ecdsa is not null
            ? string.Create(CultureInfo.InvariantCulture, $"ECDSA, {ecdsa.KeySize} bits")
            : certificate.PublicKey.Oid.FriendlyName ?? certificate.PublicKey.Oid.Value ?? "unknown";
    }

    /// <summary>
    /// RFC 7633: the TLS feature extension with status_request (5). One that cannot be read demands it, as the engine has it.
    /// </summary>
    private static bool DemandsStaple(X509Certificate2 certificate)
    {
        if (certificate.Extensions["1.3.6.1.5.5.7.1.24"] is not { } extension)
            return false;

        try
        {
            var features = new AsnReader(extension.RawData, AsnEncodingRules.DER).ReadSequence();
            while (features.HasData)
            {
                if (features.ReadInteger() == 5)
                    return true;
            }

            return false;
        }
        catch (AsnContentException)
        {
            return true;
        }
    }

    private static DateTimeOffset Utc(DateTime local) => new(local.ToUniversalTime());

    private static string Date(DateTimeOffset time) => time.ToString("yyyy-MM-dd HH:mm'Z'", CultureInfo.InvariantCulture);

    private static string Days(TimeSpan span) => span.TotalDays >= 2
        ? string.Create(CultureInfo.InvariantCulture, $"{(int)span.TotalDays} days")
        : string.Create(CultureInfo.InvariantCulture, $"{(int)span.TotalHours} hours");

    // As long as a person needs to notice. Certificates of a few days are renewed by machines, so a third of their life counts there.
    private static readonly TimeSpan ExpiresSoon = TimeSpan.FromDays(21);

    // RFC 9325 section 4.5.
    private const int MinRsaBits = 2048;
    private const int MinCurveBits = 256;

    // MD5 and SHA-1 with RSA, and SHA-1 with DSA and ECDSA.
    private static readonly HashSet<string> WeakSignatures =
        ["1.2.840.113549.1.1.4", "1.2.840.113549.1.1.5", "1.2.840.10040.4.3", "1.2.840.10045.4.1"];
}
