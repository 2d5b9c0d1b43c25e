using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using TlsFsm.Abstractions.Words;

namespace TlsFsm.Core.Certificates;

/// <summary>Certificates in texts: by their subject, escaped and cut, or where there is none by their fingerprint.</summary>
internal static class CertificateText
{
    private const int MaxSubject = 160;

    /// <summary>A certificate by name: <c>'CN=example'</c>, or <c>'SHA-256 4F2A...'</c> where the subject is empty.</summary>
    public static string NameOf(X509Certificate2 certificate) => $"'{BareNameOf(certificate)}'";

    /// <summary>As <see cref="NameOf"/>, without quotes.</summary>
    public static string BareNameOf(X509Certificate2 certificate) => certificate.Subject.Length > 0
        ? SafeText.Of(certificate.Subject, MaxSubject)
        : $"SHA-256 {Convert.ToHexString(SHA256.HashData(certificate.RawDataMemory.Span))}";

    /// <summary>Who has signed a certificate, by name.</summary>
    public static string IssuerOf(X509Certificate2 certificate) =>
        certificate.Issuer.Length > 0 ? $"'{SafeText.Of(certificate.Issuer, MaxSubject)}'" : "of no name";

    /// <summary>Where among those that the peer presented a certificate is: from 0; negative when it was not.</summary>
    public static int IndexOf(IReadOnlyList<X509Certificate2> presented, X509Certificate2 certificate)
    {
        for (var i = 0; i < presented.Count; i++)
        {
            if (IsSame(presented[i], certificate))
                return i;
        }

        return -1;
    }

    public static bool IsSame(X509Certificate2 one, X509Certificate2 other) =>
        one.RawDataMemory.Span.SequenceEqual(other.RawDataMemory.Span);

    /// <summary>Whether one certificate could be the other's issuer, by name.</summary>
    public static bool IsIssuedBy(X509Certificate2 certificate, X509Certificate2 issuer) =>
        certificate.IssuerName.RawData.AsSpan().SequenceEqual(issuer.SubjectName.RawData);

    public static bool IsSelfIssued(X509Certificate2 certificate) => IsIssuedBy(certificate, certificate);
}
