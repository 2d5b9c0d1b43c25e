using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Org.BouncyCastle.Tls;
using TlsFsm.Core.BouncyCastle.Identity;
using TlsFsm.Tests.Support;
using HashAlgorithm = Org.BouncyCastle.Tls.HashAlgorithm;

namespace TlsFsm.Tests.Core;

public sealed class NativeCertificateTests
{
    private static readonly byte[] Message = "what is signed"u8.ToArray();

    [Test]
    public void A_signature_verifies_with_its_own_key_and_with_no_other()
    {
        using var key = TestCertificates.Server.Certificate.GetECDsaPrivateKey()!;
        var signature = key.SignData(Message, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);

        Assert.That(Verify(TestCertificates.Server.Certificate, SignatureScheme.ecdsa_secp256r1_sha256, signature), Is.True);
        Assert.That(Verify(TestCertificates.Client.Certificate, SignatureScheme.ecdsa_secp256r1_sha256, signature), Is.False);
        signature[^1] ^= 1;
        Assert.That(Verify(TestCertificates.Server.Certificate, SignatureScheme.ecdsa_secp256r1_sha256, signature), Is.False);
    }

    [TestCase(TestKey.Rsa2048, SignatureScheme.rsa_pkcs1_sha256)]
    [TestCase(TestKey.Rsa2048, SignatureScheme.rsa_pkcs1_sha1)]
    [TestCase(TestKey.Rsa2048, SignatureScheme.rsa_pss_pss_sha256)]
    [TestCase(TestKey.Rsa2048, SignatureScheme.ecdsa_secp256r1_sha256)]
    [TestCase(TestKey.EcdsaP256, SignatureScheme.rsa_pss_rsae_sha256)]
    [TestCase(TestKey.EcdsaP256, SignatureScheme.ecdsa_sha1)]
    [TestCase(TestKey.EcdsaP256, SignatureScheme.ecdsa_secp384r1_sha384)]
    [TestCase(TestKey.EcdsaP384, SignatureScheme.ecdsa_secp256r1_sha256)]
    public void TLS_13_refuses_schemes_that_are_not_allowed_or_do_not_fit_the_key(TestKey key, int scheme)
    {
        var fault = Assert.Throws<TlsFatalAlert>(() => Read(TestCertificates.ServerWith(key).Certificate).CreateVerifier(scheme));

        Assert.That(fault!.AlertDescription, Is.EqualTo(AlertDescription.illegal_parameter));
    }

    [TestCase(HashAlgorithm.sha256, SignatureAlgorithm.rsa, true)]
    [TestCase(HashAlgorithm.sha384, SignatureAlgorithm.rsa, true)]
    [TestCase(HashAlgorithm.sha512, SignatureAlgorithm.rsa, true)]
    [TestCase(HashAlgorithm.sha1, SignatureAlgorithm.rsa, false)]
    [TestCase(HashAlgorithm.sha224, SignatureAlgorithm.rsa, false)]
    public void TLS_12_takes_PKCS1_with_a_strong_hash_only(short hash, short signature, bool isAllowed)
    {
        using var key = TestCertificates.ServerWith(TestKey.Rsa2048).Certificate.GetRSAPrivateKey()!;
        var name = hash switch
        {
            HashAlgorithm.sha384 => HashAlgorithmName.SHA384,
            HashAlgorithm.sha512 => HashAlgorithmName.SHA512,
            _ => HashAlgorithmName.SHA256,
        };
        var digest = CryptographicOperations.HashData(name, Message);
        var signed = new DigitallySigned(
            new SignatureAndHashAlgorithm(hash, signature), key.SignHash(digest, name, RSASignaturePadding.Pkcs1));

        var verifier = Read(TestCertificates.ServerWith(TestKey.Rsa2048).Certificate).CreateVerifier(signature);

        if (isAllowed)
            Assert.That(verifier.VerifyRawSignature(signed, digest), Is.True);
        else
            Assert.That(() => verifier.VerifyRawSignature(signed, digest), Throws.InstanceOf<TlsFatalAlert>());
    }

    [Test]
    public void A_short_RSA_key_is_not_worth_verifying()
    {
        using var key = RSA.Create(1024);
        var request = new System.Security.Cryptography.X509Certificates.CertificateRequest(
            "CN=short", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));

        var fault = Assert.Throws<TlsFatalAlert>(() => Read(certificate).CreateVerifier(SignatureScheme.rsa_pss_rsae_sha256));

        Assert.That(fault!.AlertDescription, Is.EqualTo(AlertDescription.bad_certificate));
        Assert.That(fault.InnerException!.Message, Does.Contain("1024 bits; 2048 to 8192"));
    }

    [Test]
    public void A_certificate_that_may_not_sign_is_refused()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new System.Security.Cryptography.X509Certificates.CertificateRequest(
            "CN=encipherment", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyEncipherment, true));
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));

        Assert.That(() => Read(certificate).CreateVerifier(SignatureScheme.ecdsa_secp256r1_sha256), Throws.InstanceOf<TlsFatalAlert>());
    }

    private static NativeCertificate Read(X509Certificate2 certificate) =>
        new(TestCrypto.Create(), new HandshakeFacts(), certificate.RawData);

    private static bool Verify(X509Certificate2 certificate, int scheme, byte[] signature)
    {
        var verifier = Read(certificate).CreateVerifier(scheme);
        verifier.Stream.Write(Message);
        return verifier.VerifySignature(signature);
    }
}
