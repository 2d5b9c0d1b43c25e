using System.IO.Pipelines;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace TlsFsm.Hosting.Http;

/// <summary>
/// Lets .NET's stream say what ours has agreed on. Its property cannot be overridden and is filled by a handshake only, so it has one: in
/// memory, with a peer of the same process that agrees on the same. No data ever goes that way.
/// </summary>
internal static class Masquerade
{
    // For nobody but ourselves, and good for nothing else.
    private static readonly Lazy<X509Certificate2> Certificate = new(Create);

    /// <summary>Our stream as .NET's, which knows the application protocol.</summary>
    public static async Task<HttpTlsStream> AsAgreedAsync(TlsStream stream, CancellationToken cancellationToken)
    {
        var (there, back) = (new Pipe(), new Pipe());
        using var peer = new SslStream(new MemoryEnds(there.Reader, back.Writer));
        var dressed = new HttpTlsStream(stream, new MemoryEnds(back.Reader, there.Writer));
        List<SslApplicationProtocol>? agreed =
            stream.NegotiatedApplicationProtocol is { Protocol.IsEmpty: false } protocol ? [protocol] : null;
        var answering = peer.AuthenticateAsServerAsync(
            new SslServerAuthenticationOptions { ServerCertificate = Certificate.Value, ApplicationProtocols = agreed }, cancellationToken);
        await dressed.AuthenticateAsClientAsync(
            new SslClientAuthenticationOptions
            {
                TargetHost = "",
                ApplicationProtocols = agreed,
                RemoteCertificateValidationCallback = static (_, presented, _, _) => Certificate.Value.Equals(presented),
            },
            cancellationToken);
        await answering;
        return dressed;
    }

    private static X509Certificate2 Create()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = new CertificateRequest("CN=in memory", key, HashAlgorithmName.SHA256).CreateSelfSigned(
            DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(200));

        // Windows takes no key that was never in a store.
        return X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pfx), password: null);
    }
}
