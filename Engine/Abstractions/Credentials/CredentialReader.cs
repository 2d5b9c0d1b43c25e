using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.Pkcs;
using System.Security.Cryptography.X509Certificates;
using TlsFsm.Abstractions.Words;

namespace TlsFsm.Abstractions.Credentials;

/// <summary>Reads credentials and roots as files have them: PEM in any order, encrypted or not, and PKCS#12.</summary>
internal static class CredentialReader
{
    private const string Ed25519Key = "1.3.101.112";
    private const string RsaKey = "1.2.840.113549.1.1.1";
    private const string EcdsaKey = "1.2.840.10045.2.1";

    /// <summary>Certificates in any order and the key of one of them.</summary>
    /// <exception cref="CryptographicException">The message says what is not there, or does not fit.</exception>
    public static TlsCredential FromPem(string certificates, string key, string? password)
    {
        var all = Certificates(certificates);
        if (all.Count == 0)
            throw new CryptographicException("There is no certificate (-----BEGIN CERTIFICATE-----).");

        using var secret = Key(key, password, out var ed25519);
        var leaf = LeafOf(all, secret) ?? throw OfNone(all, secret, key);
        var others = InOrder(leaf, all.Where(one => !ReferenceEquals(one, leaf)));
        return ed25519 is not null ? new TlsCredential(leaf, ed25519, others) : new TlsCredential(Joined(leaf, secret!), others);
    }

    private static CryptographicException OfNone(X509Certificate2Collection all, AsymmetricAlgorithm? key, string text)
    {
        var kind = key is null ? Ed25519Key : new PublicKey(key).Oid.Value;
        var label = Blocks(text).First(block => block.Label.EndsWith("PRIVATE KEY", StringComparison.Ordinal)).Label;
        var other = kind == all[0].PublicKey.Oid.Value ? "" : $", and is of another kind ({kind}) than the first one's";
        return new CryptographicException(
            $"The private key ({label}) belongs to none of the {all.Count} certificates: {Named(all)}{other}. Either the key is another "
            + "one's, or its certificate is missing.");
    }

    private static X509Certificate2 Joined(X509Certificate2 leaf, AsymmetricAlgorithm key)
    {
        try
        {
            return key is RSA rsa ? leaf.CopyWithPrivateKey(rsa) : leaf.CopyWithPrivateKey((ECDsa)key);
        }
        catch (ArgumentException e)
        {
            // The key was seen to be the certificate's.
            throw new CryptographicException(
                $"The key usage of the certificate '{SafeText.Of(leaf.Subject, 160)}' does not let its key sign (no digitalSignature): it "
                + "cannot be presented.", e);
        }
    }

    /// <summary>A PKCS#12 store (PFX): the certificate that has a key, and the others as its chain.</summary>
    /// <exception cref="CryptographicException">The message says what is not there.</exception>
    public static TlsCredential FromPfx(byte[] data, string? password)
    {
        X509Certificate2Collection all;
        try
        {
            all = X509CertificateLoader.LoadPkcs12Collection(data, password);
        }
        catch (CryptographicException e)
        {
            throw new CryptographicException(
                "The PKCS#12 store (PFX) cannot be opened: "
                + (string.IsNullOrEmpty(password) ? "it needs a password" : "the password is wrong") + ", or it is no such store.", e);
        }

        var withKey = all.Where(one => one.HasPrivateKey).ToList();
        if (withKey.Count == 0)
            throw new CryptographicException(all.Count == 0
                ? "The PKCS#12 store (PFX) has no certificate."
                : $"The PKCS#12 store (PFX) has no private key for any of its certificates: {Named(all)}.");

        // An authority's key may be in it too; what it has issued is the leaf.
        var leaf = withKey.FirstOrDefault(one => !all.Any(other => !ReferenceEquals(one, other) && IsIssuedBy(other, one))) ?? withKey[0];
        return new TlsCredential(leaf, InOrder(leaf, all.Where(one => !ReferenceEquals(one, leaf)).Select(Public)));
    }

    /// <summary>All certificates in a PEM text; what else is in it is passed over.</summary>
    /// <exception cref="CryptographicException">One of them is malformed.</exception>
    public static X509Certificate2Collection Certificates(string text)
    {
        var all = new X509Certificate2Collection();
        foreach (var (label, content) in Blocks(text))
        {
            if (label is not ("CERTIFICATE" or "X509 CERTIFICATE"))
                continue;

            try
            {
                all.Add(X509CertificateLoader.LoadCertificate(content));
            }
            catch (CryptographicException e)
            {
                throw new CryptographicException($"Certificate number {all.Count + 1} in the PEM text is malformed.", e);
            }
        }

        return all;
    }

    private static IEnumerable<(string Label, byte[] Content)> Blocks(string text)
    {
        for (var at = 0; PemEncoding.TryFind(text.AsSpan(at), out var fields);)
        {
            yield return (Part(fields.Label, at), Convert.FromBase64String(Part(fields.Base64Data, at)));
            at += fields.Location.End.Value;
        }

        // Places in the fields count from where the search began.
        string Part(Range range, int from) => text[(from + range.Start.Value)..(from + range.End.Value)];
    }

    /// <returns>The key; null where it is Ed25519.</returns>
    private static AsymmetricAlgorithm? Key(string text, string? password, out byte[]? ed25519)
    {
        ed25519 = null;
        var labels = new List<string>();
        foreach (var (label, content) in Blocks(text))
        {
            labels.Add(label);
            switch (label)
            {
                case "EC PRIVATE KEY":
                    return Import(ECDsa.Create(), key => key.ImportECPrivateKey(content, out _));
                case "RSA PRIVATE KEY":
                    return Import(RSA.Create(), key => key.ImportRSAPrivateKey(content, out _));
                case "PRIVATE KEY":
                    return Pkcs8(content, out ed25519);
                case "ENCRYPTED PRIVATE KEY":
                    return Pkcs8(Decrypt(content, password), out ed25519);
            }
        }

        if (text.Contains("Proc-Type: 4,ENCRYPTED", StringComparison.Ordinal))
            throw new CryptographicException(
                "The private key is encrypted in OpenSSL's old form, which is not read; 'openssl pkcs8 -topk8' writes the new one "
                + "(PKCS#8).");

        throw new CryptographicException(labels.Count == 0
            ? "There is no PEM in the file of the private key."
            : $"There is no private key in the PEM text, which has {string.Join(", ", labels.Distinct())}.");
    }

    private static T Import<T>(T key, Action<T> import) where T : AsymmetricAlgorithm
    {
        try
        {
            import(key);
            return key;
        }
        catch (CryptographicException e)
        {
            key.Dispose();
            throw new CryptographicException(
                "The private key cannot be decoded: it is malformed, or on a curve that the platform does not have.", e);
        }
    }

    /// <returns>A PKCS#8 structure, as the platform's own decryption has it.</returns>
    private static byte[] Decrypt(byte[] content, string? password)
    {
        if (string.IsNullOrEmpty(password))
            throw new CryptographicException("The private key is encrypted, and no password was given.");

        try
        {
            return Pkcs8PrivateKeyInfo.DecryptAndDecode(password, content, out _).Encode();
        }
        catch (CryptographicException e)
        {
            throw new CryptographicException(
                "The private key cannot be decrypted: the password is wrong, or it is encrypted in a way that the platform does not read "
                + "('openssl pkcs8 -topk8' writes one that it does).", e);
        }
    }

    /// <returns>The key; null where it is Ed25519, which the platform has no object for.</returns>
    private static AsymmetricAlgorithm? Pkcs8(byte[] content, out byte[]? ed25519)
    {
        ed25519 = null;
        var kind = AlgorithmOf(content);
        switch (kind)
        {
            case Ed25519Key:
                ed25519 = Ed25519PrivateKey.FromPkcs8(content);
                return null;
            case RsaKey:
                return Import(RSA.Create(), key => key.ImportPkcs8PrivateKey(content, out _));
            case EcdsaKey:
                return Import(ECDsa.Create(), key => key.ImportPkcs8PrivateKey(content, out _));
            default:
                throw new CryptographicException(
                    $"The private key is of the kind {SafeText.Of(kind, 64)}, which is neither ECDSA nor RSA nor Ed25519.");
        }
    }

    private static string AlgorithmOf(byte[] content)
    {
        try
        {
            var key = new AsnReader(content, AsnEncodingRules.BER).ReadSequence();
            key.ReadInteger();
            return key.ReadSequence().ReadObjectIdentifier();
        }
        catch (AsnContentException e)
        {
            throw new CryptographicException("The private key cannot be decoded: it is no PKCS#8 structure.", e);
        }
    }

    /// <summary>Whose key it is; null for nobody's.</summary>
    private static X509Certificate2? LeafOf(X509Certificate2Collection all, AsymmetricAlgorithm? key)
    {
        if (key is not null)
        {
            var wanted = key.ExportSubjectPublicKeyInfo();
            return all.FirstOrDefault(one => one.PublicKey.ExportSubjectPublicKeyInfo().AsSpan().SequenceEqual(wanted));
        }

        // The platform cannot tell an Ed25519 key's public part: the one that has signed none of the others is taken, and whether the two
        // belong together is seen when a connection is made with it.
        var fitting = all.Where(one => one.PublicKey.Oid.Value == Ed25519Key).ToList();
        return fitting.Find(one => !all.Any(other => !ReferenceEquals(one, other) && IsIssuedBy(other, one))) ?? fitting.FirstOrDefault();
    }

    /// <summary>Each certificate behind the one that it has signed; what has signed none of them comes last, as it was.</summary>
    private static X509Certificate2Collection InOrder(X509Certificate2 leaf, IEnumerable<X509Certificate2> others)
    {
        var rest = others.ToList();
        var ordered = new X509Certificate2Collection();
        for (var last = leaf; rest.Find(one => IsIssuedBy(last, one)) is { } issuer && !IsIssuedBy(last, last); last = issuer)
        {
            rest.Remove(issuer);
            ordered.Add(issuer);
        }

        ordered.AddRange(rest.ToArray());
        return ordered;
    }

    private static bool IsIssuedBy(X509Certificate2 certificate, X509Certificate2 issuer) =>
        certificate.IssuerName.RawData.AsSpan().SequenceEqual(issuer.SubjectName.RawData);

    /// <summary>Without the private key, which nobody needs to find beside a certificate that is only sent along.</summary>
    private static X509Certificate2 Public(X509Certificate2 certificate) => X509CertificateLoader.LoadCertificate(certificate.RawData);

    private static string Named(X509Certificate2Collection certificates) =>
        string.Join(", ", certificates.Take(5).Select(one => $"'{SafeText.Of(one.Subject, 80)}'"))
        + (certificates.Count > 5 ? ", ..." : "");
}
