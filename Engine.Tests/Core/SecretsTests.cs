using System.Net.Security;
using System.Security.Authentication;
using System.Security.Authentication.ExtendedProtection;
using System.Security.Cryptography;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Core;

[CancelAfter(30_000)]
public sealed class SecretsTests
{
    private const string Label = "EXPERIMENTAL test";
    private static readonly SslProtocols[] Versions = [SslProtocols.Tls12, SslProtocols.Tls13];

    [Test]
    public void Both_sides_export_the_same_and_every_argument_matters([ValueSource(nameof(Versions))] SslProtocols version)
    {
        using var pair = CorePair.Connected(version);

        var exported = pair.Client.ExportKeyingMaterial(Label, "context"u8.ToArray(), 32);

        Assert.That(pair.Server.ExportKeyingMaterial(Label, "context"u8.ToArray(), 32), Is.EqualTo(exported));
        Assert.That(pair.Server.ExportKeyingMaterial(Label, "other"u8.ToArray(), 32), Is.Not.EqualTo(exported));
        Assert.That(pair.Server.ExportKeyingMaterial(Label + "2", "context"u8.ToArray(), 32), Is.Not.EqualTo(exported));
        Assert.That(pair.Server.ExportKeyingMaterial(Label, "context"u8.ToArray(), 100), Has.Length.EqualTo(100));
    }

    [Test]
    public void No_context_and_an_empty_one_differ_on_TLS_12_alone([ValueSource(nameof(Versions))] SslProtocols version)
    {
        using var pair = CorePair.Connected(version);

        var without = pair.Client.ExportKeyingMaterial(Label, null, 32);
        var empty = pair.Client.ExportKeyingMaterial(Label, [], 32);

        Assert.That(without.SequenceEqual(empty), Is.EqualTo(version == SslProtocols.Tls13));
    }

    [Test]
    public void Exporting_goes_on_after_data_and_key_updates()
    {
        using var pair = CorePair.Connected(SslProtocols.Tls13);
        var before = pair.Client.ExportKeyingMaterial(Label, null, 32);

        pair.Client.Write("data"u8);
        pair.ToServer();
        CorePair.ReadAll(pair.Server);

        Assert.That(pair.Client.ExportKeyingMaterial(Label, null, 32), Is.EqualTo(before));
    }

    [TestCase("", 32)]
    [TestCase("umläut", 32)]
    [TestCase("master secret", 32)]
    [TestCase("client finished", 32)]
    [TestCase(Label, 0)]
    [TestCase(Label, (255 * 32) + 1)]
    public void What_cannot_be_exported_is_an_argument_error(string label, int length)
    {
        using var pair = CorePair.Connected(SslProtocols.Tls13);

        Assert.That(() => pair.Client.ExportKeyingMaterial(label, null, length), Throws.InstanceOf<ArgumentException>());
    }

    [Test]
    public void The_longest_label_context_and_length_are_accepted()
    {
        using var pair = CorePair.Connected(SslProtocols.Tls13);

        var exported = pair.Client.ExportKeyingMaterial(new string('a', 249), new byte[65_535], 255 * 32);

        Assert.That(exported, Has.Length.EqualTo(255 * 32));
        Assert.That(() => pair.Client.ExportKeyingMaterial(new string('a', 250), null, 1), Throws.ArgumentException);
        Assert.That(() => pair.Client.ExportKeyingMaterial("a", new byte[65_536], 1), Throws.ArgumentException);
    }

    [Test]
    public void Before_the_handshake_there_is_nothing_to_export()
    {
        using var pair = new CorePair();

        Assert.That(() => pair.Client.ExportKeyingMaterial(Label, null, 32), Throws.InvalidOperationException);
        Assert.That(() => pair.Client.GetChannelBinding(TlsChannelBinding.TlsExporter), Throws.InvalidOperationException);
    }

    [Test]
    public void A_disposed_connection_has_no_secrets()
    {
        var pair = CorePair.Connected(SslProtocols.Tls13);
        pair.Dispose();

        Assert.That(() => pair.Client.ExportKeyingMaterial(Label, null, 32), Throws.InstanceOf<ObjectDisposedException>());
    }

    [Test]
    public void Both_sides_have_the_same_bindings([ValueSource(nameof(Versions))] SslProtocols version, [Values] TlsChannelBinding kind)
    {
        using var pair = CorePair.Connected(version);

        var binding = pair.Client.GetChannelBinding(kind);

        Assert.That(pair.Server.GetChannelBinding(kind), Is.EqualTo(binding));
        Assert.That(binding is null, Is.EqualTo(version == SslProtocols.Tls13 && kind == TlsChannelBinding.TlsUnique));
    }

    [TestCase(TestKey.EcdsaP256)]
    [TestCase(TestKey.EcdsaP384)]
    public void The_end_point_is_the_certificate_by_the_hash_of_its_signature(TestKey key)
    {
        var credential = TestCertificates.ServerWith(key);
        using var pair = CorePair.Connected(CorePair.Options(SslProtocols.Tls13), CorePair.ServerOptions(SslProtocols.Tls13, credential));

        var binding = pair.Client.GetChannelBinding(TlsChannelBinding.TlsServerEndPoint);

        // All test leaves are signed by one authority, with SHA-256.
        Assert.That(binding, Is.EqualTo(SHA256.HashData(credential.Certificate.RawData)));
    }

    [Test]
    public async Task SslStream_has_the_same_bindings(CancellationToken cancellation)
    {
        var core = BouncyCastleCore.CreateServer(CorePair.ServerOptions(SslProtocols.Tls12));
        var (ours, theirs) = CoreOverStream.Duplex();
        using var server = new CoreOverStream(core, ours);
        await using var client = new SslStream(theirs);
        await Task.WhenAll(
            server.HandshakeAsync(cancellation),
            client.AuthenticateAsClientAsync(
                new SslClientAuthenticationOptions { TargetHost = "localhost", RemoteCertificateValidationCallback =
                    (_, certificate, _, _) => certificate is not null }, cancellation));

        Assert.That(
            core.GetChannelBinding(TlsChannelBinding.TlsUnique), Is.EqualTo(BytesOf(client, ChannelBindingKind.Unique, "tls-unique:")));
        Assert.That(
            core.GetChannelBinding(TlsChannelBinding.TlsServerEndPoint),
            Is.EqualTo(BytesOf(client, ChannelBindingKind.Endpoint, "tls-server-end-point:")));
    }

    [Test]
    public void The_key_log_names_every_secret_once([ValueSource(nameof(Versions))] SslProtocols version)
    {
        var lines = new List<string>();
        var server = CorePair.ServerOptions(version);
        var client = new TlsClientOptions
        {
            TargetHost = TestCertificates.Host, Verification = TestCertificates.Verification, EnabledProtocols = version,
            DangerousKeyLog = lines.Add,
        };

        using var pair = CorePair.Connected(client, server);

        string[] expected = version == SslProtocols.Tls12
            ? ["CLIENT_RANDOM"]
            : ["CLIENT_HANDSHAKE_TRAFFIC_SECRET", "SERVER_HANDSHAKE_TRAFFIC_SECRET", "CLIENT_TRAFFIC_SECRET_0", "SERVER_TRAFFIC_SECRET_0",
                "EXPORTER_SECRET"];
        Assert.That(lines.Select(line => line.Split(' ')[0]), Is.EqualTo(expected));
        Assert.That(lines, Has.All.Match("^[A-Z_0-9]+ [0-9a-f]{64} ([0-9a-f]{64}|[0-9a-f]{96})$"));
        Assert.That(lines.Select(line => line.Split(' ')[1]).Distinct().Count(), Is.EqualTo(1), "one connection, one client random");
    }

    /// <summary>The token that the platform hands out: a header that says where the bytes are, a prefix, the bytes.</summary>
    private static byte[] BytesOf(SslStream stream, ChannelBindingKind kind, string prefix)
    {
        using var binding = stream.TransportContext.GetChannelBinding(kind)!;
        var token = new byte[binding.Size];
        System.Runtime.InteropServices.Marshal.Copy(binding.DangerousGetHandle(), token, 0, token.Length);
        var at = token.AsSpan().IndexOf(System.Text.Encoding.ASCII.GetBytes(prefix));
        Assert.That(at, Is.GreaterThan(0));
        return token[(at + prefix.Length)..];
    }
}
