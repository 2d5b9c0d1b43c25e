using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Org.BouncyCastle.Asn1.Ocsp;
using Org.BouncyCastle.Ocsp;
using TlsFsm.Abstractions.Policy;
using TlsFsm.Core.Certificates;

namespace TlsFsm.Core.BouncyCastle.Identity;

/// <summary>Verifies a stapled OCSP response (RFC 6960): BouncyCastle reads it, the platform checks its signature.</summary>
/// <remarks>The verdict's rows are in docs/certificates.md: who has signed comes first, then status, then age.</remarks>
internal static class StapledResponse
{
    private const string OcspSigning = "1.3.6.1.5.5.7.3.9";

    /// <summary>Clocks differ; more than this they should not.</summary>
    private static readonly TimeSpan Tolerance = TimeSpan.FromMinutes(5);

    /// <summary>What a response says about a certificate.</summary>
    /// <param name="response">In DER.</param>
    /// <param name="leaf">The certificate.</param>
    /// <param name="issuer">Its issuer, out of the trusted chain.</param>
    /// <param name="now">When it is judged.</param>
    /// <param name="policy">How strong the key and the signatures of a responder must be.</param>
    public static StapleStatus Check(
        byte[] response, X509Certificate2 leaf, X509Certificate2 issuer, DateTimeOffset now, TlsPolicy policy)
    {
        try
        {
            var outer = new OcspResp(response);
            if (outer.Status != OcspResponseStatus.Successful || outer.GetResponseObject() is not BasicOcspResp basic)
                return StapleStatus.Invalid;

            var issuerParsed = new Org.BouncyCastle.X509.X509Certificate(issuer.RawData);
            var serial = new Org.BouncyCastle.X509.X509Certificate(leaf.RawData).SerialNumber;
            var about = basic.Responses
                .Where(one => one.GetCertID().SerialNumber.Equals(serial) && one.GetCertID().MatchesIssuer(issuerParsed))
                .ToList();
            if (about.Count == 0 || !IsSignedByWhoMay(basic, issuer, now, policy))
                return StapleStatus.Invalid;

            // Status before age: what was revoked once does not become good by waiting, nor by a wrong clock.
            if (about.Any(one => StatusOf(one) == StapleStatus.Revoked))
                return StapleStatus.Revoked;

            // Of several statements the one that was made last counts.
            var last = about.MaxBy(one => one.ThisUpdate)!;
            return IsCurrent(last, now.UtcDateTime) ? StatusOf(last) : StapleStatus.Outdated;
        }
        catch (Exception e) when (e is IOException or ArgumentException or CryptographicException or OcspException
            or InvalidOperationException or Org.BouncyCastle.Security.GeneralSecurityException)
        {
            // Whatever the peer sent in place of a response, it is not one.
            return StapleStatus.Invalid;
        }
    }

    private static StapleStatus StatusOf(SingleResp single) => single.GetCertStatus() switch
    {
        null => StapleStatus.Good,
        RevokedStatus => StapleStatus.Revoked,
        _ => StapleStatus.Unknown,
    };

    private static bool IsCurrent(SingleResp single, DateTime now)
    {
        if (single.ThisUpdate.ToUniversalTime() > now + Tolerance)
            return false;

        // Without an end, newer information is available all the time (RFC 6960 section 4.2.2.1): a day old is old then.
        var end = single.NextUpdate?.ToUniversalTime() ?? single.ThisUpdate.ToUniversalTime() + TimeSpan.FromDays(1);
        return now <= end + Tolerance;
    }

    /// <summary>RFC 6960 section 4.2.2.2: the issuer itself, or a certificate of its own making that is for this.</summary>
    private static bool IsSignedByWhoMay(BasicOcspResp response, X509Certificate2 issuer, DateTimeOffset now, TlsPolicy policy)
    {
        if (Strength.OfSignature(response.SignatureAlgorithm.GetEncoded(), policy) is not null)
            return false;

        var signed = response.GetTbsResponseData();
        var signature = response.GetSignature();
        if (Verify(issuer, response.SignatureAlgorithm.Algorithm.Id, signed, signature))
            return true;

        foreach (var included in response.GetCerts().Take(3))
        {
            using var responder = X509CertificateLoader.LoadCertificate(included.GetEncoded());
            if (responder.Extensions.OfType<X509EnhancedKeyUsageExtension>().Any(
                usage => usage.EnhancedKeyUsages.Cast<Oid>().Any(oid => oid.Value == OcspSigning))
                && CertificateForm.FaultOf(responder) is null && CertificateForm.MaySign(responder)
                && now >= responder.NotBefore && now <= responder.NotAfter
                && responder.IssuerName.RawData.AsSpan().SequenceEqual(issuer.SubjectName.RawData)
                && Strength.Of(responder, policy) is null
                && Verify(issuer, included.SigAlgOid, included.GetTbsCertificate(), included.GetSignature())
                && Verify(responder, response.SignatureAlgorithm.Algorithm.Id, signed, signature))
                return true;
        }

        return false;
    }

    private static bool Verify(X509Certificate2 signer, string algorithm, byte[] data, byte[] signature)
    {
        var (isEcdsa, hash) = algorithm switch
        {
            "1.2.840.10045.4.3.2" => (true, HashAlgorithmName.SHA256),
            "1.2.840.10045.4.3.3" => (true, HashAlgorithmName.SHA384),
            "1.2.840.10045.4.3.4" => (true, HashAlgorithmName.SHA512),
            "1.2.840.113549.1.1.11" => (false, HashAlgorithmName.SHA256),
            "1.2.840.113549.1.1.12" => (false, HashAlgorithmName.SHA384),
            "1.2.840.113549.1.1.13" => (false, HashAlgorithmName.SHA512),
            _ => default,
        };
        if (hash.Name is null)
            return false;

        using var ecdsa = isEcdsa ? signer.GetECDsaPublicKey() : null;
        using var rsa = isEcdsa ? null : signer.GetRSAPublicKey();
        return ecdsa?.VerifyData(data, signature, hash, DSASignatureFormat.Rfc3279DerSequence)
            ?? rsa?.VerifyData(data, signature, hash, RSASignaturePadding.Pkcs1)
            ?? false;
    }
}
