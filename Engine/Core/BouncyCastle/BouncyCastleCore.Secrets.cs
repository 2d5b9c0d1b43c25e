using System.Security.Authentication;
using TlsFsm.Core.BouncyCastle.Keys;
using TlsFsm.Core.Certificates;

namespace TlsFsm;

/// <summary>What can be had of the connection's secrets.</summary>
public sealed partial class BouncyCastleCore
{
    /// <inheritdoc/>
    public byte[] ExportKeyingMaterial(string label, byte[]? context, int length)
    {
        ThrowIfUnusable();
        ThrowIfNotEstablished();
        return (_crypto.Exporter ?? throw new InvalidOperationException(
            "This session of TLS 1.2 has no extended master secret, so nothing is exported from it (RFC 7627 section 5.4).")).Export(
                label, context, length);
    }

    /// <inheritdoc/>
    public byte[]? GetChannelBinding(TlsChannelBinding kind)
    {
        ThrowIfUnusable();
        ThrowIfNotEstablished();
        return kind switch
        {
            // RFC 9266 section 4: no context on TLS 1.3, an empty one on 1.2, where that makes a difference.
            TlsChannelBinding.TlsExporter => _crypto.Exporter?.Export("EXPORTER-Channel-Binding", [], 32),
            TlsChannelBinding.TlsServerEndPoint => _negotiation.ServerCertificate is { } certificate ? EndPointHash.Of(certificate) : null,
            TlsChannelBinding.TlsUnique => (byte[]?)_crypto.TlsUnique?.Clone(),
            _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, $"There is no channel binding {(int)kind}."),
        };
    }

    private bool IsTls13 => Session?.Protocol == SslProtocols.Tls13;

    /// <inheritdoc/>
    public void UpdateKeys(bool requestPeer)
    {
        ThrowIfUnusable();
        ThrowIfNotEstablished();
        if (!IsTls13)
            throw new InvalidOperationException("TLS 1.2 has no KeyUpdate: its keys are those of the handshake.");
        if (_conduct.IsCloseNotifySent)
            throw new InvalidOperationException("Nothing can be sent after our close_notify.");

        Run(endpoint => endpoint.SendKeyUpdate(requestPeer));
    }

    private static KeyLog? LogOf(TlsConnectionOptions options) => options.DangerousKeyLog is { } write ? new KeyLog(write) : null;
}
