using System.Formats.Asn1;
using System.Security.Cryptography.X509Certificates;
using Org.BouncyCastle.Pkix;
using Org.BouncyCastle.Security;
using Org.BouncyCastle.Security.Certificates;
using BcCertificate = Org.BouncyCastle.X509.X509Certificate;

namespace TlsFsm.Core.BouncyCastle.Identity;

/// <summary>
/// Certificate policies along a path (RFC 5280 section 6.1): the platform leaves their constraints out, or refuses what is valid. Asked
/// only where a certificate has such constraints, which few have, and about a path that the platform found good; so it can only refuse
/// more.
/// </summary>
internal static class PolicyTree
{
    /// <summary>Whether the policies along a path fit together, and are no more than anybody needs.</summary>
    /// <param name="path">From the leaf to the anchor.</param>
    /// <param name="time">When it is judged.</param>
    public static bool IsValid(IReadOnlyList<X509Certificate2> path, DateTimeOffset time)
    {
        try
        {
            if (!PolicyCount.IsBounded(path))
                return false;

            var anchor = new TrustAnchor(new BcCertificate(path[^1].RawData), null);
            var parameters = new PkixParameters(new HashSet<TrustAnchor> { anchor })
            {
                Date = time.UtcDateTime, IsRevocationEnabled = false,
            };
            new PkixCertPathValidator().Validate(
                new PkixCertPath([.. path.Take(path.Count - 1).Select(one => new BcCertificate(one.RawData))]), parameters);
            return true;
        }
        catch (Exception e) when (e is GeneralSecurityException or CertificateException or IOException or ArgumentException
            or InvalidOperationException or AsnContentException)
        {
            return false;
        }
    }
}
