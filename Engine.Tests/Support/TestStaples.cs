using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Org.BouncyCastle.Crypto;
using Org.BouncyCastle.Math;
using Org.BouncyCastle.Ocsp;
using Org.BouncyCastle.Security;
using BcCertificate = Org.BouncyCastle.X509.X509Certificate;

namespace TlsFsm.Tests.Support;

/// <summary>OCSP responses as a responder would make them, and certificates that demand one.</summary>
internal static class TestStaples
{
    private static readonly Lazy<TlsCredential> Demanding = new(() => Leaf("must staple", request =>
        request.CertificateExtensions.Add(new X509Extension("1.3.6.1.5.5.7.1.24", [0x30, 0x03, 0x02, 0x01, 0x05], critical: false))));

    private static readonly Lazy<TlsCredential> Responder = new(() => Leaf("responder", request =>
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.9")], false)), isServer: false));

    /// <summary>A server's leaf with must-staple (RFC 7633), and its intermediate.</summary>
    public static TlsCredential MustStaple => Demanding.Value;

    /// <summary>A response about a leaf of <see cref="TestCertificates.Intermediate"/>.</summary>
    /// <param name="leaf">The leaf.</param>
    /// <param name="status">Null: good.</param>
    /// <param name="signer">Null: the issuer itself.</param>
    /// <param name="age">How long ago it was made; it is good for a day.</param>
    public static byte[] For(
        X509Certificate2 leaf, CertificateStatus? status = null, X509Certificate2? signer = null, TimeSpan age = default)
    {
        signer ??= TestCertificates.Intermediate;
        var issuer = new BcCertificate(TestCertificates.Intermediate.RawData);
        var signing = new BcCertificate(signer.RawData);
        var made = (TimeProvider.System.GetUtcNow() - age).UtcDateTime;
        var generator = new BasicOcspRespGenerator(new RespID(signing.SubjectDN));
        generator.AddResponse(
            new CertificateID(CertificateID.DigestSha1, issuer, new BigInteger(leaf.SerialNumber, 16)), status ?? CertificateStatus.Good,
            made, made.AddDays(1), null);
        using var key = signer.GetECDsaPrivateKey()!;
        AsymmetricKeyParameter secret = PrivateKeyFactory.CreateKey(key.ExportPkcs8PrivateKey());
        var response = generator.Generate(
            new Org.BouncyCastle.Crypto.Operators.Asn1SignatureFactory("SHA256withECDSA", secret), [signing], made);
        return new OCSPRespGenerator().Generate(OcspRespStatus.Successful, response).GetEncoded();
    }

    /// <summary>A response signed by a delegate of the issuer (RFC 6960 section 4.2.2.2).</summary>
    public static byte[] Delegated(X509Certificate2 leaf) => For(leaf, signer: Responder.Value.Certificate);

    /// <summary>The same credential with a response to staple.</summary>
    public static TlsCredential With(this TlsCredential credential, byte[] response) =>
        new(credential.Certificate, credential.Intermediates) { Staple = new OcspStaple(response) };

    private static TlsCredential Leaf(string name, Action<CertificateRequest> extend, bool isServer = true)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, true));
        if (isServer)
        {
            request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1")], false));
            var names = new SubjectAlternativeNameBuilder();
            names.AddDnsName(TestCertificates.Host);
            request.CertificateExtensions.Add(names.Build());
        }

        extend(request);
        var now = TimeProvider.System.GetUtcNow();
        var issuer = TestCertificates.Intermediate;
        var generator = X509SignatureGenerator.CreateForECDsa(issuer.GetECDsaPrivateKey()!);
        using var bare = request.Create(issuer.SubjectName, generator, now.AddDays(-1), now.AddDays(30), RandomNumberGenerator.GetBytes(8));
        return new TlsCredential(bare.CopyWithPrivateKey(key), TestCertificates.Server.Intermediates);
    }
}
