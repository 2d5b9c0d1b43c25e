using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using TlsFsm.Tests.Strictness;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Core.Certificates;

/// <summary>
/// Somebody presents certificates to us, in a whole handshake, and signs with another key: the verdict on the certificates comes first.
/// </summary>
internal static class Presenting
{
    /// <returns>How the certificates were refused; null when they were not.</returns>
    public static TlsCertificateException? To(
        SslProtocols version, bool isClient, CertificateVerification verification, params X509Certificate2[] chain) =>
        To(version, isClient, verification, TimeProvider.System, TestCertificates.Host, chain);

    /// <returns>How the certificates were refused; null when they were not.</returns>
    public static TlsCertificateException? To(
        SslProtocols version, bool isClient, CertificateVerification verification, TimeProvider time, string host,
        params X509Certificate2[] chain) => Raw(version, isClient, verification, time, host, [.. chain.Select(one => one.RawData)]);

    /// <returns>How what need be no certificates was refused; null when it was not.</returns>
    public static TlsCertificateException? Raw(
        SslProtocols version, bool isClient, CertificateVerification verification, TimeProvider time, string host, byte[][] chain,
        TlsLimits? limits = null)
    {
        verification = verification with { Memory = null };
        using var trial = isClient
            ? Trial.OfClient(version, Mutual.Client(version), new TlsServerOptions
            {
                Credential = TestCertificates.Server, EnabledProtocols = version, ClientCertificates = ClientCertificateMode.Require,
                ClientVerification = verification, TimeProvider = time, Limits = limits ?? TlsLimits.Default,
            })
            : Trial.OfServer(version, CorePair.ServerOptions(version), new TlsClientOptions
            {
                TargetHost = host, EnabledProtocols = version, Verification = verification, TimeProvider = time,
                Limits = limits ?? TlsLimits.Default,
            });
        trial.Replacing(Messages.Certificate, _ => [.. Message(chain, version).Chunk(16_000)]);
        return trial.Outcome() as TlsCertificateException;
    }

    /// <summary>A Certificate message (RFC 5246 section 7.4.2, RFC 8446 section 4.4.2).</summary>
    public static byte[] Message(byte[][] chain, SslProtocols version)
    {
        var is13 = version == SslProtocols.Tls13;
        byte[] list = [.. chain.SelectMany(one => (byte[])[.. Length24(one.Length), .. one, .. is13 ? (byte[])[0, 0] : []])];
        byte[] body = [.. is13 ? (byte[])[0] : [], .. Length24(list.Length), .. list];
        return [Messages.Certificate, .. Length24(body.Length), .. body];
    }

    private static byte[] Length24(int length) => [(byte)(length >> 16), (byte)(length >> 8), (byte)length];
}
