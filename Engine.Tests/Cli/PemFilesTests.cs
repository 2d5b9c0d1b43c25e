using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using TlsFsm.Cli;
using TlsFsm.Cli.Failures;
using TlsFsm.Cli.Pem;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Cli;

public sealed class PemFilesTests
{
    private PemFolder _files = null!;

    [SetUp]
    public void SetUp() => _files = new PemFolder();

    [TearDown]
    public void TearDown() => _files.Dispose();

    [Test]
    public void A_chain_and_its_key_are_a_credential([Values] TestKey kind)
    {
        var expected = TestCertificates.ServerWith(kind);
        var (certificate, key) = _files.Write("leaf", expected);

        var credential = PemFiles.LoadCredential(certificate, key);

        Assert.That(credential.Certificate.Thumbprint, Is.EqualTo(expected.Certificate.Thumbprint));
        Assert.That(credential.Certificate.HasPrivateKey, Is.True);
        Assert.That(credential.Intermediates, Has.Count.EqualTo(1));
    }

    [Test]
    public void A_key_in_the_older_format_after_its_parameters_is_read()
    {
        using var ecdsa = TestCertificates.Server.Certificate.GetECDsaPrivateKey()!;
        var key = _files.Write(
            "old.key", $"-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n{ecdsa.ExportECPrivateKeyPem()}\n");

        var credential = PemFiles.LoadCredential(_files.Certificate, key);

        Assert.That(credential.Certificate.HasPrivateKey, Is.True);
    }

    [Test]
    public void All_roots_of_a_file_are_read()
    {
        var both = _files.Write("both.pem", File.ReadAllText(_files.Root) + "\n" + File.ReadAllText(_files.OtherRoot));

        Assert.That(PemFiles.LoadRoots(both), Has.Count.EqualTo(2));
    }

    [Test]
    public void An_encrypted_key_is_named_with_the_way_out()
    {
        using var ecdsa = TestCertificates.Server.Certificate.GetECDsaPrivateKey()!;
        var parameters = new PbeParameters(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 1000);
        var pkcs8 = _files.Write("encrypted.key", ecdsa.ExportEncryptedPkcs8PrivateKeyPem("secret", parameters));
        var older = _files.Write(
            "older.key",
            "-----BEGIN EC PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,00\n\nAAAA\n-----END EC PRIVATE KEY-----\n");

        AssertFails(
            () => PemFiles.LoadCredential(_files.Certificate, pkcs8), "encrypted.key': the private key is encrypted; decrypt it first");
        AssertFails(() => PemFiles.LoadCredential(_files.Certificate, older), "older.key': the private key is encrypted; decrypt it first");
    }

    [TestCase(TestKey.EcdsaP256, "does not belong to the certificate")]
    [TestCase(TestKey.EcdsaP384, "does not belong to the certificate")]
    [TestCase(TestKey.Rsa2048, "of another kind than the certificate")]
    public void A_key_of_another_certificate_is_told_apart(TestKey kind, string said)
    {
        var (_, key) = _files.Write("other", TestCertificates.ClientWith(kind));

        AssertFails(() => PemFiles.LoadCredential(_files.Certificate, key), said, "other.key", _files.Certificate);
    }

    [Test]
    public void A_file_that_is_not_what_it_should_be_is_named()
    {
        var empty = _files.Write("empty.pem", "");
        var broken = _files.Write("broken.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
        var brokenKey = _files.Write("broken.key", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n");

        AssertFails(() => PemFiles.LoadRoots(empty), "empty.pem': there is no certificate in it");
        AssertFails(() => PemFiles.LoadRoots(broken), "broken.pem': a certificate in it cannot be decoded");
        AssertFails(() => PemFiles.LoadRoots(_files.Key), "there is no certificate in it");
        AssertFails(() => PemFiles.LoadCredential(_files.Certificate, _files.Certificate), "there is no private key in it");
        AssertFails(() => PemFiles.LoadCredential(_files.Certificate, brokenKey), "broken.key': the private key cannot be decoded");
    }

    [Test]
    public void A_file_that_cannot_be_read_is_named()
    {
        AssertFails(() => PemFiles.LoadRoots(_files.PathOf("nowhere.pem")), "nowhere.pem': there is no such file.");
        AssertFails(() => PemFiles.LoadRoots(Path.Combine(_files.PathOf("no-folder"), "a.pem")), "a.pem': there is no such file.");
        AssertFails(() => PemFiles.LoadRoots(Path.GetDirectoryName(_files.Root)!), "it is a directory");
        AssertFails(() => PemFiles.LoadRoots(""), "an empty file name");
    }

    [Test]
    public void A_certificate_with_a_key_that_we_do_not_sign_with_is_refused()
    {
        var (certificate, key) = ForeignCurve();

        AssertFails(
            () => PemFiles.LoadCredential(certificate, key), "foreign.pem'", "neither ECDSA on P-256, P-384, P-521 nor Ed25519 nor RSA.");
    }

    private (string Certificate, string Key) ForeignCurve()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.brainpoolP320r1);
        var request = new CertificateRequest("CN=foreign", key, HashAlgorithmName.SHA256);
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        return (_files.Write("foreign.pem", certificate.ExportCertificatePem()),
            _files.Write("foreign.key", key.ExportPkcs8PrivateKeyPem()));
    }

    private static void AssertFails(Action load, params string[] said)
    {
        var exception = Assert.Throws<CliException>(load)!;
        Assert.That(exception.ExitCode, Is.EqualTo(ExitCode.Usage));
        foreach (var part in said)
            Assert.That(exception.Message, Does.Contain(part));
    }
}
