using System.Net.Security;
using Org.BouncyCastle.Tls;

namespace TlsFsm.Core.BouncyCastle;

/// <summary>Small translations between BouncyCastle's objects and the platform's.</summary>
internal static class Encodings
{
    /// <summary>The certificates of a chain in DER, leaf first.</summary>
    public static IReadOnlyList<byte[]> Of(Certificate chain)
    {
        var encoded = new byte[chain.Length][];
        for (var i = 0; i < encoded.Length; i++)
            encoded[i] = chain.GetCertificateAt(i) is NativeCertificate native ? native.Presented : chain.GetCertificateAt(i).GetEncoded();

        return encoded;
    }

    /// <summary>ALPN names; null when there are none, which is no extension.</summary>
    public static IList<ProtocolName>? Of(IReadOnlyList<SslApplicationProtocol> protocols) =>
        protocols.Count == 0 ? null : [.. protocols.Select(protocol => ProtocolName.AsRawBytes(protocol.Protocol.ToArray()))];
}
