using System.Net.Security;
using System.Runtime.InteropServices;
using System.Security.Authentication;
using System.Security.Authentication.ExtendedProtection;
using System.Security.Cryptography.X509Certificates;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Hosting;

/// <summary>Channel bindings in .NET's form: as SslStream at the other end has them.</summary>
public sealed class TransportContextTests
{
    [TestCase(SslProtocols.Tls12, ChannelBindingKind.Endpoint)]
    [TestCase(SslProtocols.Tls13, ChannelBindingKind.Endpoint)]
    [TestCase(SslProtocols.Tls12, ChannelBindingKind.Unique)]
    public async Task A_binding_is_that_of_SslStream(SslProtocols version, ChannelBindingKind kind)
    {
        await using var session = await ServeAsync(version);
        await using var stream = session.Ours;

        var ours = Bytes(stream.TransportContext.GetChannelBinding(kind)!);
        var onLoop = await stream.Connection.Loop.Ask(() => Bytes(stream.TransportContext.GetChannelBinding(kind)!));

        Assert.That(ours, Is.EqualTo(Bytes(session.Theirs.TransportContext.GetChannelBinding(kind)!)));
        Assert.That(onLoop, Is.EqualTo(ours));
    }

    [Test]
    public async Task What_TLS_13_does_not_define_is_null_and_other_kinds_are_refused()
    {
        await using var session = await ServeAsync(SslProtocols.Tls13);
        await using var stream = session.Ours;

        Assert.That(stream.TransportContext.GetChannelBinding(ChannelBindingKind.Unique), Is.Null);
        Assert.That(
            () => stream.TransportContext.GetChannelBinding(ChannelBindingKind.Unknown),
            Throws.InstanceOf<NotSupportedException>().With.Message.Contains("Unknown"));
    }

    private static byte[] Bytes(ChannelBinding binding)
    {
        using (binding)
        {
            var bytes = new byte[binding.Size];
            Marshal.Copy(binding.DangerousGetHandle(), bytes, 0, bytes.Length);
            return bytes;
        }
    }

    private static async Task<Session> ServeAsync(SslProtocols version)
    {
        // .NET's own knows the server's certificate only as a client.
        var pair = new PipePair();
        var theirs = new SslStream(pair.PeerStream);
        var serving = TlsServer.OpenStreamAsync(pair.OurStream, TlsPair.ServerOptions(version));
        await theirs.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
        {
            TargetHost = TestCertificates.Host,
            EnabledSslProtocols = version,
            CertificateChainPolicy = new X509ChainPolicy
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust, CustomTrustStore = { TestCertificates.Root },
                RevocationMode = X509RevocationMode.NoCheck,
            },
        }).WaitAsync(Wait.Limit);
        return new Session(await serving.WaitAsync(Wait.Limit), theirs);
    }

    private sealed record Session(TlsStream Ours, SslStream Theirs) : IAsyncDisposable
    {
        public ValueTask DisposeAsync() => Theirs.DisposeAsync();
    }
}
