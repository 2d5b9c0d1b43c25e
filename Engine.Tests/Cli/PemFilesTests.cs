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
    public void An_encrypted_key_needs_its_password_which_is_never_on_the_command_line()
    {
        using var ecdsa = TestCertificates.Server.Certificate.GetECDsaPrivateKey()!;
        var parameters = new PbeParameters(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 1000);
        var pkcs8 = _files.Write("encrypted.key", ecdsa.ExportEncryptedPkcs8PrivateKeyPem("secret", parameters));
        var older = _files.Write(
            "older.key",
            "-----BEGIN EC PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,00\n\nAAAA\n-----END EC PRIVATE KEY-----\n");
        var right = _files.Write("right.txt", "secret\r\nand a second line\n");
        var empty = _files.Write("empty.txt", "\nsecret\n");
        const string Variable = "TLSFSM_TEST_PASSWORD";
        Environment.SetEnvironmentVariable(Variable, "secret");

        foreach (var where in new[] { $"file:{right}", $"env:{Variable}" })
            Assert.That(
                PemFiles.LoadCredential(_files.Certificate, pkcs8, Password.Read(where)).Certificate.HasPrivateKey, Is.True, where);
        AssertFails(() => PemFiles.LoadCredential(_files.Certificate, pkcs8), "encrypted.key': the private key is encrypted", "--passin");
        AssertFails(() => PemFiles.LoadCredential(_files.Certificate, pkcs8, "wrong"), "encrypted.key'", "the password is wrong");
        AssertFails(() => PemFiles.LoadCredential(_files.Certificate, older), "older.key'", "openssl pkcs8 -topk8");
        AssertFails(() => Password.Read($"file:{empty}"), "--passin: the first line of", "empty.txt' is empty");
        AssertFails(() => Password.Read($"file:{_files.PathOf("nowhere")}"), "nowhere': there is no such file");
        AssertFails(() => Password.Read("env:TLSFSM_NOT_THERE"), "the environment has no 'TLSFSM_NOT_THERE'");
        foreach (var onTheLine in new[] { "pass:hunter2", "hunter2", "" })
            Assert.That(
                Assert.Throws<CliException>(() => Password.Read(onTheLine))!.Message,
                Does.Contain("env:NAME or file:PATH").And.Not.Contain("hunter2"));
        Assert.That(Password.Read(null), Is.Null);
        Environment.SetEnvironmentVariable(Variable, null);
    }

    [Test]
    public async Task A_server_and_a_client_use_encrypted_keys()
    {
        using var ecdsa = TestCertificates.Server.Certificate.GetECDsaPrivateKey()!;
        var key = _files.Write("locked.key", ecdsa.ExportEncryptedPkcs8PrivateKeyPem(
            "secret", new PbeParameters(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 1000)));
        var password = _files.Write("password.txt", "secret\n");
        var (server, port) = await CliRun.ServeAsync("--cert", _files.Certificate, "--key", key, "--passin", $"file:{password}", "--www");
        await using var _ = server;

        var result = await CliRun.ToEndAsync("GET / HTTP/1.0\r\n\r\n", ["connect", $"localhost:{port}", "--cafile", _files.Root]);

        Assert.That((result.ExitCode, result.Data[..12]), Is.EqualTo((0, "HTTP/1.1 200")), result.Errors);
    }

    [TestCase(TestKey.EcdsaP256, "belongs to none of the 2 certificates: 'CN=server EcdsaP256'")]
    [TestCase(TestKey.EcdsaP384, "belongs to none of the 2 certificates")]
    [TestCase(TestKey.Rsa2048, "is of another kind (1.2.840.113549.1.1.1)")]
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
        AssertFails(
            () => PemFiles.LoadCredential(_files.Certificate, _files.Certificate), "There is no private key in the PEM text, which has CERTIFICATE");
        AssertFails(() => PemFiles.LoadCredential(_files.Certificate, brokenKey), "broken.key'", "The private key cannot be decoded");
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
