using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace TlsFsm.Benchmarks.Peers;

/// <summary>A root, an intermediate, and a server's leaf of each kind, made in memory when first used.</summary>
internal static class BenchmarkCertificates
{
    public const string Host = "localhost";

    private static readonly X509Certificate2 Intermediate;

    static BenchmarkCertificates()
    {
        Root = Authority("TlsFsm benchmark root", null);
        Intermediate = Authority("TlsFsm benchmark intermediate", Root);
        Ecdsa = Leaf(ECDsa.Create(ECCurve.NamedCurves.nistP256));
        Rsa = Leaf(RSA.Create(2048));
    }

    public static X509Certificate2 Root { get; }

    /// <summary>ECDSA P-256, sent with the intermediate.</summary>
    public static TlsCredential Ecdsa { get; }

    /// <summary>RSA-2048, sent with the intermediate.</summary>
    public static TlsCredential Rsa { get; }

    /// <summary>The root alone is trusted; nothing is fetched.</summary>
    public static X509ChainPolicy Policy() => new()
    {
        TrustMode = X509ChainTrustMode.CustomRootTrust,
        CustomTrustStore = { Root },
        RevocationMode = X509RevocationMode.NoCheck,
        DisableCertificateDownloads = true,
    };

    /// <summary>Writes chain, key and root as PEM files, for contenders that are programs.</summary>
    public static (string Chain, string Key, string Root) WritePem(TlsCredential credential, string directory)
    {
        var (chain, key, root) =
            (Path.Combine(directory, "chain.pem"), Path.Combine(directory, "key.pem"), Path.Combine(directory, "root.pem"));
        File.WriteAllText(
            chain, string.Concat(
                credential.Intermediates.Prepend(credential.Certificate).Select(one => one.ExportCertificatePem() + "\n")));
        using AsymmetricAlgorithm privateKey =
            (AsymmetricAlgorithm?)credential.Certificate.GetECDsaPrivateKey() ?? credential.Certificate.GetRSAPrivateKey()!;
        File.WriteAllText(key, privateKey.ExportPkcs8PrivateKeyPem() + "\n");
        File.WriteAllText(root, Root.ExportCertificatePem() + "\n");
        return (chain, key, root);
    }

    private static X509Certificate2 Authority(string name, X509Certificate2? issuer)
    {
        var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
        return Sign(request, key, issuer, days: 20);
    }

    private static TlsCredential Leaf(AsymmetricAlgorithm key)
    {
        var request = key is ECDsa ecdsa
            ? new CertificateRequest($"CN={Host}", ecdsa, HashAlgorithmName.SHA256)
            : new CertificateRequest($"CN={Host}", (RSA)key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1")], false));
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(Host);
        request.CertificateExtensions.Add(names.Build());
        return new TlsCredential(Sign(request, key, Intermediate, days: 10), [X509CertificateLoader.LoadCertificate(Intermediate.RawData)]);
    }

    private static X509Certificate2 Sign(CertificateRequest request, AsymmetricAlgorithm key, X509Certificate2? issuer, int days)
    {
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        var now = DateTimeOffset.UtcNow;
        if (issuer is null)
            return request.CreateSelfSigned(now.AddDays(-2), now.AddDays(days + 1));

        request.CertificateExtensions.Add(
            X509AuthorityKeyIdentifierExtension.CreateFromCertificate(issuer, includeKeyIdentifier: true, includeIssuerAndSerial: false));
        var generator = X509SignatureGenerator.CreateForECDsa(issuer.GetECDsaPrivateKey()!);
        using var bare = request.Create(
            issuer.SubjectName, generator, now.AddDays(-1), now.AddDays(days), RandomNumberGenerator.GetBytes(8));
        return key is ECDsa ecdsa ? bare.CopyWithPrivateKey(ecdsa) : bare.CopyWithPrivateKey((RSA)key);
    }
}
