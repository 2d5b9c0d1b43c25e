using System.Net.Security;
using System.Reflection;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Core;

#pragma warning disable CA1416 // Properties that some platforms refuse to set are set all the same: what matters is what becomes of them.
#pragma warning disable CA5359 // Callbacks that accept anything are what is tested.

/// <summary>
/// Every property of the platform's options arrives, or is refused by name. A property that is new to .NET fails here until it is decided.
/// </summary>
public sealed class PlatformOptionsTests
{
    private static readonly X509ChainPolicy ChainPolicy = new() { DisableCertificateDownloads = true };

    private static readonly Dictionary<string, Action<SslClientAuthenticationOptions>> ClientCases = new()
    {
        [nameof(SslClientAuthenticationOptions.AllowRenegotiation)] = options => { options.AllowRenegotiation = false; Map(options); },
        [nameof(SslClientAuthenticationOptions.AllowTlsResume)] = options =>
        {
            var cache = Map(options).SessionCache;
            Assert.That(cache, Is.Not.Null);
            Assert.That(Map(options).SessionCache, Is.SameAs(cache), "one for the same options");
            options.RemoteCertificateValidationCallback = (_, _, _, _) => true;
            Assert.That(Map(options).SessionCache, Is.Null, "a callback is to be asked on every connection");
            options.RemoteCertificateValidationCallback = null;
            options.CertificateRevocationCheckMode = X509RevocationMode.Online;
            Assert.That(Map(options).SessionCache, Is.Null, "so are responders");
            options.CertificateRevocationCheckMode = X509RevocationMode.NoCheck;
            options.CertificateChainPolicy = new X509ChainPolicy { RevocationMode = X509RevocationMode.Offline };
            Assert.That(Map(options).SessionCache, Is.Null, "also by a chain policy");
            options.CertificateChainPolicy = null;
            options.LocalCertificateSelectionCallback = (_, _, _, _, _) => null!;
            Assert.That(Map(options).SessionCache, Is.Null, "it may select another certificate each time");
            options.LocalCertificateSelectionCallback = null;
            options.AllowTlsResume = false;
            Assert.That(Map(options).SessionCache, Is.Null);
        },
        [nameof(SslClientAuthenticationOptions.AllowRsaPssPadding)] = options =>
        {
            options.AllowRsaPssPadding = false;
            Assert.That(
                Map(options).Policy.SignatureSchemes,
                Has.None.EqualTo(TlsSignatureScheme.RsaPssRsaeSha256).And.Some.EqualTo(TlsSignatureScheme.RsaPkcs1Sha256));
        },
        [nameof(SslClientAuthenticationOptions.AllowRsaPkcs1Padding)] = options =>
        {
            options.AllowRsaPkcs1Padding = false;
            Assert.That(
                Map(options).Policy.SignatureSchemes,
                Has.None.EqualTo(TlsSignatureScheme.RsaPkcs1Sha256).And.Some.EqualTo(TlsSignatureScheme.RsaPssRsaeSha256));
        },
        [nameof(SslClientAuthenticationOptions.ApplicationProtocols)] = options =>
        {
            options.ApplicationProtocols = [SslApplicationProtocol.Http2];
            Assert.That(Map(options).ApplicationProtocols, Is.EqualTo(new[] { SslApplicationProtocol.Http2 }));
        },
        [nameof(SslClientAuthenticationOptions.CertificateChainPolicy)] = options =>
        {
            options.CertificateChainPolicy = ChainPolicy;
            Assert.That(Map(options).Verification.ChainPolicy, Is.Not.Null.And.Not.SameAs(ChainPolicy), "a copy");
        },
        [nameof(SslClientAuthenticationOptions.CertificateRevocationCheckMode)] = options =>
        {
            options.CertificateRevocationCheckMode = X509RevocationMode.Offline;
            Assert.That(Map(options).Verification.RevocationMode, Is.EqualTo(X509RevocationMode.Offline));
        },
        [nameof(SslClientAuthenticationOptions.CipherSuitesPolicy)] = options =>
        {
            if (!OperatingSystem.IsLinux())
                return;

            options.CipherSuitesPolicy = new CipherSuitesPolicy([TlsCipherSuite.TLS_AES_256_GCM_SHA384]);
            Assert.That(Map(options).Policy.CipherSuites, Is.EqualTo(new[] { TlsCipherSuite.TLS_AES_256_GCM_SHA384 }));
            Assert.That(Map(options).EnabledProtocols, Is.EqualTo(SslProtocols.Tls13));
            options.CipherSuitesPolicy = new CipherSuitesPolicy([TlsCipherSuite.TLS_RSA_WITH_AES_128_CBC_SHA]);
            Refused(() => TlsClientOptions.From(options), "CipherSuitesPolicy");
        },
        [nameof(SslClientAuthenticationOptions.ClientCertificateContext)] = options =>
        {
            options.ClientCertificateContext = Context(TestCertificates.Client);
            Assert.That(Map(options).Credential!.Certificate.Thumbprint, Is.EqualTo(TestCertificates.Client.Certificate.Thumbprint));
            Assert.That(Map(options).Credential!.Intermediates, Has.Count.EqualTo(1));
        },
        [nameof(SslClientAuthenticationOptions.ClientCertificates)] = options =>
        {
            options.ClientCertificates = [TestCertificates.Client.Certificate];
            Assert.That(Map(options).Credentials, Has.Count.EqualTo(1));
            options.ClientCertificates = [ExportPublic(TestCertificates.Root)];
            Refused(() => TlsClientOptions.From(options), "ClientCertificates");
        },
        [nameof(SslClientAuthenticationOptions.EnabledSslProtocols)] = options =>
        {
            options.EnabledSslProtocols = SslProtocols.Tls12;
            Assert.That(Map(options).EnabledProtocols, Is.EqualTo(SslProtocols.Tls12));
#pragma warning disable SYSLIB0039, CA5397 // Named to be refused.
            options.EnabledSslProtocols = SslProtocols.Tls11 | SslProtocols.Tls12;
#pragma warning restore SYSLIB0039, CA5397
            Refused(() => TlsClientOptions.From(options), "EnabledSslProtocols");
        },
        [nameof(SslClientAuthenticationOptions.EncryptionPolicy)] = options =>
        {
#pragma warning disable SYSLIB0040 // Named to be refused.
            options.EncryptionPolicy = EncryptionPolicy.AllowNoEncryption;
#pragma warning restore SYSLIB0040
            Refused(() => TlsClientOptions.From(options), "EncryptionPolicy");
        },
        [nameof(SslClientAuthenticationOptions.LocalCertificateSelectionCallback)] = options =>
        {
            string[]? issuers = null;
            options.LocalCertificateSelectionCallback =
                (_, _, _, _, acceptable) => { issuers = acceptable; return TestCertificates.Client.Certificate; };
            options.CertificateChainPolicy = Trust();
            using var pair = CorePair.Connected(Map(options), new TlsServerOptions
            {
                Credential = TestCertificates.Server, ClientCertificates = ClientCertificateMode.Request,
                ClientVerification = CertificateVerification.DangerousAcceptAny, AcceptableIssuers = [TestCertificates.Root.SubjectName],
            });
            Assert.That(pair.Server.Session!.PeerCertificate!.Subject, Is.EqualTo("CN=client EcdsaP256"));
            Assert.That(issuers, Is.EqualTo(new[] { TestCertificates.Root.Subject }));
        },
        [nameof(SslClientAuthenticationOptions.RemoteCertificateValidationCallback)] = options =>
        {
            SslPolicyErrors? seen = null;
            options.RemoteCertificateValidationCallback =
                (_, certificate, chain, errors) => { seen = errors; return certificate is not null && chain is not null; };
            CorePair.Connected(Map(options), CorePair.ServerOptions()).Dispose();
            Assert.That(seen, Is.EqualTo(SslPolicyErrors.RemoteCertificateChainErrors), "the root of the tests is not the system's");

            options.RemoteCertificateValidationCallback = (_, _, _, _) => false;
            using var pair = new CorePair(Map(options), CorePair.ServerOptions());
            pair.Handshake();
            Assert.That(pair.ServerFault?.Alert, Is.EqualTo(TlsAlert.UnknownCa));
        },
        [nameof(SslClientAuthenticationOptions.TargetHost)] = options =>
        {
            options.TargetHost = "a.test";
            Assert.That(Map(options).TargetHost, Is.EqualTo("a.test"));
        },
    };

    private static readonly Dictionary<string, Action<SslServerAuthenticationOptions>> ServerCases = new()
    {
        [nameof(SslServerAuthenticationOptions.AllowRenegotiation)] =
            options => { options.AllowRenegotiation = true; Refused(() => TlsServerOptions.From(options), "AllowRenegotiation"); },
        [nameof(SslServerAuthenticationOptions.AllowTlsResume)] = options =>
        {
            Assert.That(Map(options).TicketKeys, Is.Not.Null);
            options.AllowTlsResume = false;
            Assert.That(Map(options).TicketKeys, Is.Null);
        },
        [nameof(SslServerAuthenticationOptions.AllowRsaPssPadding)] = options =>
        {
            options.AllowRsaPssPadding = false;
            Assert.That(Map(options).Policy.SignatureSchemes, Has.None.EqualTo(TlsSignatureScheme.RsaPssRsaeSha256));
        },
        [nameof(SslServerAuthenticationOptions.AllowRsaPkcs1Padding)] = options =>
        {
            options.AllowRsaPkcs1Padding = false;
            Assert.That(Map(options).Policy.SignatureSchemes, Has.None.EqualTo(TlsSignatureScheme.RsaPkcs1Sha256));
        },
        [nameof(SslServerAuthenticationOptions.ApplicationProtocols)] = options =>
        {
            options.ApplicationProtocols = [SslApplicationProtocol.Http2];
            Assert.That(Map(options).ApplicationProtocols, Is.EqualTo(new[] { SslApplicationProtocol.Http2 }));
        },
        [nameof(SslServerAuthenticationOptions.CertificateChainPolicy)] = options =>
        {
            options.CertificateChainPolicy = ChainPolicy;
            Assert.That(Map(options).ClientVerification.ChainPolicy, Is.Not.Null);
        },
        [nameof(SslServerAuthenticationOptions.CertificateRevocationCheckMode)] = options =>
        {
            options.CertificateRevocationCheckMode = X509RevocationMode.Online;
            Assert.That(Map(options).ClientVerification.RevocationMode, Is.EqualTo(X509RevocationMode.Online));
        },
        [nameof(SslServerAuthenticationOptions.CipherSuitesPolicy)] = options =>
        {
            if (!OperatingSystem.IsLinux())
                return;

            options.CipherSuitesPolicy = new CipherSuitesPolicy([TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256]);
            Assert.That(Map(options).EnabledProtocols, Is.EqualTo(SslProtocols.Tls12));
        },
        [nameof(SslServerAuthenticationOptions.ClientCertificateRequired)] = options =>
        {
            options.ClientCertificateRequired = true;
            Assert.That(Map(options).ClientCertificates, Is.EqualTo(ClientCertificateMode.Require));
        },
        [nameof(SslServerAuthenticationOptions.EnabledSslProtocols)] = options =>
        {
            options.EnabledSslProtocols = SslProtocols.Tls13;
            Assert.That(Map(options).EnabledProtocols, Is.EqualTo(SslProtocols.Tls13));
        },
        [nameof(SslServerAuthenticationOptions.EncryptionPolicy)] = options =>
        {
#pragma warning disable SYSLIB0040 // Named to be refused.
            options.EncryptionPolicy = EncryptionPolicy.NoEncryption;
#pragma warning restore SYSLIB0040
            Refused(() => TlsServerOptions.From(options), "EncryptionPolicy");
        },
        [nameof(SslServerAuthenticationOptions.RemoteCertificateValidationCallback)] = options =>
        {
            SslPolicyErrors? seen = null;
            options.RemoteCertificateValidationCallback = (_, _, _, errors) => { seen = errors; return true; };
            Refused(() => TlsServerOptions.From(options), "RemoteCertificateValidationCallback");
            options.ClientCertificateRequired = true;
            CorePair.Connected(new TlsClientOptions { Verification = CertificateVerification.DangerousAcceptAny }, Map(options)).Dispose();
            Assert.That(
                seen, Is.EqualTo(SslPolicyErrors.RemoteCertificateNotAvailable),
                "as the platform: the callback decides about a missing one");
        },
        [nameof(SslServerAuthenticationOptions.ServerCertificate)] = options =>
        {
            options.ServerCertificate = TestCertificates.Wildcard.Certificate;
            Assert.That(Map(options).Credential!.Certificate.Subject, Is.EqualTo("CN=wildcard"));
            options.ServerCertificate = ExportPublic(TestCertificates.Root);
            Refused(() => TlsServerOptions.From(options), "ServerCertificate");
        },
        [nameof(SslServerAuthenticationOptions.ServerCertificateContext)] = options =>
        {
            options.ServerCertificateContext = Context(TestCertificates.Server);
            Assert.That(Map(options).Credential!.Intermediates, Has.Count.EqualTo(1));
        },
        [nameof(SslServerAuthenticationOptions.ServerCertificateSelectionCallback)] = options =>
        {
            options.ServerCertificate = null;
            string? name = null;
            options.ServerCertificateSelectionCallback =
                (_, host) => { name = host; return TestCertificates.ServerFor("a.test").Certificate; };
            using var pair = CorePair.Connected(
                new TlsClientOptions { TargetHost = "a.test", Verification = CertificateVerification.DangerousAcceptAny }, Map(options));
            Assert.That(pair.Client.Session!.PeerCertificate!.Subject, Is.EqualTo("CN=server for a.test"));
            Assert.That(name, Is.EqualTo("a.test"));
        },
    };

    private static IEnumerable<PropertyInfo> ClientProperties => typeof(SslClientAuthenticationOptions).GetProperties();

    private static IEnumerable<PropertyInfo> ServerProperties => typeof(SslServerAuthenticationOptions).GetProperties();

    [TestCaseSource(nameof(ClientProperties))]
    public void A_clients_property_arrives_or_is_refused(PropertyInfo property)
    {
        Assert.That(ClientCases, Contains.Key(property.Name), $"{property.Name} is new to .NET: map it, or refuse it by name");

        ClientCases[property.Name](new SslClientAuthenticationOptions { TargetHost = "localhost" });
    }

    [TestCaseSource(nameof(ServerProperties))]
    public void A_servers_property_arrives_or_is_refused(PropertyInfo property)
    {
        Assert.That(ServerCases, Contains.Key(property.Name), $"{property.Name} is new to .NET: map it, or refuse it by name");

        ServerCases[property.Name](new SslServerAuthenticationOptions { ServerCertificate = TestCertificates.Server.Certificate });
    }

    private static X509Certificate2 ExportPublic(X509Certificate2 certificate) =>
        X509CertificateLoader.LoadCertificate(certificate.RawData);

    private static TlsClientOptions Map(SslClientAuthenticationOptions source)
    {
        var options = TlsClientOptions.From(source);
        BouncyCastleCore.CreateClient(options).Dispose();
        return options;
    }

    private static TlsServerOptions Map(SslServerAuthenticationOptions source)
    {
        var options = TlsServerOptions.From(source);
        BouncyCastleCore.CreateServer(options).Dispose();
        return options;
    }

    private static void Refused(Action map, string property) =>
        Assert.That(map, Throws.InstanceOf<NotSupportedException>().With.Message.StartsWith(property));

    private static SslStreamCertificateContext Context(TlsCredential credential) =>
        SslStreamCertificateContext.Create(credential.Certificate, credential.Intermediates, offline: true);

    private static X509ChainPolicy Trust()
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode =
            X509RevocationMode.NoCheck, DisableCertificateDownloads = true };
        policy.CustomTrustStore.Add(TestCertificates.Root);
        return policy;
    }
}
