using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using TlsFsm.Abstractions.Words;

namespace TlsFsm.Abstractions.Credentials;

/// <summary>Reads credentials and roots as files have them: PEM in any order, encrypted or not, and PKCS#12.</summary>
internal static class CredentialReader
{
    private const string Ed25519Key = "1.3.101.112";
    private const string RsaKey = "1.2.840.113549.1.1.1";

    /// <summary>Certificates in any order and the key of one of them.</summary>
    /// <exception cref="CryptographicException">The message says what is not there, or does not fit.</exception>
    public static TlsCredential FromPem(string certificates, string key, string? password)
    {
        var all = Certificates(certificates);
        if (all.Count == 0)
            throw new CryptographicException("There is no certificate (-----BEGIN CERTIFICATE-----).");

        using var secret = Key(key, password, out var ed25519);
        var leaf = all.FirstOrDefault(one => IsKeyOf(one, secret, ed25519)) ?? throw OfNone(all, secret, key);
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
        var rest = text;
        while (PemEncoding.TryFind(rest, out var fields))
        {
            yield return (rest[fields.Label], Convert.FromBase64String(rest[fields.Base64Data]));
            rest = rest[fields.Location.End..];
        }
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
                case "PRIVATE KEY" when AlgorithmOf(content) == Ed25519Key:
                    ed25519 = Ed25519PrivateKey.FromPem(PemEncoding.WriteString(label, content));
                    return null;
                case "PRIVATE KEY" when AlgorithmOf(content) == RsaKey:
                    return Import(RSA.Create(), key => key.ImportPkcs8PrivateKey(content, out _));
                case "PRIVATE KEY":
                    return Import(ECDsa.Create(), key => key.ImportPkcs8PrivateKey(content, out _));
                case "ENCRYPTED PRIVATE KEY":
                    return Decrypt(content, password);
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
                "The private key cannot be decoded: it is malformed, or of a kind other than ECDSA, RSA and Ed25519.", e);
        }
    }

    private static AsymmetricAlgorithm Decrypt(byte[] content, string? password)
    {
        if (string.IsNullOrEmpty(password))
            throw new CryptographicException("The private key is encrypted, and no password was given.");

        Exception? last = null;
        foreach (var key in (AsymmetricAlgorithm[])[ECDsa.Create(), RSA.Create()])
        {
            try
            {
                key.ImportEncryptedPkcs8PrivateKey(password, content, out _);
                return key;
            }
            catch (CryptographicException e)
            {
                key.Dispose();
                last = e;
            }
        }

        throw new CryptographicException(
            "The private key cannot be decrypted: the password is wrong, or the key is neither ECDSA nor RSA (an Ed25519 key is taken "
            + "unencrypted).", last);
    }

    private static string AlgorithmOf(byte[] content)
    {
        try
        {
            var key = new AsnReader(content, AsnEncodingRules.BER).ReadSequence();
            key.ReadInteger();
            return key.ReadSequence().ReadObjectIdentifier();
        }
        catch (AsnContentException)
        {
            // Importing it says what is wrong.
            return "";
        }
    }

    private static bool IsKeyOf(X509Certificate2 certificate, AsymmetricAlgorithm? key, byte[]? ed25519)
    {
        // Only a signature tells whether an Ed25519 key is a certificate's: the platform has no object for it.
        if (ed25519 is not null)
            return certificate.PublicKey.Oid.Value == Ed25519Key;

        return certificate.PublicKey.ExportSubjectPublicKeyInfo().AsSpan().SequenceEqual(key!.ExportSubjectPublicKeyInfo());
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
