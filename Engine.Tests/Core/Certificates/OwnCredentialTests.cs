using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Time.Testing;
using TlsFsm.Core.Certificates;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Core.Certificates;

/// <summary>What is ours is judged as what is a peer's; and read from files as people have them.</summary>
public sealed class OwnCredentialTests
{
    private const string ServerUsage = "1.3.6.1.5.5.7.3.1";
    private const string ClientUsage = "1.3.6.1.5.5.7.3.2";
    private const string Password = "correct horse";

    private static readonly SslProtocols[] Versions = [SslProtocols.Tls12, SslProtocols.Tls13];

    private static X509Certificate2 Root => Shared.Root;
    private static X509Certificate2 Middle => Shared.Middle;
    private static readonly byte[] Sha1 = [0x30, 0x09, 0x06, 0x07, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x04, 0x01];

    private static readonly TestCaseData[] Unfit =
    [
        new(() => new TlsCredential(new MadeCertificate { Issuer = Root, Key = RSA.Create(1024) }.Make()), "its RSA key has 1024 bits")
        { TestName = "Unfit_by_its_key" },
        new(() => new TlsCredential(new MadeCertificate { Issuer = Root, Algorithm = Sha1 }.Make()), "which can be forged")
        { TestName = "Unfit_by_its_signature" },
        new(() => new TlsCredential(
            new MadeCertificate { Issuer = Middle }.Make(),
            [new MadeCertificate { Subject = "CN=middle", IsAuthority = true, Issuer = Root, Algorithm = Sha1 }.Make()]),
            "'CN=middle' would be refused by a client: it is signed with ECDSA and SHA-1") { TestName = "Unfit_by_an_intermediate" },
        new(() => new TlsCredential(new MadeCertificate { Issuer = Root, KeyUsage = X509KeyUsageFlags.KeyEncipherment }.Make()),
            "its key usage does not let it sign") { TestName = "Unfit_by_its_key_usage" },
        new(() => new TlsCredential(new MadeCertificate { Issuer = Root, Usage = ClientUsage }.Make()),
            "its extended key usage does not let it stand for a server") { TestName = "Unfit_for_a_server" },
        new(() => new TlsCredential(new MadeCertificate
        {
            Issuer = Root, Extensions = [new X509Extension("2.5.29.37", [0x30, 0x00], false)],
        }.Make()), "its extension 'extended key usage' is malformed") { TestName = "Unfit_by_its_form" },
    ];

    [TestCaseSource(nameof(Unfit))]
    public void What_a_client_would_refuse_is_refused_when_options_are_made(Func<TlsCredential> credential, string words)
    {
        var unfit = credential();
        var server = new TlsServerOptions { Credential = unfit };

        Assert.That(() => BouncyCastleCore.CreateServer(server).Dispose(), Throws.ArgumentException.With.Message.Contains(words));
        Assert.That(
            () => BouncyCastleCore.CreateServer(new TlsServerOptions { Credential = null, Credentials = [TestCertificates.Server, unfit] })
                .Dispose(),
            Throws.ArgumentException.With.Message.Contains(words));
        Assert.That(
            () => BouncyCastleCore.CreateServer(
                new TlsServerOptions { Credential = unfit with { DangerousPresentUnfit = true } }).Dispose(),
            Throws.Nothing);
    }

    [Test]
    public void What_a_server_would_refuse_is_refused_too_and_what_a_callback_chooses()
    {
        var server = new TlsCredential(new MadeCertificate { Issuer = Root, Usage = ServerUsage }.Make());

        Assert.That(
            () => BouncyCastleCore.CreateClient(new TlsClientOptions { TargetHost = "a.example", Credential = server }).Dispose(),
            Throws.ArgumentException.With.Message.Contains("would be refused by a server: its extended key usage does not let it stand for "
                + "a client"));

        using var pair = new CorePair(
            new TlsClientOptions
            {
                TargetHost = TestCertificates.Host, Verification = TestCertificates.Verification,
                ChooseCredential = TlsDecisions.AtOnce<TlsCertificateDemand, TlsCredential?>(_ => server),
            },
            new TlsServerOptions
            {
                Credential = TestCertificates.Server, ClientCertificates = ClientCertificateMode.Require,
                ClientVerification = TestCertificates.Verification,
            });
        pair.Handshake();
        Assert.That(pair.ClientFault?.Fault, Is.EqualTo(TlsFault.Application));
        Assert.That(pair.ClientFault!.Message, Does.Contain("ChooseCredential has chosen cannot be presented"));
    }

    [Test]
    public void A_listener_hears_of_what_is_unfit_under_any_of_its_names()
    {
        var names = new TlsServerNames();
        names.Set("small.example", new TlsServerOptions
        {
            Credential = new TlsCredential(new MadeCertificate { Issuer = Root, Key = RSA.Create(1024) }.Make()),
        });

        Assert.That(
            () => TlsListener.Start(
                new System.Net.IPEndPoint(System.Net.IPAddress.Loopback, 0),
                new TlsServerOptions { Credential = TestCertificates.Server, Names = names }, () => null!),
            Throws.ArgumentException.With.Message.Contains("the name 'small.example'").And.Message.Contains("its RSA key has 1024 bits"));
    }

    [Test]
    public void A_name_that_is_set_while_a_server_runs_is_judged_then_and_what_it_had_stays()
    {
        var names = new TlsServerNames();
        names.Set("a.example", new TlsServerOptions { Credential = TestCertificates.Server });
        var server = new TlsServerOptions { Credential = TestCertificates.Server, Names = names };
        BouncyCastleCore.CreateServer(server).Dispose();
        var unfit = new TlsServerOptions
        {
            Credential = new TlsCredential(new MadeCertificate { Issuer = Root, Key = RSA.Create(1024) }.Make()),
        };

        Assert.That(
            () => names.Set("a.example", unfit),
            Throws.ArgumentException.With.Message.Contains("the name 'a.example'").And.Message.Contains("its RSA key has 1024 bits"));
        Assert.That(
            () => names.Set("b.example", server),
            Throws.ArgumentException.With.Message.Contains("the name 'b.example'").And.Message.Contains("choose again"));
        Assert.That(names.Names, Is.EqualTo(["a.example"]));
        CorePair.Connected(
            new TlsClientOptions { TargetHost = "a.example", Verification = CertificateVerification.DangerousAcceptAny }, server).Dispose();
    }

    [Test]
    public void A_policy_that_takes_less_presents_less()
    {
        using var key = RSA.Create(1024);
        var small = new TlsCredential(new MadeCertificate { Issuer = Root, Key = key }.Make());

        Assert.That(
            () => BouncyCastleCore.CreateServer(new TlsServerOptions { Credential = small, Policy = new TlsPolicy { MinRsaBits = 1024 } })
                .Dispose(), Throws.Nothing);
    }

    [Test]
    public void A_credential_within_its_dates_goes_before_one_that_is_not([Values] bool isOldFirst)
    {
        var old = new TlsCredential(new MadeCertificate
        {
            Subject = "CN=old", Issuer = Root, Names = [TestCertificates.Host], To = DateTimeOffset.UtcNow.AddDays(-1),
        }.Make());
        var current = new TlsCredential(new MadeCertificate { Subject = "CN=new", Issuer = Root, Names = [TestCertificates.Host] }.Make());

        using var pair = CorePair.Connected(
            new TlsClientOptions { TargetHost = TestCertificates.Host, Verification = CertificateVerification.TrustedRoots([Root]) },
            new TlsServerOptions { Credential = null, Credentials = isOldFirst ? [old, current] : [current, old] });

        Assert.That(pair.Client.Session!.PeerCertificate!.Subject, Is.EqualTo("CN=new"));
    }

    [Test]
    public void Whose_signatures_the_client_takes_goes_first()
    {
        using var rsa = RSA.Create(2048);
        using var rsaRoot = new MadeCertificate { Subject = "CN=RSA root", IsAuthority = true, Key = rsa }.Make();
        var byRsa = new TlsCredential(
            new MadeCertificate { Subject = "CN=by RSA", Issuer = rsaRoot, Names = [TestCertificates.Host] }.Make());
        var byEcdsa = new TlsCredential(
            new MadeCertificate { Subject = "CN=by ECDSA", Issuer = Root, Names = [TestCertificates.Host] }.Make());
        var client = new TlsClientOptions
        {
            TargetHost = TestCertificates.Host, Verification = CertificateVerification.TrustedRoots([Root, rsaRoot]),
            EnabledProtocols = SslProtocols.Tls13, Policy = TlsPolicy.Modern with
            {
                SignatureSchemes = [TlsSignatureScheme.EcdsaSecp256r1Sha256],
            },
        };

        using var both = CorePair.Connected(client, new TlsServerOptions { Credential = null, Credentials = [byRsa, byEcdsa] });
        Assert.That(both.Client.Session!.PeerCertificate!.Subject, Is.EqualTo("CN=by ECDSA"));

        using var one = CorePair.Connected(client, new TlsServerOptions { Credential = byRsa });
        Assert.That(one.Client.Session!.PeerCertificate!.Subject, Is.EqualTo("CN=by RSA"), "where nothing fits, the client decides");
    }

    [Test]
    public void Whose_signatures_the_server_takes_goes_first([ValueSource(nameof(Versions))] SslProtocols version)
    {
        using var rsa = RSA.Create(2048);
        using var rsaRoot = new MadeCertificate { Subject = "CN=RSA root", IsAuthority = true, Key = rsa }.Make();
        var byRsa = new TlsCredential(new MadeCertificate { Subject = "CN=by RSA", Issuer = rsaRoot }.Make());
        var byEcdsa = new TlsCredential(new MadeCertificate { Subject = "CN=by ECDSA", Issuer = Root }.Make());
        var trust = CertificateVerification.TrustedRoots([Root, rsaRoot]);
        var server = new TlsServerOptions
        {
            Credential = new MadeCertificate { Issuer = Root, Names = [TestCertificates.Host] }.Make(), EnabledProtocols = version,
            ClientCertificates = ClientCertificateMode.Require, ClientVerification = trust, AcceptableIssuers = [],
            Policy = TlsPolicy.Default with
            {
                SignatureSchemes = [TlsSignatureScheme.EcdsaSecp256r1Sha256],
                CipherSuites = [.. TlsPolicy.Default.CipherSuites.Where(
                    suite => !suite.ToString().Contains("_RSA_", StringComparison.Ordinal))],
            },
        };
        TlsClientOptions Client(params TlsCredential[] ours) => new()
        {
            TargetHost = TestCertificates.Host, Verification = trust, EnabledProtocols = version, Credentials = ours,
        };

        using var both = CorePair.Connected(Client(byRsa, byEcdsa), server);
        Assert.That(both.Server.Session!.PeerCertificate!.Subject, Is.EqualTo("CN=by ECDSA"));

        using var one = CorePair.Connected(Client(byRsa), server);
        Assert.That(one.Server.Session!.PeerCertificate!.Subject, Is.EqualTo("CN=by RSA"), "where nothing fits, the server decides");
    }

    [Test]
    public void PEM_is_read_in_any_order_and_put_in_its_own([Values] bool isRsa, [Values] bool isEncrypted)
    {
        using AsymmetricAlgorithm key = isRsa ? RSA.Create(2048) : ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var leaf = new MadeCertificate { Issuer = Middle, Key = key }.Make();
        var pem = isEncrypted
            ? key.ExportEncryptedPkcs8PrivateKeyPem(
                Password, new PbeParameters(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 1000))
            : key.ExportPkcs8PrivateKeyPem();
        var text = string.Join('\n', Root.ExportCertificatePem(), "some words", Middle.ExportCertificatePem(), leaf.ExportCertificatePem());

        var credential = TlsCredential.FromPem(text, pem, isEncrypted ? Password : null);

        Assert.That(credential.Certificate.RawData, Is.EqualTo(leaf.RawData));
        Assert.That(credential.Certificate.HasPrivateKey, Is.True);
        Assert.That(credential.Intermediates.Select(one => one.Subject), Is.EqualTo(new[] { "CN=middle", "CN=root" }));
    }

    [Test]
    public void What_is_wrong_with_a_PEM_text_is_named()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var leaf = new MadeCertificate { Issuer = Middle, Key = key }.Make();
        var locked = key.ExportEncryptedPkcs8PrivateKeyPem(
            Password, new PbeParameters(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 1000));
        var certificate = leaf.ExportCertificatePem();
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        (string Certificates, string Key, string? Password, string Words)[] cases =
        [
            (certificate, locked, null, "encrypted, and no password was given"),
            (certificate, locked, "wrong", "the password is wrong"),
            (certificate, "", null, "no PEM in the file of the private key"),
            (certificate, certificate, null, "no private key in the PEM text, which has CERTIFICATE"),
            (certificate, "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\nAAAA\n-----END RSA PRIVATE KEY-----", null,
                "old form"),
            (certificate, "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----", null, "cannot be decoded"),
            ("", key.ExportPkcs8PrivateKeyPem(), null, "There is no certificate"),
            (certificate + "\n-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----", key.ExportPkcs8PrivateKeyPem(), null,
                "Certificate number 2"),
            (certificate, other.ExportPkcs8PrivateKeyPem(), null, "belongs to none of the 1 certificates: 'CN=leaf'. Either"),
        ];
        using var agreement = new MadeCertificate
        {
            Issuer = Middle, PublicKey = new PublicKey(key), KeyUsage = X509KeyUsageFlags.KeyAgreement,
        }.Make();
        cases = [.. cases, (agreement.ExportCertificatePem(), key.ExportPkcs8PrivateKeyPem(), null, "does not let its key sign")];
        foreach (var (certificates, text, password, words) in cases)
            Assert.That(
                () => TlsCredential.FromPem(certificates, text, password),
                Throws.InstanceOf<CryptographicException>().With.Message.Contains(words));
    }

    [Test]
    public void A_PFX_is_read_and_what_is_wrong_with_one_is_named()
    {
        using var leaf = new MadeCertificate { Issuer = Middle }.Make();
        byte[] whole = new X509Certificate2Collection { Root, Public(Middle), leaf }.Export(X509ContentType.Pfx, Password)!;
        byte[] keyless = new X509Certificate2Collection { Public(leaf) }.Export(X509ContentType.Pfx, Password)!;

        var credential = TlsCredential.FromPfx(whole, Password);

        Assert.That(credential.Certificate.RawData, Is.EqualTo(leaf.RawData));
        Assert.That(credential.Intermediates.Select(one => one.Subject), Is.EqualTo(new[] { "CN=middle", "CN=root" }));
        Assert.That(credential.Intermediates.Any(one => one.HasPrivateKey), Is.False);
        Assert.That(
            () => TlsCredential.FromPfx(whole, "wrong"),
            Throws.InstanceOf<CryptographicException>().With.Message.Contains("password is wrong"));
        Assert.That(
            () => TlsCredential.FromPfx([1, 2, 3]),
            Throws.InstanceOf<CryptographicException>().With.Message.Contains("it is no such store"));
        Assert.That(
            () => TlsCredential.FromPfx(keyless, Password),
            Throws.InstanceOf<CryptographicException>().With.Message.Contains("no private key for any of its certificates: 'CN=leaf'"));
    }

    [Test]
    public void Roots_are_read_from_texts_files_and_folders()
    {
        var folder = Directory.CreateTempSubdirectory("tlsfsm-roots");
        try
        {
            var pem = Path.Combine(folder.FullName, "a.pem");
            var der = Path.Combine(folder.FullName, "b.crt");
            var rubbish = Path.Combine(folder.FullName, "c.txt");
            File.WriteAllText(pem, "roots\n" + Root.ExportCertificatePem() + "\n" + Middle.ExportCertificatePem());
            File.WriteAllBytes(der, TestCertificates.Root.RawData);
            File.WriteAllText(rubbish, "nothing");

            Assert.That(CertificateVerification.TrustedRootsFromPem(Root.ExportCertificatePem()).Roots, Has.Count.EqualTo(1));
            Assert.That(CertificateVerification.TrustedRootsFromFiles(pem, der).Roots, Has.Count.EqualTo(3));
            Assert.That(CertificateVerification.TrustedRootsFromFiles(folder.FullName).Roots, Has.Count.EqualTo(3));
            Assert.That(
                () => CertificateVerification.TrustedRootsFromPem("nothing"),
                Throws.ArgumentException.With.Message.Contains("at least one"));
            Assert.That(
                () => CertificateVerification.TrustedRootsFromFiles(rubbish), Throws.ArgumentException.With.Message.Contains("c.txt"));
            Assert.That(
                () => CertificateVerification.TrustedRootsFromFiles(),
                Throws.ArgumentException.With.Message.Contains("at least one"));
            Assert.That(
                () => CertificateVerification.TrustedRootsFromFiles(Path.Combine(folder.FullName, "absent.pem")),
                Throws.InstanceOf<IOException>());
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Test]
    public void What_is_judged_at_which_time_is_the_callers_to_say()
    {
        var soon = new TlsCredential(new MadeCertificate { Issuer = Root, From = DateTimeOffset.UtcNow.AddDays(5) }.Make());

        Assert.That(OwnCredentials.IsCurrent(soon, DateTimeOffset.UtcNow), Is.False);
        Assert.That(OwnCredentials.IsCurrent(soon, new FakeTimeProvider(DateTimeOffset.UtcNow.AddDays(6)).GetUtcNow()), Is.True);
    }

    private static X509Certificate2 Public(X509Certificate2 certificate) => X509CertificateLoader.LoadCertificate(certificate.RawData);

    /// <summary>Made once, and shared by all tests: nobody disposes of them.</summary>
    private static class Shared
    {
        public static readonly X509Certificate2 Root = new MadeCertificate { Subject = "CN=root", IsAuthority = true }.Make();
        public static readonly X509Certificate2 Middle =
            new MadeCertificate { Subject = "CN=middle", IsAuthority = true, Issuer = Root }.Make();
    }
}
