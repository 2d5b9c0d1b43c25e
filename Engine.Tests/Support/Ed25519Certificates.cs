using System.Formats.Asn1;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Org.BouncyCastle.Crypto.Parameters;

namespace TlsFsm.Tests.Support;

/// <summary>
/// Credentials with Ed25519 keys, which the platform does not make: leaves of the intermediate of <see cref="TestCertificates"/>.
/// </summary>
internal static class Ed25519Certificates
{
    private const string ServerUsage = "1.3.6.1.5.5.7.3.1";
    private const string ClientUsage = "1.3.6.1.5.5.7.3.2";

    private static readonly Lazy<(string Chain, string Key)> ServerPem = new(() => Make("server Ed25519", ServerUsage));
    private static readonly Lazy<(string Chain, string Key)> ClientPem = new(() => Make("client Ed25519", ClientUsage));
    private static readonly Lazy<TlsCredential> ServerCredential = new(
        () => TlsCredential.FromPem(ServerPem.Value.Chain, ServerPem.Value.Key));
    private static readonly Lazy<TlsCredential> ClientCredential = new(
        () => TlsCredential.FromPem(ClientPem.Value.Chain, ClientPem.Value.Key));

    public static TlsCredential Server => ServerCredential.Value;

    public static TlsCredential Client => ClientCredential.Value;

    /// <summary>The server's chain and key, as files have them.</summary>
    public static (string Chain, string Key) OfServer => ServerPem.Value;

    /// <summary>The client's chain and key, as files have them.</summary>
    public static (string Chain, string Key) OfClient => ClientPem.Value;

    private static (string Chain, string Key) Make(string name, string usage)
    {
        var key = RandomNumberGenerator.GetBytes(32);
        var open = new PublicKey(
            new Oid("1.3.101.112"), null, new AsnEncodedData(new Ed25519PrivateKeyParameters(key).GeneratePublicKey().GetEncoded()));
        var request = new CertificateRequest(new X500DistinguishedName($"CN={name}"), open, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(usage)], false));
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(TestCertificates.Host);
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        var issuer = TestCertificates.Intermediate;
        using var leaf = request.Create(
            issuer.SubjectName, X509SignatureGenerator.CreateForECDsa(issuer.GetECDsaPrivateKey()!), DateTimeOffset.UtcNow.AddDays(-1),
            DateTimeOffset.UtcNow.AddDays(30), RandomNumberGenerator.GetBytes(8));
        return ($"{leaf.ExportCertificatePem()}\n{issuer.ExportCertificatePem()}\n",
            PemEncoding.WriteString("PRIVATE KEY", Pkcs8(key)) + "\n");
    }

    /// <summary>RFC 8410 section 7.</summary>
    private static byte[] Pkcs8(byte[] key)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            writer.WriteInteger(0);
            using (writer.PushSequence())
                writer.WriteObjectIdentifier("1.3.101.112");
            using (writer.PushOctetString())
                writer.WriteOctetString(key);
        }

        return writer.Encode();
    }
}
