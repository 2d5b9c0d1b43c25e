using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Core;

public sealed class CredentialTests
{
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

    [Test]
    public void Every_kind_of_key_that_signs_is_taken([Values] TestKey key)
    {
        TlsCredential credential = TestCertificates.ServerWith(key).Certificate;

        Assert.That(credential.Certificate.HasPrivateKey, Is.True);
        Assert.That(credential.Intermediates, Is.Empty);
    }
}
