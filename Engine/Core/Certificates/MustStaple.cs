using System.Formats.Asn1;
using System.Security.Cryptography.X509Certificates;

namespace TlsFsm.Core.Certificates;

/// <summary>The TLS feature extension of certificates (RFC 7633), as far as it demands a stapled OCSP response.</summary>
internal static class MustStaple
{
    private const string TlsFeature = "1.3.6.1.5.5.7.1.24";
    private const int StatusRequest = 5;

    /// <summary>
    /// Whether a certificate must not be accepted without a stapled response. One that cannot be read demands it: it is no excuse.
    /// </summary>
    public static bool IsDemandedBy(X509Certificate2 certificate)
    {
        if (certificate.Extensions[TlsFeature] is not { } extension)
            return false;

        try
        {
            var features = new AsnReader(extension.RawData, AsnEncodingRules.DER).ReadSequence();
            while (features.HasData)
            {
                if (features.ReadInteger() == StatusRequest)
                    return true;
            }

            return false;
        }
        catch (AsnContentException)
        {
            return true;
        }
    }
}
