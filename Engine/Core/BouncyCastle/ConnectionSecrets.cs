using TlsFsm.Core.Certificates;

namespace TlsFsm.Core.BouncyCastle;

/// <summary>What can be had of a connection's secrets, when its handshake has finished.</summary>
internal static class ConnectionSecrets
{
    /// <summary>Keying material for another protocol.</summary>
    public static byte[] Export(CoreParts parts, string label, byte[]? context, int length) =>
        (parts.Crypto.Exporter ?? throw new InvalidOperationException(
            "This session of TLS 1.2 has no extended master secret, so nothing is exported from it (RFC 7627 section 5.4).")).Export(
                label, context, length);

    /// <summary>What ties an authentication above to the connection; null where the kind is not defined.</summary>
    public static byte[]? BindingOf(CoreParts parts, TlsChannelBinding kind) => kind switch
    {
        // RFC 9266 section 4: no context on TLS 1.3, an empty one on 1.2, where that makes a difference.
        TlsChannelBinding.TlsExporter => parts.Crypto.Exporter?.Export("EXPORTER-Channel-Binding", [], 32),
        TlsChannelBinding.TlsServerEndPoint =>
            parts.Negotiation.ServerCertificate is { } certificate ? EndPointHash.Of(certificate) : null,
        TlsChannelBinding.TlsUnique => (byte[]?)parts.Crypto.TlsUnique?.Clone(),
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, $"There is no channel binding {(int)kind}."),
    };
}
