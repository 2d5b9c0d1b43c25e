using System.Globalization;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Text;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Network;

/// <summary>Pre-shared keys with OpenSSL and GnuTLS, bare public keys with GnuTLS, in either role.</summary>
[Category("Network")]
public sealed class KeysWithoutX509Tests
{
    private static readonly byte[] Key = [.. Enumerable.Range(1, 32).Select(one => (byte)one)];

    private static readonly TlsPsk Psk = new("me"u8, Key);

    private static readonly TlsPolicy Policy12 = TlsPolicy.Default with
    {
        Protocols = SslProtocols.Tls12,
        CipherSuites = [TlsCipherSuite.TLS_ECDHE_PSK_WITH_CHACHA20_POLY1305_SHA256, TlsCipherSuite.TLS_PSK_WITH_AES_128_GCM_SHA256],
    };

    private static readonly object[] Policies =
    [
        new object[] { TlsPolicy.Default, SslProtocols.Tls13, "DEFAULT" },
        new object[] { Policy12, SslProtocols.Tls12, "ECDHE-PSK-CHACHA20-POLY1305:PSK-AES128-GCM-SHA256" },
        new object[] { Policy12, SslProtocols.Tls12, "PSK-AES128-GCM-SHA256" },
    ];

    private static string Hex => Convert.ToHexStringLower(Key);

    [TestCaseSource(nameof(Policies))]
    public async Task A_key_is_shared_with_OpenSSL_in_either_role(TlsPolicy policy, SslProtocols version, string ciphers)
    {
        ExternalTool.Require("openssl");
        string[] arguments = ["-psk_identity", "me", "-psk", Hex, "-cipher", ciphers];

        var (session, _) = await OtherTls.ConnectToOpenSslAsync(
            new TlsClientOptions { Psks = [Psk], Policy = policy }, null, [.. arguments, "-psk_hint", "hint"]);
        var (server, failure, _) = await OtherTls.ServeOpenSslAsync(Server(policy), arguments);

        Assert.That(failure, Is.Null);
        Assert.That(session.Protocol, Is.EqualTo(version));
        Assert.That(session.PskIdentity.ToArray(), Is.EqualTo("me"u8.ToArray()));
        Assert.That(server.Session!.Protocol, Is.EqualTo(version));
        Assert.That(server.Session.PskIdentity.ToArray(), Is.EqualTo("me"u8.ToArray()));
    }

    [Test]
    public async Task OpenSSL_with_a_wrong_key_is_refused()
    {
        ExternalTool.Require("openssl");

        var (_, failure, output) = await OtherTls.ServeOpenSslAsync(
            Server(TlsPolicy.Default), "-psk_identity", "me", "-psk", "00112233445566778899aabbccddeeff");

        Assert.That((failure as TlsException)?.Alert, Is.EqualTo(TlsAlert.DecryptError));
        Assert.That(output, Does.Contain("decrypt error"));
    }

    [TestCase("NORMAL:-VERS-ALL:+VERS-TLS1.3:+ECDHE-PSK", SslProtocols.Tls13)]
    [TestCase("NORMAL:-VERS-ALL:+VERS-TLS1.2:-KX-ALL:+ECDHE-PSK", SslProtocols.Tls12)]
    [TestCase("NORMAL:-VERS-ALL:+VERS-TLS1.2:-KX-ALL:+PSK", SslProtocols.Tls12)]
    public async Task A_key_is_shared_with_GnuTLS_in_either_role(string priority, SslProtocols version)
    {
        ExternalTool.Require("gnutls-cli", "gnutls-serv");
        var policy = version == SslProtocols.Tls13 ? TlsPolicy.Default : Policy12;
        var file = Path.Combine(OtherTls.NewFolder(), "psk");
        await File.WriteAllTextAsync(file, $"me:{Hex}\n");

        var session = await ConnectToGnuTlsAsync(
            new TlsClientOptions { Psks = [Psk], Policy = policy }, "--pskpasswd", file, "--priority", priority);

        Assert.That(session.PskIdentity.ToArray(), Is.EqualTo("me"u8.ToArray()));
        Assert.That(session.Protocol, Is.EqualTo(version));

        // gnutls-cli 3.7 crashes on ECDHE_PSK of TLS 1.2, whoever the server is.
        if (priority.Contains("-KX-ALL:+ECDHE-PSK", StringComparison.Ordinal))
            return;

        var (server, failure, output) = await OtherTls.ServeAsync(Server(policy), "echo me\n", port => ExternalTool.Start(
            "gnutls-cli", "--port", Number(port), "127.0.0.1", "--pskusername", "me", "--pskkey", Hex, "--priority", priority));
        Assert.That(failure, Is.Null, output);
        Assert.That(server.Session!.Protocol, Is.EqualTo(version));
        Assert.That(server.Session.PskIdentity.ToArray(), Is.EqualTo("me"u8.ToArray()));
    }

    [TestCase(SslProtocols.Tls12)]
    [TestCase(SslProtocols.Tls13)]
    public async Task Bare_keys_are_exchanged_with_GnuTLS_in_either_role(SslProtocols version)
    {
        ExternalTool.Require("gnutls-cli", "gnutls-serv");
        using var ours = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var theirs = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var folder = OtherTls.NewFolder();
        var (secret, open) = (Path.Combine(folder, "key.pem"), Path.Combine(folder, "public.pem"));
        await File.WriteAllTextAsync(secret, theirs.ExportPkcs8PrivateKeyPem() + "\n");
        await File.WriteAllTextAsync(open, theirs.ExportSubjectPublicKeyInfoPem() + "\n");
        var priority = $"NORMAL:-VERS-ALL:+VERS-TLS1.{(version == SslProtocols.Tls13 ? 3 : 2)}:+CTYPE-SRV-RAWPK:+CTYPE-CLI-RAWPK";
        var known = TestCertificates.Verification with { RawPublicKeys = [CertificateVerification.PinOfKey(theirs)] };

        var (server, failure, output) = await OtherTls.ServeAsync(
            new TlsServerOptions
            {
                Credential = TlsCredential.FromKey(ours), ClientCertificates = ClientCertificateMode.Require, ClientVerification = known,
                TolerateTruncation = true,
            },
            "echo me\n",
            port => ExternalTool.Start(
                "gnutls-cli", "--insecure", "--port", Number(port), "127.0.0.1", "--rawpkkeyfile", secret, "--rawpkfile", open,
                "--priority", priority));
        var session = await ConnectToGnuTlsAsync(
            new TlsClientOptions { Verification = known, Credential = TlsCredential.FromKey(ours) }, "--rawpkkeyfile", secret,
            "--rawpkfile", open, "--priority", priority);

        Assert.That(failure, Is.Null, output);
        Assert.That(server.Session!.Protocol, Is.EqualTo(version));
        Assert.That(server.Session.PeerRawPublicKey.ToArray(), Is.EqualTo(theirs.ExportSubjectPublicKeyInfo()));
        Assert.That(session.PeerRawPublicKey.ToArray(), Is.EqualTo(theirs.ExportSubjectPublicKeyInfo()));
    }

    private static TlsServerOptions Server(TlsPolicy policy) => new()
    {
        // gnutls-cli does not always say close_notify when its input ends.
        TolerateTruncation = true,
        Credential = null, FindPsk = TlsPsk.Among(Psk), Policy = policy,
        PskHint = policy == Policy12 ? "hint"u8.ToArray() : default(ReadOnlyMemory<byte>),
    };

    private static async Task<TlsSessionInfo> ConnectToGnuTlsAsync(TlsClientOptions options, params string[] arguments)
    {
        var port = Loopback.FreePort();
        await using var server = ExternalTool.Start("gnutls-serv", ["--echo", "--port", Number(port), .. arguments]);
        await server.WaitForAsync($"port {Number(port)}...done");
        await using var stream = await TlsClient.OpenStreamAsync("127.0.0.1", port, options);
        await stream.WriteAsync("abc\n"u8.ToArray());
        var answer = new byte[4];
        await stream.ReadExactlyAsync(answer).AsTask().WaitAsync(ExternalTool.Patience);
        Assert.That(Encoding.ASCII.GetString(answer), Is.EqualTo("abc\n"));
        return stream.Connection.Session!;
    }

    private static string Number(int port) => port.ToString(CultureInfo.InvariantCulture);
}
