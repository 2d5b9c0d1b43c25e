using System.Net.Security;
using Org.BouncyCastle.Tls;

namespace TlsFsm.Core.BouncyCastle.Library;

/// <summary>Small translations between BouncyCastle's objects and the platform's.</summary>
internal static class Encodings
{
    /// <summary>The certificates of a chain in DER, leaf first.</summary>
    public static IReadOnlyList<byte[]> Of(Certificate chain)
    {
        var encoded = new byte[chain.Length][];
        for (var i = 0; i < encoded.Length; i++)
            encoded[i] = chain.GetCertificateAt(i).GetEncoded();

        return encoded;
    }

    /// <summary>
    /// The OCSP response that came with a server's certificate; empty without one. In TLS 1.3 it is the leaf's extension (RFC 8446 section
    /// 4.4.2.1).
    /// </summary>
    public static byte[] StapleOf(TlsServerCertificate certificate)
    {
        var status = certificate.CertificateStatus;
        if (status is null
            && certificate.Certificate.GetCertificateEntryAt(0).Extensions is { } extensions
            && extensions.TryGetValue(ExtensionType.status_request, out var encoded))
        {
            // One type and one vector (RFC 6066 section 8). What is neither is shown to the verifier as it is, which refuses it.
            return encoded is [(byte)CertificateStatusType.ocsp, var high, var middle, var low, .. var response]
                && response.Length == ((high << 16) | (middle << 8) | low)
                ? response
                : encoded;
        }

        return status?.StatusType == CertificateStatusType.ocsp ? status.OcspResponse.GetEncoded() : [];
    }

    /// <summary>Types of certificates; null for X.509 alone, which is no extension (RFC 7250 section 4.1).</summary>
    public static short[]? Of(IReadOnlyList<TlsCertificateType> types) =>
        types is [TlsCertificateType.X509] or [] ? null : [.. types.Select(type => (short)type)];

    /// <summary>ALPN names; null when there are none, which is no extension.</summary>
    public static IList<ProtocolName>? Of(IReadOnlyList<SslApplicationProtocol> protocols) =>
        protocols.Count == 0 ? null : [.. protocols.Select(protocol => ProtocolName.AsRawBytes(protocol.Protocol.ToArray()))];
}
