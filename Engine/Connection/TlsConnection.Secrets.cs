using TlsFsm.Connection;

namespace TlsFsm;

/// <summary>Keys of the connection: what is exported from them, what ties others to them, and how they are renewed.</summary>
public sealed partial class TlsConnection
{
    /// <inheritdoc cref="ITlsCore.ExportKeyingMaterial"/>
    public byte[] ExportKeyingMaterial(string label, byte[]? context, int length)
    {
        using var use = _parts.SingleUse.Enter();
        return _parts.Core.Core.ExportKeyingMaterial(label, context, length);
    }

    /// <inheritdoc cref="ITlsCore.GetChannelBinding"/>
    public byte[]? GetChannelBinding(TlsChannelBinding kind)
    {
        using var use = _parts.SingleUse.Enter();
        return _parts.Core.Core.GetChannelBinding(kind);
    }

    /// <summary>
    /// Puts what is sent next under a new key (KeyUpdate, RFC 8446 section 4.6.3), on TLS 1.3, while our write side is
    /// <see cref="WriteState.Open"/> or <see cref="WriteState.KeptOpen"/>.
    /// </summary>
    /// <param name="requestPeer">Whether the peer is asked to do the same. It answers before its next data.</param>
    /// <exception cref="InvalidOperationException">Another state, or TLS 1.2, which has no KeyUpdate.</exception>
    public void UpdateKeys(bool requestPeer)
    {
        using var use = _parts.SingleUse.Enter();
        _parts.Outgoing.UpdateKeys(requestPeer);
    }
}
