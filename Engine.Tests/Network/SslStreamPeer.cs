using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using TlsFsm.Tests.Hosting;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Network;

/// <summary>.NET's own SslStream, either role.</summary>
internal static class SslStreamPeer
{
    /// <summary>Connects and does the handshake, all checks on.</summary>
    public static async Task<SslStream> ConnectAsync(
        int port, SslProtocols versions = SslProtocols.None, TlsCredential? credential = null, string host = TestCertificates.Host,
        int? receiveBuffer = null, params string[] protocols)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        if (receiveBuffer is { } size)
            socket.ReceiveBufferSize = size;
        await socket.ConnectAsync(IPAddress.Loopback, port);
        var stream = new SslStream(new NetworkStream(socket, ownsSocket: true));
        try
        {
            var policy =
                new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
            policy.CustomTrustStore.Add(TestCertificates.Root);
            await stream.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
            {
                TargetHost = host,
                EnabledSslProtocols = versions,
                ClientCertificateContext = credential is null ? null : Context(credential),
                CertificateChainPolicy = policy,
                ApplicationProtocols = protocols.Length == 0 ? null : [.. OurServer.Protocols(protocols)],

                // Its tickets are kept for the whole process: an earlier test's would make a later one's handshake shorter.
                AllowTlsResume = false,
            }).WaitAsync(Wait.Limit);
            return stream;
        }
        catch
        {
            await stream.DisposeAsync();
            throw;
        }
    }

    /// <summary>Serves connections one after the other until it is stopped; handshakes that fail are kept.</summary>
    public static SslStreamServer Serve(SslServerAuthenticationOptions options, Func<SslStream, Task> serve) => new(options, serve);

    public static SslServerAuthenticationOptions Options(TlsCredential credential, SslProtocols versions = SslProtocols.None) => new()
    {
        ServerCertificateContext = Context(credential),
        EnabledSslProtocols = versions,
    };

    private static SslStreamCertificateContext Context(TlsCredential credential) =>
        SslStreamCertificateContext.Create(credential.Certificate, credential.Intermediates, offline: true);
}
