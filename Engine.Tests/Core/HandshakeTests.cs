using System.Security.Authentication;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Core;

public sealed class HandshakeTests
{
    private static readonly SslProtocols[] Versions = [SslProtocols.Tls12, SslProtocols.Tls13];

    [Test]
    public void Both_sides_agree_on_what_was_settled([ValueSource(nameof(Versions))] SslProtocols version, [Values] TestKey key)
    {
        using var pair = CorePair.Connected(CorePair.Options(version), CorePair.ServerOptions(version, TestCertificates.ServerWith(key)));

        var client = pair.Client.Session!;
        var server = pair.Server.Session!;
        Assert.That(client.Protocol, Is.EqualTo(version));
        Assert.That(server.Protocol, Is.EqualTo(version));
        Assert.That(client.CipherSuite, Is.EqualTo(server.CipherSuite));
        Assert.That(
            client.CipherSuite.ToString(),
            version == SslProtocols.Tls13 ? Is.EqualTo("TLS_AES_128_GCM_SHA256") : Does.EndWith("_WITH_AES_128_GCM_SHA256"));
        Assert.That(client.Group, Is.EqualTo(version == SslProtocols.Tls13 ? "X25519MLKEM768" : "x25519"));
        Assert.That(server.Group, Is.EqualTo(client.Group));
        Assert.That(client.ServerName, Is.EqualTo("localhost"));
        Assert.That(server.ServerName, Is.EqualTo("localhost"));
        Assert.That(client.PeerCertificate!.Thumbprint, Is.EqualTo(TestCertificates.ServerWith(key).Certificate.Thumbprint));
        Assert.That(client.PeerCertificates, Has.Count.EqualTo(2));
        Assert.That(client.PeerSignatureScheme, Is.EqualTo(key switch
        {
            TestKey.EcdsaP256 => "ecdsa_secp256r1_sha256",
            TestKey.EcdsaP384 => "ecdsa_secp384r1_sha384",
            TestKey.EcdsaP521 => "ecdsa_secp521r1_sha512",
            _ => "rsa_pss_rsae_sha256",
        }));
        Assert.That(server.PeerCertificate, Is.Null);
        Assert.That(server.PeerSignatureScheme, Is.Null);
    }

    [Test]
    public void Megabytes_cross_in_both_directions([ValueSource(nameof(Versions))] SslProtocols version)
    {
        using var pair = CorePair.Connected(version);
        var sent = new byte[1 << 20];
        new Random(7).NextBytes(sent);

        pair.Client.Write(sent);
        pair.ToServer();
        pair.Server.Write(CorePair.ReadAll(pair.Server));
        pair.ToClient();
        var echoed = CorePair.ReadAll(pair.Client);

        Assert.That(echoed, Is.EqualTo(sent));
    }

    [Test]
    public void Nothing_is_settled_before_the_end([ValueSource(nameof(Versions))] SslProtocols version)
    {
        using var pair = new CorePair(CorePair.Options(version), CorePair.ServerOptions(version));

        var status = pair.Client.StepHandshake();

        Assert.That(status, Is.EqualTo(CoreStatus.WantRead));
        Assert.That(pair.ClientOut.Pending, Is.GreaterThan(100));
        Assert.That(pair.Client.IsEstablished, Is.False);
        Assert.That(pair.Client.Session, Is.Null);
    }
}
