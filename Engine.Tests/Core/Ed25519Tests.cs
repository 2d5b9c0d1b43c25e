using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.Pkcs;
using System.Security.Cryptography.X509Certificates;
using Org.BouncyCastle.Crypto.Parameters;
using Org.BouncyCastle.Crypto.Signers;
using TlsFsm.Core.Strictness;
using TlsFsm.Tests.Strictness;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Core;

/// <summary>Ed25519 on both sides (RFC 8032; RFC 8446 section 4.2.3, RFC 8422 section 5.10).</summary>
[TestFixture]
internal sealed class Ed25519Tests
{
    private static readonly SslProtocols[] Versions = [SslProtocols.Tls12, SslProtocols.Tls13];

    [Test]
    public void Both_sides_may_sign_with_it([ValueSource(nameof(Versions))] SslProtocols version)
    {
        using var pair = CorePair.Connected(Client(version, Ed25519Certificates.Client), Server(version, Ed25519Certificates.Server));

        Assert.That(pair.Client.Session!.PeerSignatureScheme, Is.EqualTo("ed25519"));
        Assert.That(pair.Server.Session!.PeerSignatureScheme, Is.EqualTo("ed25519"));
        Assert.That(pair.Server.Session.PeerCertificate!.Subject, Is.EqualTo("CN=client Ed25519"));
    }

    [Test]
    public void A_client_that_does_not_take_it_gets_another_credential([ValueSource(nameof(Versions))] SslProtocols version)
    {
        var without = TlsPolicy.Default with { SignatureSchemes =
            [.. TlsPolicy.Default.SignatureSchemes.Where(scheme => scheme != TlsSignatureScheme.Ed25519)] };
        var client = new TlsClientOptions
        {
            TargetHost = TestCertificates.Host, Verification = TestCertificates.Verification, EnabledProtocols = version, Policy = without,
        };

        using var pair = CorePair.Connected(
            client, new TlsServerOptions { Credential = null, Credentials =
                [Ed25519Certificates.Server, TestCertificates.Server], EnabledProtocols = version });

        Assert.That(pair.Server.Session!.OwnCredential, Is.SameAs(TestCertificates.Server));
    }

    [Test, Proves(nameof(MessageFaults.WrongSignature))]
    public void A_wrong_signature_is_refused(
        [ValueSource(nameof(Versions))] SslProtocols version, [Values(FaultSource.Client, FaultSource.Server)] FaultSource from)
    {
        var (client, server) = (Client(version, Ed25519Certificates.Client), Server(version, Ed25519Certificates.Server));
        using var trial = (from == FaultSource.Client
            ? Trial.OfClient(version, client, server) : Trial.OfServer(version, server, client)).Changing(
            from == FaultSource.Server && version == SslProtocols.Tls12 ? Messages.ServerKeyExchange : Messages.CertificateVerify,
            Messages.Damaged);

        trial.Fails(MessageFaults.WrongSignature);
    }

    [Test]
    public void Its_key_may_be_elsewhere_and_is_shown_the_whole_message([ValueSource(nameof(Versions))] SslProtocols version)
    {
        var key = RandomNumberGenerator.GetBytes(32);
        var signer = new MessageSigner(key);
        using var certificate = Certificate(key);
        var credential = new TlsCredential(certificate, signer);
        using var pair = CorePair.Connected(
            new TlsClientOptions { TargetHost = TestCertificates.Host, Verification =
                CertificateVerification.DangerousAcceptAny, EnabledProtocols = version },
            CorePair.ServerOptions(version, credential));

        Assert.That(pair.Client.Session!.PeerSignatureScheme, Is.EqualTo("ed25519"));
        Assert.That(signer.Seen, Is.GreaterThan(64), "no hash");
    }

    [Test]
    public void A_key_that_is_not_the_certificates_is_refused_and_presented_all_the_same_is_seen_by_the_peer(
        [ValueSource(nameof(Versions))] SslProtocols version)
    {
        var (server, client) = (Ed25519Certificates.Server.Certificate, Ed25519Certificates.Client.Certificate);
        var wrong = new TlsCredential(server, new byte[32], Ed25519Certificates.Server.Intermediates);

        Assert.That(
            () => BouncyCastleCore.CreateServer(Server(version, wrong)).Dispose(),
            Throws.ArgumentException.With.Message.Contains("its Ed25519 key does not belong to the certificate 'CN=server Ed25519'"));
        Assert.That(
            () => BouncyCastleCore.CreateClient(Client(version, new TlsCredential(client, new byte[32]))).Dispose(),
            Throws.ArgumentException.With.Message.Contains("its Ed25519 key does not belong to the certificate 'CN=client Ed25519'"));

        using (var chosen = new CorePair(
            Client(version, null) with
            {
                ChooseCredential = TlsDecisions.AtOnce<TlsCertificateDemand, TlsCredential?>(_ => new TlsCredential(client, new byte[32])),
            },
            Server(version, Ed25519Certificates.Server)))
        {
            chosen.Handshake();

            Assert.That(chosen.ClientFault?.Fault, Is.EqualTo(TlsFault.Application));
            Assert.That(chosen.ClientFault!.Message, Does.Contain("its Ed25519 key does not belong to the certificate"));
        }

        using var pair = new CorePair(
            CorePair.Options(version), CorePair.ServerOptions(version, wrong with { DangerousPresentUnfit = true }));
        pair.Handshake();

        Assert.That(pair.ClientFault!.Alert, Is.EqualTo(TlsAlert.DecryptError));
    }

    [Test]
    public void An_encrypted_key_is_read_wherever_its_certificate_stands()
    {
        var (chain, key) = Ed25519Certificates.OfServer;
        var parameters = new PbeParameters(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 1000);
        var content = Convert.FromBase64String(key[PemEncoding.Find(key).Base64Data]);
        var locked = PemEncoding.WriteString(
            "ENCRYPTED PRIVATE KEY", Pkcs8PrivateKeyInfo.Decode(content, out _, skipCopy: true).Encrypt("secret", parameters));
        var turned = string.Join('\n', chain.Split("-----END CERTIFICATE-----", StringSplitOptions.TrimEntries)
            .Where(one => one.Length > 0).Reverse().Select(one => one + "\n-----END CERTIFICATE-----"));

        var credential = TlsCredential.FromPem(turned, locked, "secret");

        using var pair = CorePair.Connected(CorePair.Options(SslProtocols.Tls13), CorePair.ServerOptions(SslProtocols.Tls13, credential));
        Assert.That(pair.Client.Session!.PeerCertificate!.Subject, Is.EqualTo("CN=server Ed25519"));
        Assert.That(
            () => TlsCredential.FromPem(chain, locked, "wrong"),
            Throws.InstanceOf<CryptographicException>().With.Message.Contains("the password is wrong"));
        Assert.That(
            () => TlsCredential.FromPem(chain, locked),
            Throws.InstanceOf<CryptographicException>().With.Message.Contains("no password was given"));
    }

    [Test]
    public void What_is_no_key_of_its_kind_is_named()
    {
        var (chain, key) = Ed25519Certificates.OfServer;
        var other = TestCertificates.KeyPem(TestCertificates.Server);
        using var rsa = RSA.Create(2048);

        Assert.That(
            () => TlsCredential.FromPem(chain, other),
            Throws.InstanceOf<CryptographicException>().With.Message.Contains("another kind (1.2.840.10045.2.1)"));
        Assert.That(
            () => TlsCredential.FromPem(chain, "no PEM"), Throws.InstanceOf<CryptographicException>().With.Message.Contains("no PEM"));
        Assert.That(
            () => TlsCredential.FromPem(chain, rsa.ExportRSAPrivateKeyPem()),
            Throws.InstanceOf<CryptographicException>().With.Message.Contains("RSA PRIVATE KEY"));
        Assert.That(
            () => TlsCredential.FromPem(chain, PemEncoding.WriteString("PRIVATE KEY", Convert.FromHexString("300a020100300506032b6570"))),
            Throws.InstanceOf<CryptographicException>().With.Message.Contains("malformed"));
        Assert.That(
            () => TlsCredential.FromPem(
                chain, PemEncoding.WriteString("PRIVATE KEY", Convert.FromHexString("300e020100300506032b656e04020400"))),
            Throws.InstanceOf<CryptographicException>().With.Message.Contains("1.3.101.110, which is neither"));
        Assert.That(
            () => TlsCredential.FromPem("", key), Throws.InstanceOf<CryptographicException>().With.Message.Contains("no certificate"));
        Assert.That(
            () => new TlsCredential(Ed25519Certificates.Server.Certificate, new byte[31]),
            Throws.ArgumentException.With.Message.Contains("32 bytes, got 31"));
        Assert.That(
            () => new TlsCredential(TestCertificates.Server.Certificate, new byte[32]),
            Throws.ArgumentException.With.Message.Contains("is not Ed25519"));
    }

    [Test]
    public void No_secret_is_in_what_a_credential_prints() =>
        Assert.That(Ed25519Certificates.Server.ToString(), Does.Not.Contain("Ed25519 ="));

    private static TlsClientOptions Client(SslProtocols version, TlsCredential? credential) => new()
    {
        TargetHost = TestCertificates.Host, Verification = TestCertificates.Verification, EnabledProtocols = version,
        Credential = credential,
    };

    private static TlsServerOptions Server(SslProtocols version, TlsCredential credential) => new()
    {
        Credential = credential, EnabledProtocols = version, ClientCertificates = ClientCertificateMode.Require,
        ClientVerification = TestCertificates.Verification,
    };

    private static X509Certificate2 Certificate(byte[] key)
    {
        var open = new PublicKey(
            new Oid("1.3.101.112"), null, new AsnEncodedData(new Ed25519PrivateKeyParameters(key).GeneratePublicKey().GetEncoded()));
        using var issuer = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return new CertificateRequest(new X500DistinguishedName("CN=localhost"), open, HashAlgorithmName.SHA256).Create(
            new X500DistinguishedName("CN=issuer"), X509SignatureGenerator.CreateForECDsa(issuer), DateTimeOffset.UtcNow.AddDays(-1),
            DateTimeOffset.UtcNow.AddDays(1), [1]);
    }

    private sealed class MessageSigner(byte[] key) : ITlsSigner
    {
        public int Seen { get; private set; }

        public void Sign(TlsSignatureScheme scheme, ReadOnlyMemory<byte> hash, TlsDecision<ReadOnlyMemory<byte>> decision)
        {
            Seen = hash.Length;
            var signer = new Ed25519Signer();
            signer.Init(forSigning: true, new Ed25519PrivateKeyParameters(key));
            signer.BlockUpdate(hash.ToArray(), 0, hash.Length);
            decision.Complete(signer.GenerateSignature());
        }
    }
}
