using System.Net.Security;
using System.Security.Authentication;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Network;

/// <summary>What a policy names is what is spoken, with OpenSSL at the other end.</summary>
[Category("Network")]
public sealed class PolicyOpenSslTests
{
    private static readonly object[] Groups =
    [
        new object[] { SslProtocols.Tls13, TlsNamedGroup.X25519, "X25519" },
        new object[] { SslProtocols.Tls13, TlsNamedGroup.X448, "X448" },
        new object[] { SslProtocols.Tls13, TlsNamedGroup.Secp256r1, "P-256" },
        new object[] { SslProtocols.Tls13, TlsNamedGroup.Secp384r1, "P-384" },
        new object[] { SslProtocols.Tls13, TlsNamedGroup.Secp521r1, "P-521" },
        new object[] { SslProtocols.Tls12, TlsNamedGroup.X25519, "X25519" },
        new object[] { SslProtocols.Tls12, TlsNamedGroup.Secp384r1, "P-384" },
        new object[] { SslProtocols.Tls12, TlsNamedGroup.Secp521r1, "P-521" },
    ];

    private static readonly object[] SuitesOfOpenSsl =
    [
        new object[] { TlsCipherSuite.TLS_AES_128_CCM_SHA256, "TLS_AES_128_CCM_SHA256", SslProtocols.Tls13 },
        new object[] { TlsCipherSuite.TLS_AES_128_CCM_8_SHA256, "TLS_AES_128_CCM_8_SHA256", SslProtocols.Tls13 },
        new object[] { TlsCipherSuite.TLS_CHACHA20_POLY1305_SHA256, "TLS_CHACHA20_POLY1305_SHA256", SslProtocols.Tls13 },
        new object[] { TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA, "ECDHE-ECDSA-AES128-SHA", SslProtocols.Tls12 },
        new object[] { TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA384, "ECDHE-ECDSA-AES256-SHA384", SslProtocols.Tls12 },
        new object[] { TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, "ECDHE-ECDSA-CHACHA20-POLY1305", SslProtocols.Tls12 },
    ];

    [OneTimeSetUp]
    public void Require() => ExternalTool.Require("openssl");

    [TestCaseSource(nameof(Groups))]
    public async Task A_group_that_both_name_is_used_with_OpenSSL_in_either_role(SslProtocols version, TlsNamedGroup group, string name)
    {
        var policy = TlsPolicy.Default with
        {
            Protocols = version,
            Groups = version == SslProtocols.Tls12 && group is not TlsNamedGroup.Secp256r1 ? [group, TlsNamedGroup.Secp256r1] : [group],
        };

        var (session, _) = await OtherTls.ConnectToOpenSslAsync(
            Client(policy), TestCertificates.Server, "-groups", name == "P-256" ? name : $"{name}:P-256");
        var (server, failure, _) = await OtherTls.ServeOpenSslAsync(Server(policy), "-groups", name == "P-256" ? name : $"{name}:P-256");

        Assert.That(failure, Is.Null);
        Assert.That(session.Group, Is.EqualTo(group.ToString()).IgnoreCase);
        Assert.That(server.Session!.Group, Is.EqualTo(group.ToString()).IgnoreCase);
        Assert.That(session.Protocol, Is.EqualTo(version));
    }

    [TestCaseSource(nameof(SuitesOfOpenSsl))]
    public async Task A_suite_that_is_named_is_used_with_OpenSSL_in_either_role(TlsCipherSuite suite, string name, SslProtocols version)
    {
        var policy = TlsPolicy.Default with { Protocols = version, CipherSuites = [suite] };
        var choice = version == SslProtocols.Tls13 ? "-ciphersuites" : "-cipher";
        var value = version == SslProtocols.Tls13 ? name : name + ":@SECLEVEL=0";

        var (session, _) = await OtherTls.ConnectToOpenSslAsync(Client(policy), TestCertificates.Server, choice, value);
        var (server, failure, _) = await OtherTls.ServeOpenSslAsync(Server(policy), choice, value);

        Assert.That(failure, Is.Null);
        Assert.That(session.CipherSuite, Is.EqualTo(suite));
        Assert.That(server.Session!.CipherSuite, Is.EqualTo(suite));
    }

    [TestCase("-groups", "ffdhe2048")]
    [TestCase("-groups", "X448")]
    [TestCase("-ciphersuites", "TLS_AES_128_CCM_SHA256")]
    [TestCase("-sigalgs", "RSA-PSS+SHA256")]
    public async Task What_the_server_does_not_name_it_does_not_take(string option, string value)
    {
        var (_, failure, output) = await OtherTls.ServeOpenSslAsync(Server(TlsPolicy.Modern), option, value);

        Assert.That((failure as TlsException)?.Fault, Is.EqualTo(TlsFault.Incompatible), output);
        Assert.That(((TlsException)failure!).Alert, Is.EqualTo(TlsAlert.HandshakeFailure));
        Assert.That(output, Does.Contain("handshake failure"), "what OpenSSL saw");
    }

    private static TlsClientOptions Client(TlsPolicy policy) =>
        new() { TargetHost = TestCertificates.Host, Verification = TestCertificates.Verification, Policy = policy };

    private static TlsServerOptions Server(TlsPolicy policy) => new() { Credential = TestCertificates.Server, Policy = policy };
}
