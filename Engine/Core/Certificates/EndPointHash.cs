using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace TlsFsm.Core.Certificates;

/// <summary>The hash of a server's certificate that <c>tls-server-end-point</c> is (RFC 5929 section 4.1).</summary>
internal static class EndPointHash
{
    /// <returns>The hash; null for a certificate whose signature names no single hash, for which the binding is not defined.</returns>
    public static byte[]? Of(X509Certificate2 certificate) => certificate.SignatureAlgorithm.Value switch
    {
        // MD5 and SHA-1 count as SHA-256.
        "1.2.840.113549.1.1.4" or "1.2.840.113549.1.1.5" or "1.2.840.10045.4.1" => SHA256.HashData(certificate.RawDataMemory.Span),
        "1.2.840.113549.1.1.11" or "1.2.840.10045.4.3.2" => SHA256.HashData(certificate.RawDataMemory.Span),
        "1.2.840.113549.1.1.12" or "1.2.840.10045.4.3.3" => SHA384.HashData(certificate.RawDataMemory.Span),
        "1.2.840.113549.1.1.13" or "1.2.840.10045.4.3.4" => SHA512.HashData(certificate.RawDataMemory.Span),
        "1.2.840.113549.1.1.10" => OfPss(certificate),
        _ => null,
    };

    /// <summary>
    /// RSASSA-PSS names its hash among its parameters, as the first element; SHA-1 when it names none (RFC 4055 section 3.1).
    /// </summary>
    private static byte[]? OfPss(X509Certificate2 certificate)
    {
        var reader = new AsnReader(certificate.RawDataMemory, AsnEncodingRules.DER).ReadSequence();
        reader.ReadEncodedValue();
        var algorithm = reader.ReadSequence();
        algorithm.ReadObjectIdentifier();
        var parameters = algorithm.HasData ? algorithm.ReadSequence() : null;
        var hashTag = new Asn1Tag(TagClass.ContextSpecific, 0, isConstructed: true);
        if (parameters is null || !parameters.HasData || parameters.PeekTag() != hashTag)
            return SHA256.HashData(certificate.RawDataMemory.Span);

        return parameters.ReadSequence(hashTag).ReadSequence().ReadObjectIdentifier() switch
        {
            "1.3.14.3.2.26" or "2.16.840.1.101.3.4.2.1" => SHA256.HashData(certificate.RawDataMemory.Span),
            "2.16.840.1.101.3.4.2.2" => SHA384.HashData(certificate.RawDataMemory.Span),
            "2.16.840.1.101.3.4.2.3" => SHA512.HashData(certificate.RawDataMemory.Span),
            _ => null,
        };
    }
}
