using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Org.BouncyCastle.Asn1;
using Org.BouncyCastle.Asn1.X509;
using Org.BouncyCastle.Crypto.Parameters;
using Org.BouncyCastle.Tls;
using Org.BouncyCastle.Tls.Crypto;
using TlsFsm.Abstractions.Policy;
using TlsFsm.Core.BouncyCastle.Library;
using TlsFsm.Core.Strictness;

namespace TlsFsm.Core.BouncyCastle.Identity;

/// <summary>
/// A peer's public key, out of a certificate or bare: signatures are checked by the platform, and only by schemes of the policy.
/// </summary>
internal static class PeerKey
{
    /// <summary>RFC 8410 section 3.</summary>
    public const string Ed25519 = "1.3.101.112";

    private const string EcdsaKey = "1.2.840.10045.2.1";
    private const string RsaKey = "1.2.840.113549.1.1.1";
    private const string P256 = "1.2.840.10045.3.1.7";
    private const string P384 = "1.3.132.0.34";
    private const string P521 = "1.3.132.0.35";

    /// <summary>A verifier of one signature.</summary>
    /// <param name="facts">Knows the policy, and remembers the scheme.</param>
    /// <param name="spki">The key.</param>
    /// <param name="scheme">The signature scheme.</param>
    /// <param name="isTls13">TLS 1.3 ties the hash to the curve.</param>
    /// <param name="owner">Says what the key is of, for messages.</param>
    public static SignatureVerifier CreateVerifier(
        HandshakeFacts facts, SubjectPublicKeyInfo spki, int scheme, bool isTls13, Func<string> owner)
    {
        if (!facts.Policy.Permits(scheme, isTls13))
            throw Faults.Carry(MessageFaults.SchemeNotOffered.ToException(
                $"a signature by the scheme {SignatureScheme.GetName(scheme)}, which is not allowed here"));

        if (scheme == SignatureScheme.ed25519)
        {
            facts.PeerSignatureScheme = scheme;
            return new Ed25519Verifier(ReadEd25519(spki, owner));
        }

        var isEcdsa = SignatureScheme.IsECDsa(scheme);
        var encoded = spki.GetEncoded(Asn1Encodable.Der);
        var key = Read(facts, spki, encoded, isEcdsa, owner);
        if (isTls13 && isEcdsa && CurveOf(scheme) != CurveOid(spki))
        {
            key.Dispose();
            throw Faults.Carry(MessageFaults.CurveOfScheme.ToException(
                $"a signature whose scheme {SignatureScheme.GetName(scheme)} does not fit the curve of the certificate's key"));
        }

        facts.PeerSignatureScheme = scheme;
        return new NativeVerifier(
            key, HashOf(scheme), SignatureScheme.IsRsaPss(scheme) ? RSASignaturePadding.Pss : RSASignaturePadding.Pkcs1)
        {
            Used = facts.PeerVerdict is { } verdict ? one => verdict.GiveKey(encoded, one) : null,
        };
    }

    private static Ed25519PublicKeyParameters ReadEd25519(SubjectPublicKeyInfo spki, Func<string> owner)
    {
        if (spki.Algorithm.Algorithm.Id != Ed25519)
            throw OfAnotherKind();

        var key = spki.PublicKey.GetBytes();
        return key.Length == Ed25519PublicKeyParameters.KeySize
            ? new Ed25519PublicKeyParameters(key)
            : throw Unusable(owner, $"its Ed25519 key has {key.Length} bytes");
    }

    private static AsymmetricAlgorithm Read(
        HandshakeFacts facts, SubjectPublicKeyInfo spki, byte[] encoded, bool isEcdsa, Func<string> owner)
    {
        var algorithm = spki.Algorithm.Algorithm.Id;
        if (algorithm != (isEcdsa ? EcdsaKey : RsaKey))
            throw OfAnotherKind();
        if (isEcdsa && CurveOid(spki) is not (P256 or P384 or P521))
            throw Unusable(owner, $"its curve ({CurveOid(spki) ?? "unnamed"}) is none of P-256, P-384, P-521");

        // Whoever judged the certificate, a key is bounded before the platform is asked to use it.
        if (Strength.OfKey(encoded, facts.Policy.Source.MinRsaBits, facts.Policy.Source.MaxRsaBits) is { } weakness)
            throw Unusable(owner, weakness.Detail);

        return facts.PeerVerdict?.TakeKey(encoded) ?? (isEcdsa ? OfLeaf(facts.PeerLeaf, encoded) : null)
            ?? Import(encoded, isEcdsa, owner);
    }

    /// <summary>The key as the platform has it from building the chain: to import it again would take as long as two signatures.</summary>
    /// <returns>Null when it is not there, not the same, or not to be had.</returns>
    private static ECDsa? OfLeaf(X509Certificate2? leaf, byte[] encoded)
    {
        try
        {
            return leaf is not null && leaf.PublicKey.ExportSubjectPublicKeyInfo().AsSpan().SequenceEqual(encoded)
                ? leaf.GetECDsaPublicKey() : null;
        }
        catch (CryptographicException)
        {
            // Importing it says what is wrong; or the caller's judgement has disposed of the certificate.
            return null;
        }
    }

    private static AsymmetricAlgorithm Import(byte[] encoded, bool isEcdsa, Func<string> owner)
    {
        AsymmetricAlgorithm key = isEcdsa ? ECDsa.Create() : RSA.Create();
        try
        {
            key.ImportSubjectPublicKeyInfo(encoded, out _);
            return key;
        }
        catch (CryptographicException e)
        {
            key.Dispose();
            throw Unusable(owner, "its key cannot be read, or is no point of its curve", e);
        }
    }

    private static string? CurveOid(SubjectPublicKeyInfo spki) => (spki.Algorithm.Parameters as DerObjectIdentifier)?.Id;

    private static string CurveOf(int scheme) => scheme switch
    {
        SignatureScheme.ecdsa_secp256r1_sha256 => P256,
        SignatureScheme.ecdsa_secp384r1_sha384 => P384,
        _ => P521,
    };

    private static HashAlgorithmName HashOf(int scheme) => SignatureScheme.GetCryptoHashAlgorithm(scheme) switch
    {
        CryptoHashAlgorithm.sha256 => HashAlgorithmName.SHA256,
        CryptoHashAlgorithm.sha384 => HashAlgorithmName.SHA384,
        _ => HashAlgorithmName.SHA512,
    };

    private static TlsFatalAlert OfAnotherKind() =>
        Faults.Carry(MessageFaults.KindOfKey.ToException());

    private static TlsFatalAlert Unusable(Func<string> owner, string why, Exception? inner = null) => Faults.Carry(
        new TlsCertificateException(
            $"The peer's {owner()} cannot be used: {why}.", CertificateFaults.UnusableKey.Alert, "key", certificate: null, host: null,
            inner));
}
