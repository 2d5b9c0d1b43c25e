using System.IO.Pipelines;
using System.Net.Security;
using TlsFsm.Hosting.Connections;

namespace TlsFsm.Hosting.Http;

/// <summary>
/// Lets .NET's stream say what ours has agreed on. Its property cannot be overridden and is filled by a handshake only, so it has one: in
/// memory, with a peer of the same process that agrees on the same. No data ever goes that way.
/// </summary>
internal static class Masquerade
{
    /// <summary>Our stream as .NET's, which knows the application protocol.</summary>
    public static async Task<HttpTlsStream> AsAgreedAsync(TlsStream stream, CancellationToken cancellationToken)
    {
        var (there, back) = (new Pipe(), new Pipe());
        using var peer = new SslStream(new MemoryEnds(there.Reader, back.Writer));
        var dressed = new HttpTlsStream(stream, new MemoryEnds(back.Reader, there.Writer));
        List<SslApplicationProtocol>? agreed =
            stream.NegotiatedApplicationProtocol is { Protocol.IsEmpty: false } protocol ? [protocol] : null;
        var answering = peer.AuthenticateAsServerAsync(
            new SslServerAuthenticationOptions { ServerCertificate = MemoryPeer.Certificate, ApplicationProtocols = agreed },
            cancellationToken);
        await dressed.AuthenticateAsClientAsync(
            new SslClientAuthenticationOptions
            {
                TargetHost = "",
                ApplicationProtocols = agreed,
                RemoteCertificateValidationCallback = MemoryPeer.IsItself,
            },
            cancellationToken);
        await answering;
        return dressed;
    }
}
