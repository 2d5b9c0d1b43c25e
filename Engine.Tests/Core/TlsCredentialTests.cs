using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Core;

public sealed class TlsCredentialTests
{
    private static readonly string[] NoKeys =
    [
        "",
        "no PEM at all",
        "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----",
        "-----BEGIN EC PRIVATE KEY-----\nAAAA\n-----END EC PRIVATE KEY-----",
        "-----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----",
        "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----",
        "-----BEGIN PRIVATE KEY-----\n!\n-----END PRIVATE KEY-----",
    ];

    [Test]
    public void A_certificate_without_its_private_key_proves_nothing()
    {
        using var bare = X509CertificateLoader.LoadCertificate(TestCertificates.Server.Certificate.RawData);

        Assert.That(() => new TlsCredential(bare), Throws.ArgumentException.With.Message.Contains("no private key"));
    }

    [Test]
    public void A_curve_that_TLS_does_not_take_is_refused()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.brainpoolP256r1);
        using var certificate = new CertificateRequest("CN=brainpool", key, HashAlgorithmName.SHA256)
            .CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));

        Assert.That(
            () => new TlsCredential(certificate),
            Throws.ArgumentException.With.Message.Contains("neither ECDSA on P-256, P-384, P-521 nor Ed25519 nor RSA"));
    }

    [TestCase(TestKey.EcdsaP256, TestKey.EcdsaP256)]
    [TestCase(TestKey.EcdsaP256, TestKey.EcdsaP384)]
    [TestCase(TestKey.EcdsaP256, TestKey.Rsa2048)]
    [TestCase(TestKey.Rsa2048, TestKey.EcdsaP256)]
    [TestCase(TestKey.Rsa2048, TestKey.Rsa2048)]
    public void A_key_of_another_certificate_is_wrong_content_and_no_wrong_argument(TestKey key, TestKey other)
    {
        var certificate = TestCertificates.ServerWith(key).Certificate.ExportCertificatePem();
        var foreign = ForeignKey(other);

        Assert.That(() => TlsCredential.FromPem(certificate, foreign), Throws.InstanceOf<CryptographicException>());
    }

    [Test]
    public void What_is_no_key_in_PEM_is_said_to_be_none([Values] bool isRsa, [ValueSource(nameof(NoKeys))] string key)
    {
        var certificate = TestCertificates.ServerWith(isRsa ? TestKey.Rsa2048 : TestKey.EcdsaP256).Certificate.ExportCertificatePem();

        Assert.That(() => TlsCredential.FromPem(certificate, key), Throws.InstanceOf<CryptographicException>());
    }

    [TestCase("")]
    [TestCase("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----")]
    [TestCase("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----")]
    public void What_is_no_certificate_in_PEM_is_said_to_be_none(string certificates) => Assert.That(
        () => TlsCredential.FromPem(certificates, ForeignKey(TestKey.EcdsaP256)), Throws.InstanceOf<CryptographicException>());

    [Test]
    public void A_curve_that_TLS_does_not_take_is_a_wrong_argument_in_PEM_too()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.brainpoolP256r1);
        using var certificate = new CertificateRequest("CN=brainpool", key, HashAlgorithmName.SHA256)
            .CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));

        Assert.That(
            () => TlsCredential.FromPem(certificate.ExportCertificatePem(), key.ExportPkcs8PrivateKeyPem()),
            Throws.ArgumentException.With.Message.Contains("neither ECDSA on P-256, P-384, P-521 nor Ed25519 nor RSA"));
    }

    [Test]
    public void A_file_that_is_not_there_is_named()
    {
        var missing = Path.Combine(TestContext.CurrentContext.WorkDirectory, "no-such-file.pem");

        Assert.That(() => TlsCredential.FromPemFiles(missing, missing), Throws.InstanceOf<IOException>().With.Message.Contains(missing));
    }

    [Test]
    public void Every_kind_of_key_that_signs_is_taken([Values] TestKey key)
    {
        TlsCredential credential = TestCertificates.ServerWith(key).Certificate;

        Assert.That(credential.Certificate.HasPrivateKey, Is.True);
        Assert.That(credential.Intermediates, Is.Empty);
    }

    private static string ForeignKey(TestKey kind)
    {
        using AsymmetricAlgorithm key = kind switch
        {
            TestKey.EcdsaP256 => ECDsa.Create(ECCurve.NamedCurves.nistP256),
            TestKey.EcdsaP384 => ECDsa.Create(ECCurve.NamedCurves.nistP384),
            TestKey.Rsa2048 => RSA.Create(2048),
            _ => throw new ArgumentOutOfRangeException(nameof(kind)),
        };
        return key.ExportPkcs8PrivateKeyPem();
    }
}
