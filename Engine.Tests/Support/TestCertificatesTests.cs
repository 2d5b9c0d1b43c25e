using System.Security.Cryptography.X509Certificates;

namespace TlsFsm.Tests.Support;

public sealed class TestCertificatesTests
{
    [Test]
    public void Every_leaf_chains_to_the_root_and_is_for_localhost([Values] TestKey key)
    {
        var credential = TestCertificates.ServerWith(key);

        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(TestCertificates.Roots);
        chain.ChainPolicy.ExtraStore.AddRange(credential.Intermediates);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        var trusted = chain.Build(credential.Certificate);

        Assert.That(trusted, Is.True, string.Join(", ", chain.ChainStatus.Select(status => status.StatusInformation)));
        Assert.That(chain.ChainElements, Has.Count.EqualTo(3));
        Assert.That(credential.Certificate.MatchesHostname(TestCertificates.Host, allowCommonName: false), Is.True);
        Assert.That(credential.Certificate.MatchesHostname("127.0.0.1"), Is.True);
        Assert.That(credential.Certificate.MatchesHostname("::1"), Is.True);
    }

    [Test]
    public void Pem_files_bring_the_same_credential_back([Values] TestKey key)
    {
        var directory = Directory.CreateTempSubdirectory("tlsfsm-pem");
        try
        {
            var credential = TestCertificates.ServerWith(key);

            var (chain, keyFile, root) = TestCertificates.WritePem(credential, directory.FullName);
            var read = TlsCredential.FromPemFiles(chain, keyFile);

            Assert.That(read.Certificate.Thumbprint, Is.EqualTo(credential.Certificate.Thumbprint));
            Assert.That(
                read.Intermediates.Select(one => one.Thumbprint), Is.EqualTo(credential.Intermediates.Select(one => one.Thumbprint)));
            Assert.That(File.ReadAllText(root), Does.StartWith("-----BEGIN CERTIFICATE-----"));
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }
}
