using System.Globalization;
using System.Security.Cryptography.X509Certificates;

namespace TlsFsm.Cli.Doctor;

/// <summary>One certificate of a chain, as the picture of it shows.</summary>
/// <param name="Subject">Whose it is.</param>
/// <param name="Origin">Where it came from: <c>sent</c>, <c>trusted here</c>, or <c>found here</c>.</param>
/// <param name="About">Until when, how strong, how signed.</param>
/// <param name="Failures">Checks that fail at it.</param>
internal sealed record ChainLink(string Subject, string Origin, string About, IReadOnlyList<string> Failures);

/// <summary>A chain from the leaf to where it ends: who signs whom, until when, how strong, and which check fails where.</summary>
internal static class ChainPicture
{
    /// <summary>The chain that the server's certificate was judged by; what was sent, where none could be built.</summary>
    public static IReadOnlyList<ChainLink> Of(CertificateReview review)
    {
        IReadOnlyList<X509Certificate2> chain = review.Chain is { ChainElements.Count: > 0 } built
            ? [.. built.ChainElements.Select(element => element.Certificate)] : review.Certificates;
        return [.. chain.Select((certificate, depth) => new ChainLink(
            CertificateExamination.NameOf(certificate),
            OriginOf(review, certificate, depth == chain.Count - 1),
            string.Create(
                CultureInfo.InvariantCulture,
                $"until {certificate.NotAfter.ToUniversalTime():yyyy-MM-dd}; {CertificateExamination.KeyOf(certificate)}; signed with {
                    certificate.SignatureAlgorithm.FriendlyName ?? certificate.SignatureAlgorithm.Value}"),
            [.. review.Findings
                .Where(finding => finding.Certificate?.RawDataMemory.Span.SequenceEqual(certificate.RawDataMemory.Span) == true)
                .Select(finding => $"{finding.Check}: {finding.Detail}")
                .Concat(IsExempt(review, chain, depth)
                    ? [] : new[] { CertificateExamination.WeaknessOf(review, certificate) }.OfType<string>())]))];
    }

    /// <summary>The picture, a line at a time: the leaf on top, below each what has signed it.</summary>
    public static IEnumerable<string> Lines(IReadOnlyList<ChainLink> chain)
    {
        for (var i = 0; i < chain.Count; i++)
        {
            var (subject, origin, about, failures) = chain[i];
            var bar = i < chain.Count - 1 ? "|" : " ";
            yield return $"{subject} ({origin})";
            yield return $"{bar}   {about}";
            foreach (var failure in failures)
                yield return $"{bar}   FAILS {failure}";
            if (i < chain.Count - 1)
                yield return "^ is signed by";
        }
    }

    /// <summary>What ends a chain is trusted for its name and key as it is, unless it is the server's own.</summary>
    private static bool IsExempt(CertificateReview review, IReadOnlyList<X509Certificate2> chain, int depth) =>
        depth > 0 && depth == chain.Count - 1 && OriginOf(review, chain[depth], isLast: true) is not ("sent" or "found here");

    private static string OriginOf(CertificateReview review, X509Certificate2 certificate, bool isLast)
    {
        var isSent = review.Certificates.Any(one => one.RawDataMemory.Span.SequenceEqual(certificate.RawDataMemory.Span));
        var isTrusted = isLast && !review.Findings.Any(finding => finding.Check == "trust");
        return isTrusted ? isSent ? "sent, and trusted here" : "trusted here" : isSent ? "sent" : "found here";
    }
}
