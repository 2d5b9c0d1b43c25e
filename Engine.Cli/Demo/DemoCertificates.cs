using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace TlsFsm.Cli.Demo;

/// <summary>
/// A public key infrastructure for one run: a root, and a leaf for localhost that it has signed. Nothing is written to disk.
/// </summary>
internal sealed class DemoCertificates : IDisposable
{
    /// <summary>The name that the leaf is for.</summary>
    public const string Host = "localhost";

    private DemoCertificates(X509Certificate2 root, X509Certificate2 leaf)
    {
        Root = root;
        Leaf = leaf;
    }

    /// <summary>What the client trusts, alone.</summary>
    public X509Certificate2 Root { get; }

    /// <summary>What the server presents, with its private key.</summary>
    public X509Certificate2 Leaf { get; }

    /// <summary>Makes both, valid for an hour around now.</summary>
    public static DemoCertificates Create(TimeProvider clock)
    {
        var now = clock.GetUtcNow();
        var from = now.AddMinutes(-5);
        var to = now.AddMinutes(55);

        using var rootKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var rootRequest = new CertificateRequest("CN=TlsFsm demo root", rootKey, HashAlgorithmName.SHA256);
        rootRequest.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, true, 0, true));
        rootRequest.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, true));
        rootRequest.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(rootRequest.PublicKey, false));
        var root = rootRequest.CreateSelfSigned(from, to);

        using var leafKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var leafRequest = new CertificateRequest($"CN={Host}", leafKey, HashAlgorithmName.SHA256);
        leafRequest.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        leafRequest.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, true));
        leafRequest.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(ServerUsage)], false));
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(Host);
        names.AddIpAddress(IPAddress.Loopback);
        leafRequest.CertificateExtensions.Add(names.Build());
        leafRequest.CertificateExtensions.Add(
            X509AuthorityKeyIdentifierExtension.CreateFromCertificate(root, includeKeyIdentifier: true, includeIssuerAndSerial: false));
        using var bare = leafRequest.Create(root, from, to, RandomNumberGenerator.GetBytes(16));
        return new DemoCertificates(root, bare.CopyWithPrivateKey(leafKey));
    }

    public void Dispose()
    {
        Root.Dispose();
        Leaf.Dispose();
    }

    private const string ServerUsage = "1.3.6.1.5.5.7.3.1";
}
