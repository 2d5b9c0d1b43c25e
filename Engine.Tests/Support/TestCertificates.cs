using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace TlsFsm.Tests.Support;

/// <summary>
/// A small public key infrastructure in memory: one root, one intermediate, and leaves for every case that a test needs.
/// All is made on first use and shared by all tests: do not dispose what comes from here.
/// </summary>
/// <remarks>Leaves are for <c>localhost</c>, <c>127.0.0.1</c> and <c>::1</c>, unless their name says otherwise.</remarks>
internal static class TestCertificates
{
    /// <summary>The name that the server leaves are for.</summary>
    public const string Host = "localhost";

    private const string ServerUsage = "1.3.6.1.5.5.7.3.1";
    private const string ClientUsage = "1.3.6.1.5.5.7.3.2";

    private static readonly ConcurrentDictionary<string, Lazy<X509Certificate2>> Made = new();
    private static readonly ConcurrentDictionary<string, Lazy<TlsCredential>> Credentials = new();

    /// <summary>The root that tests trust.</summary>
    public static X509Certificate2 Root => Make("root", () => CreateAuthority("TlsFsm test root", issuer: null));

    /// <summary>Signed by <see cref="Root"/>; signs the leaves.</summary>
    public static X509Certificate2 Intermediate => Make("intermediate", () => CreateAuthority("TlsFsm test intermediate", Root));

    /// <summary>A root that nobody trusts.</summary>
    public static X509Certificate2 OtherRoot => Make("other root", () => CreateAuthority("TlsFsm test root nobody trusts", issuer: null));

    /// <summary>A new collection with <see cref="Root"/> alone.</summary>
    public static X509Certificate2Collection Roots => [Root];

    /// <summary>Trust in <see cref="Root"/> alone; all checks on.</summary>
    public static CertificateVerification Verification { get; } = CertificateVerification.TrustedRoots(Roots);

    /// <summary>The usual server: ECDSA P-256, with its intermediate.</summary>
    public static TlsCredential Server => ServerWith(TestKey.EcdsaP256);

    /// <summary>The usual client: ECDSA P-256, clientAuth, with its intermediate.</summary>
    public static TlsCredential Client => ClientWith(TestKey.EcdsaP256);

    /// <summary>Ended ten days ago.</summary>
    public static TlsCredential Expired => Credential("expired", from: -20, to: -10);

    /// <summary>Begins in five days.</summary>
    public static TlsCredential NotYetValid => Credential("not yet valid", from: 5, to: 10);

    /// <summary>For <c>wrong.example</c>.</summary>
    public static TlsCredential WrongHost => Credential("wrong host", host: "wrong.example");

    /// <summary>For <c>*.example.com</c>.</summary>
    public static TlsCredential Wildcard => Credential("wildcard", host: "*.example.com");

    /// <summary>For no name at all but the subject's common name <c>localhost</c>, which does not count.</summary>
    public static TlsCredential CommonNameOnly => Credential("localhost", host: null);

    /// <summary>A server's leaf whose extended key usage is clientAuth.</summary>
    public static TlsCredential WrongUsage => Credential("wrong usage", usage: ClientUsage);

    /// <summary>Its own issuer.</summary>
    public static TlsCredential SelfSigned => Credential("self-signed", issuer: () => null);

    /// <summary>Signed by <see cref="OtherRoot"/>.</summary>
    public static TlsCredential Untrusted => Credential("untrusted", issuer: () => OtherRoot);

    /// <summary>As <see cref="Server"/>, but sent without the intermediate.</summary>
    public static TlsCredential WithoutIntermediate => Remember("without intermediate", () => new TlsCredential(Server.Certificate));

    /// <summary>A client's leaf that is signed by <see cref="OtherRoot"/>.</summary>
    public static TlsCredential UntrustedClient => Credential("untrusted client", usage: ClientUsage, host: null, issuer: () => OtherRoot);

    /// <summary>A client's leaf that ended ten days ago.</summary>
    public static TlsCredential ExpiredClient => Credential("expired client", usage: ClientUsage, host: null, from: -20, to: -10);

    /// <summary>As <see cref="Server"/>, with a private key that can sign but not be exported.</summary>
    public static TlsCredential NonExportable => Remember("non-exportable", () => WithoutExport(Server));

    /// <summary>A server's leaf with a key of this kind, and its intermediate.</summary>
    public static TlsCredential ServerWith(TestKey key) => Credential($"server {key}", key);

    /// <summary>A client's leaf with a key of this kind, and its intermediate.</summary>
    public static TlsCredential ClientWith(TestKey key) => Credential($"client {key}", key, ClientUsage, host: null);

    /// <summary>A server's leaf for another name, and its intermediate.</summary>
    public static TlsCredential ServerFor(string host) => Credential($"server for {host}", host: host);

    /// <summary>Writes certificate chain, key and root as PEM files, for tools that read files.</summary>
    /// <returns>The paths of the chain (leaf first), of its PKCS#8 key, and of <see cref="Root"/>.</returns>
    public static (string Chain, string Key, string Root) WritePem(TlsCredential credential, string directory)
    {
        Directory.CreateDirectory(directory);
        var chain = Path.Combine(directory, "chain.pem");
        var key = Path.Combine(directory, "key.pem");
        var root = Path.Combine(directory, "root.pem");
        File.WriteAllText(chain, ChainPem(credential));
        File.WriteAllText(key, KeyPem(credential));
        File.WriteAllText(root, Root.ExportCertificatePem() + "\n");
        return (chain, key, root);
    }

    /// <summary>The certificates of a credential as PEM, leaf first.</summary>
    public static string ChainPem(TlsCredential credential) =>
        string.Concat(credential.Intermediates.Prepend(credential.Certificate).Select(one => one.ExportCertificatePem() + "\n"));

    /// <summary>The private key of a credential as PKCS#8 PEM.</summary>
    public static string KeyPem(TlsCredential credential)
    {
        using var ecdsa = credential.Certificate.GetECDsaPrivateKey();
        using var rsa = credential.Certificate.GetRSAPrivateKey();
        return ((AsymmetricAlgorithm?)ecdsa ?? rsa!).ExportPkcs8PrivateKeyPem() + "\n";
    }

    private static TlsCredential Credential(
        string name, TestKey key = TestKey.EcdsaP256, string usage = ServerUsage, string? host = Host,
        int from = -1, int to = 30, Func<X509Certificate2?>? issuer = null) =>
        Remember(name, () =>
        {
            var signer = issuer is null ? Intermediate : issuer();
            var leaf = CreateLeaf(name, key, usage, host, from, to, signer);
            return new TlsCredential(leaf, ReferenceEquals(signer, Intermediate) ? [Public(Intermediate)] : [])
            {
                // Servers' are shown by clients too, and the other way round, to see them refused.
                DangerousPresentUnfit = true,
            };
        });

    private static X509Certificate2 CreateAuthority(string name, X509Certificate2? issuer)
    {
        var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
        return Sign(request, key, issuer, from: -400, to: 400);
    }

    private static X509Certificate2 CreateLeaf(
        string name, TestKey kind, string usage, string? host, int from, int to, X509Certificate2? issuer)
    {
        AsymmetricAlgorithm key = kind switch
        {
            TestKey.EcdsaP256 => ECDsa.Create(ECCurve.NamedCurves.nistP256),
            TestKey.EcdsaP384 => ECDsa.Create(ECCurve.NamedCurves.nistP384),
            TestKey.EcdsaP521 => ECDsa.Create(ECCurve.NamedCurves.nistP521),
            _ => RSA.Create(2048),
        };
        var subject = $"CN={name}";
        var request = key is ECDsa ecdsa
            ? new CertificateRequest(subject, ecdsa, HashAlgorithmName.SHA256)
            : new CertificateRequest(subject, (RSA)key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));

        // As certificates with RSA keys are issued. NSS takes no others.
        var use = key is RSA ? X509KeyUsageFlags.DigitalSignature | X509KeyUsageFlags.KeyEncipherment : X509KeyUsageFlags.DigitalSignature;
        request.CertificateExtensions.Add(new X509KeyUsageExtension(use, true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(usage)], false));
        if (host is not null)
        {
            var names = new SubjectAlternativeNameBuilder();
            names.AddDnsName(host);
            if (host == Host)
            {
                names.AddIpAddress(IPAddress.Loopback);
                names.AddIpAddress(IPAddress.IPv6Loopback);
            }

            request.CertificateExtensions.Add(names.Build());
        }

        return Sign(request, key, issuer, from, to);
    }

    /// <param name="from">Days from now.</param>
    /// <param name="to">Days from now.</param>
    private static X509Certificate2 Sign(CertificateRequest request, AsymmetricAlgorithm key, X509Certificate2? issuer, int from, int to)
    {
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        var now = DateTimeOffset.UtcNow;
        if (issuer is null)
            return request.CreateSelfSigned(now.AddDays(from), now.AddDays(to));

        // The days of a certificate must lie within its issuer's.
        var start = Later(now.AddDays(from), new DateTimeOffset(issuer.NotBefore));
        var end = Earlier(now.AddDays(to), new DateTimeOffset(issuer.NotAfter));
        request.CertificateExtensions.Add(
            X509AuthorityKeyIdentifierExtension.CreateFromCertificate(issuer, includeKeyIdentifier: true, includeIssuerAndSerial: false));
        var generator = X509SignatureGenerator.CreateForECDsa(issuer.GetECDsaPrivateKey()!);
        using var bare = request.Create(issuer.SubjectName, generator, start, end, RandomNumberGenerator.GetBytes(8));
        return key is ECDsa ecdsa ? bare.CopyWithPrivateKey(ecdsa) : bare.CopyWithPrivateKey((RSA)key);
    }

    private static TlsCredential WithoutExport(TlsCredential credential)
    {
        // Without X509KeyStorageFlags.Exportable, a key from a PFX stays inside its provider where the platform has one.
        var pfx = credential.Certificate.Export(X509ContentType.Pfx, "test");
        return new TlsCredential(
            X509CertificateLoader.LoadPkcs12(pfx, "test", X509KeyStorageFlags.DefaultKeySet), credential.Intermediates);
    }

    private static X509Certificate2 Public(X509Certificate2 certificate) => X509CertificateLoader.LoadCertificate(certificate.RawData);

    private static DateTimeOffset Later(DateTimeOffset left, DateTimeOffset right) => left > right ? left : right;

    private static DateTimeOffset Earlier(DateTimeOffset left, DateTimeOffset right) => left < right ? left : right;

    private static X509Certificate2 Make(string name, Func<X509Certificate2> create) =>
        Made.GetOrAdd(name, static (_, create) => new Lazy<X509Certificate2>(create), create).Value;

    private static TlsCredential Remember(string name, Func<TlsCredential> create) =>
        Credentials.GetOrAdd(name, static (_, create) => new Lazy<TlsCredential>(create), create).Value;
}
