using System.Globalization;
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
        Take(review.Findings, leaf, remarks);
        CheckStrength(review, remarks);
        CheckExpiry(leaf, now, remarks);
        CheckAge(review, leaf, remarks);
        CheckOrder(review.Certificates, remarks);

        return new CertificateFinding
        {
            Subject = NameOf(leaf),
            Issuer = leaf.Issuer,
            Key = KeyOf(leaf),
            Signature = leaf.SignatureAlgorithm.FriendlyName ?? leaf.SignatureAlgorithm.Value ?? "unknown",
            NotBefore = Utc(leaf.NotBefore),
            NotAfter = Utc(leaf.NotAfter),
            Names = [.. NamesOf(leaf)],
            Fingerprint = Convert.ToHexString(SHA256.HashData(leaf.RawData)),
            SentWithIt = [.. review.Certificates.Skip(1).Select(NameOf)],
            Chain = ChainPicture.Of(review),
            Remarks = remarks,
        };
    }

    /// <summary>What our own checks found, in the words in which a connection fails.</summary>
    private static void Take(IReadOnlyList<TlsCertificateException> findings, X509Certificate2 leaf, List<Remark> remarks)
    {
        foreach (var finding in findings)
            remarks.Add(new Remark(
                true, NameOf(finding.Certificate ?? leaf), finding.Detail is null
                    ? $"{finding.Check}: {finding.Message}" : $"{finding.Check}: {finding.Detail}. {finding.Remedy}".TrimEnd()));
    }

    private static void CheckExpiry(X509Certificate2 leaf, DateTimeOffset now, List<Remark> remarks)
    {
        var (from, to) = (Utc(leaf.NotBefore), Utc(leaf.NotAfter));
        if (now >= from && now <= to && to - now < ExpiresSoon && to - now < (to - from) / 3)
            remarks.Add(new Remark(false, NameOf(leaf), $"about to expire: it ends {Date(to)}, in {Days(to - now)}"));
    }

    /// <summary>
    /// By the default policy: the handshakes of this tool bear with more, to see more. A root that is sent along counts for nothing.
    /// </summary>
    private static void CheckStrength(CertificateReview review, List<Remark> remarks)
    {
        foreach (var certificate in Distinct(review.Certificates).Where((one, index) => index == 0 || one.Subject != one.Issuer))
        {
            if (WeaknessOf(review, certificate) is { } weakness)
                remarks.Add(new Remark(true, NameOf(certificate), weakness));
        }
    }

    /// <summary>A weakness that is not among the findings; null for none.</summary>
    internal static string? WeaknessOf(CertificateReview review, X509Certificate2 certificate) =>
        TlsPolicy.Default.WeaknessOf(certificate) is { } weakness
        && !review.Findings.Any(
            finding => finding.Detail == weakness && finding.Certificate?.RawData.SequenceEqual(certificate.RawData) == true)
            ? $"weak: {weakness}" : null;

    private static void CheckAge(CertificateReview review, X509Certificate2 leaf, List<Remark> remarks)
    {
        if (review.Staple == StapleStatus.Outdated && review.Rejection is null)
            remarks.Add(new Remark(false, NameOf(leaf), "outdated staple: as good as none"));
    }

    private static void CheckOrder(IReadOnlyList<X509Certificate2> all, List<Remark> remarks)
    {
        var sent = Distinct(all);
        if (sent.Count < all.Count)
            remarks.Add(new Remark(
                false, NameOf(all.First(one => all.Count(other => other.RawData.SequenceEqual(one.RawData)) > 1)),
                "sent more than once: once is enough"));
        for (var i = 1; i < sent.Count; i++)
        {
            if (!sent[i - 1].IssuerName.RawData.AsSpan().SequenceEqual(sent[i].SubjectName.RawData))
            {
                remarks.Add(
                    new Remark(false, NameOf(sent[i]),
                        $"out of order: it was sent behind '{NameOf(sent[i - 1])}', which it has not signed"));
                return;
            }
        }

        if (sent.Count > 1 && sent[^1].Subject == sent[^1].Issuer)
            remarks.Add(
                new Remark(false, NameOf(sent[^1]), "root sent along: clients have it or do not trust it, either way it is of no use"));
    }

    private static List<X509Certificate2> Distinct(IReadOnlyList<X509Certificate2> sent) =>
        [.. sent.DistinctBy(one => Convert.ToHexString(SHA256.HashData(one.RawData)))];

    /// <summary>A certificate by its subject, or where that is empty by its fingerprint: as in the messages of a connection.</summary>
    internal static string NameOf(X509Certificate2 certificate) =>
        certificate.Subject.Length > 0 ? certificate.Subject : $"SHA-256 {Convert.ToHexString(SHA256.HashData(certificate.RawData))}";

    /// <summary>None where they are malformed: that is among the findings.</summary>
    private static IEnumerable<string> NamesOf(X509Certificate2 leaf)
    {
        try
        {
            return [.. leaf.Extensions.OfType<X509SubjectAlternativeNameExtension>().SelectMany(
                extension => extension.EnumerateDnsNames().Concat(
                    extension.EnumerateIPAddresses().Select(address => address.ToString())))];
        }
        catch (CryptographicException)
        {
            return [];
        }
    }

    /// <summary>Kind and size of a certificate's key.</summary>
    internal static string KeyOf(X509Certificate2 certificate)
    {
        try
        {
            using var rsa = certificate.GetRSAPublicKey();
            if (rsa is not null)
                return string.Create(CultureInfo.InvariantCulture, $"RSA, {rsa.KeySize} bits");

            using var ecdsa = certificate.GetECDsaPublicKey();
            if (ecdsa is not null)
                return string.Create(CultureInfo.InvariantCulture, $"ECDSA, {ecdsa.KeySize} bits");
        }
        catch (CryptographicException)
        {
            // A key that the platform does not take is described by its number.
        }

        return certificate.PublicKey.Oid.FriendlyName ?? certificate.PublicKey.Oid.Value ?? "unknown";
    }

    private static DateTimeOffset Utc(DateTime local) => new(local.ToUniversalTime());

    private static string Date(DateTimeOffset time) => time.ToString("yyyy-MM-dd HH:mm'Z'", CultureInfo.InvariantCulture);

    private static string Days(TimeSpan span) => span.TotalDays >= 2
        ? string.Create(CultureInfo.InvariantCulture, $"{(int)span.TotalDays} days")
        : string.Create(CultureInfo.InvariantCulture, $"{(int)span.TotalHours} hours");

    // As long as a person needs to notice. Certificates of a few days are renewed by machines, so a third of their life counts there.
    private static readonly TimeSpan ExpiresSoon = TimeSpan.FromDays(21);
}
