using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Org.BouncyCastle.Asn1.X9;
using Org.BouncyCastle.Crypto;
using Org.BouncyCastle.Crypto.Digests;
using Org.BouncyCastle.Crypto.Generators;
using Org.BouncyCastle.Crypto.Parameters;
using Org.BouncyCastle.Crypto.Signers;
using Org.BouncyCastle.Math;
using Org.BouncyCastle.Pkcs;
using Org.BouncyCastle.Security;

namespace TlsFsm.Fuzz.Handshakes;

/// <summary>Who a peer is: the same certificates and keys in every process, to the byte.</summary>
/// <param name="Credential">As the engine takes it.</param>
/// <param name="Key">As BouncyCastle takes it.</param>
/// <param name="Kind">Of its key.</param>
internal sealed record Identity(TlsCredential Credential, AsymmetricKeyParameter Key, KeyKind Kind)
{
    /// <summary>Leaf first.</summary>
    public IEnumerable<X509Certificate2> Chain => Credential.Intermediates.Prepend(Credential.Certificate);
}

/// <summary>The keys that identities come with.</summary>
internal enum KeyKind
{
    Ecdsa,
    Rsa,
    Ed25519,
}

/// <summary>A root, an intermediate, and a server and a client of each kind of key.</summary>
internal static class Identities
{
    public const string Host = "localhost";

    /// <summary>When everything happens here: the certificates are valid for long around it.</summary>
    public static readonly DateTimeOffset Now = new(2026, 6, 1, 12, 0, 0, TimeSpan.Zero);

    private const string ServerUsage = "1.3.6.1.5.5.7.3.1";
    private const string ClientUsage = "1.3.6.1.5.5.7.3.2";

    private static readonly Lazy<ECPrivateKeyParameters> RootKey = new(() => EcKey("root"));
    private static readonly Lazy<ECPrivateKeyParameters> IntermediateKey = new(() => EcKey("intermediate"));
    private static readonly Lazy<X509Certificate2> RootMade = new(() => Authority("fuzz root", RootKey.Value, null));
    private static readonly Lazy<X509Certificate2> IntermediateMade = new(() =>
        Authority("fuzz intermediate", IntermediateKey.Value, Root));
    private static readonly Dictionary<(KeyKind, bool), Lazy<Identity>> Made = Enum.GetValues<KeyKind>()
        .SelectMany(kind => new[] { (kind, true), (kind, false) })
        .ToDictionary(key => key, key => new Lazy<Identity>(() => Make(key.kind, key.Item2)));

    public static X509Certificate2 Root => RootMade.Value;

    public static X509Certificate2 Intermediate => IntermediateMade.Value;

    /// <summary>Signs as the intermediate, the same each time.</summary>
    public static X509SignatureGenerator IntermediateSigner => new Signer(IntermediateKey.Value);

    public static ECPrivateKeyParameters RootSecret => RootKey.Value;

    public static ECPrivateKeyParameters IntermediateSecret => IntermediateKey.Value;

    /// <summary>Trust in the root alone. Verdicts are remembered, and time stands still: of one chain one is made.</summary>
    public static CertificateVerification Trust { get; } =
        CertificateVerification.TrustedRoots([Root]) with { Memory = new VerdictMemory(TimeSpan.FromHours(1), capacity: 64) };

    /// <summary>Makes those of a kind, so that no run pays for it.</summary>
    public static void Prepare(KeyKind kind) => _ = (Server(kind), Client(kind), Staples.Good(kind));

    public static Identity Server(KeyKind kind) => Made[(kind, true)].Value;

    public static Identity Client(KeyKind kind) => Made[(kind, false)].Value;

    /// <summary>A P-256 key out of a word.</summary>
    public static ECPrivateKeyParameters EcKey(string word)
    {
        var curve = ECNamedCurveTable.GetByOid(X9ObjectIdentifiers.Prime256v1);
        var domain = new ECNamedDomainParameters(X9ObjectIdentifiers.Prime256v1, curve);
        return new ECPrivateKeyParameters(new BigInteger(1, SHA256.HashData(Encoding.UTF8.GetBytes(word))).Mod(domain.N), domain);
    }

    /// <summary>A leaf's certificate with whatever in it, signed by the intermediate or another issuer.</summary>
    public static X509Certificate2 Leaf(
        string name, PublicKey key, Action<CertificateRequest> extend,
            (X509Certificate2 Certificate, ECPrivateKeyParameters Key)? issuer = null)
    {
        var request = new CertificateRequest(new X500DistinguishedName($"CN={name}"), key, HashAlgorithmName.SHA256);
        extend(request);
        return request.Create(
            (issuer?.Certificate ?? Intermediate).SubjectName, issuer is { } other ? new Signer(other.Key) : IntermediateSigner,
                Now.AddYears(-1), Now.AddYears(50), SHA256.HashData(Encoding.UTF8.GetBytes(name))[..8]);
    }

    public static PublicKey PublicKeyOf(AsymmetricKeyParameter key) => PublicKey.CreateFromSubjectPublicKeyInfo(
        Org.BouncyCastle.X509.SubjectPublicKeyInfoFactory.CreateSubjectPublicKeyInfo(PublicOf(key)).GetDerEncoded(), out _);

    /// <summary>An authority's certificate, signed by the root or another issuer; null as issuer makes a root.</summary>
    public static X509Certificate2 Authority(
        string name, ECPrivateKeyParameters key, X509Certificate2? issuer, Action<CertificateRequest>? extend = null,
        ECPrivateKeyParameters? issuerKey = null)
    {
        var request = new CertificateRequest(new X500DistinguishedName($"CN={name}"), PublicKeyOf(key), HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
        extend?.Invoke(request);
        return request.Create(
            issuer?.SubjectName ?? request.SubjectName, new Signer(issuer is null ? key : issuerKey ?? RootKey.Value), Now.AddYears(-1),
                Now.AddYears(60),
            SHA256.HashData(Encoding.UTF8.GetBytes(name))[..8]);
    }

    private static Identity Make(KeyKind kind, bool isServer)
    {
        var name = $"{(isServer ? "server" : "client")} {kind}";
        var key = KeyOf(kind, name);
        var leaf = Leaf(name, PublicKeyOf(key), request =>
        {
            request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, true));
            request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(isServer ? ServerUsage : ClientUsage)], false));
            var names = new SubjectAlternativeNameBuilder();
            names.AddDnsName(Host);
            request.CertificateExtensions.Add(names.Build());
        });
        var pkcs8 = PrivateKeyInfoFactory.CreatePrivateKeyInfo(key).GetDerEncoded();
        X509Certificate2Collection chain = [leaf, Intermediate];
        var credential = TlsCredential.FromPem(string.Concat(chain.Select(one => one.ExportCertificatePem() + "\n")),
            PemEncoding.WriteString("PRIVATE KEY", pkcs8));
        return new Identity(credential, key, kind);
    }

    private static AsymmetricKeyParameter KeyOf(KeyKind kind, string name)
    {
        switch (kind)
        {
            case KeyKind.Ecdsa:
                return EcKey(name);
            case KeyKind.Ed25519:
                return new Ed25519PrivateKeyParameters(SHA256.HashData(Encoding.UTF8.GetBytes(name)));
            default:
                var generator = new RsaKeyPairGenerator();
                generator.Init(new RsaKeyGenerationParameters(
                    BigInteger.ValueOf(65537), new SecureRandom(new SeededRandom((ulong)name.Length)), 2048, 64));
                return generator.GenerateKeyPair().Private;
        }
    }

    private static AsymmetricKeyParameter PublicOf(AsymmetricKeyParameter key) => key switch
    {
        ECPrivateKeyParameters ec => new ECPublicKeyParameters("EC", ec.Parameters.G.Multiply(ec.D).Normalize(), ec.PublicKeyParamSet),
        Ed25519PrivateKeyParameters ed25519 => ed25519.GeneratePublicKey(),
        RsaPrivateCrtKeyParameters rsa => new RsaKeyParameters(false, rsa.Modulus, rsa.PublicExponent),
        _ => throw new ArgumentException($"A key of {key.GetType().Name} is not made here.", nameof(key)),
    };

    /// <summary>ECDSA with nonces that follow from key and message (RFC 6979), so that a certificate is the same each time.</summary>
    private sealed class Signer(ECPrivateKeyParameters key) : X509SignatureGenerator
    {
        public override byte[] GetSignatureAlgorithmIdentifier(HashAlgorithmName hashAlgorithm)
        {
            var writer = new AsnWriter(AsnEncodingRules.DER);
            using (writer.PushSequence())
                writer.WriteObjectIdentifier("1.2.840.10045.4.3.2");
            return writer.Encode();
        }

        public override byte[] SignData(byte[] data, HashAlgorithmName hashAlgorithm)
        {
            var signer = new ECDsaSigner(new HMacDsaKCalculator(new Sha256Digest()));
            signer.Init(true, key);
            var signature = signer.GenerateSignature(SHA256.HashData(data));
            return StandardDsaEncoding.Instance.Encode(key.Parameters.N, signature[0], signature[1]);
        }

        protected override PublicKey BuildPublicKey() => PublicKeyOf(key);
    }
}
