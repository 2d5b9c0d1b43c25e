namespace TlsFsm.AspNetCore;

/// <summary>
/// What a middleware or an application can ask of the TLS connection that it is served over: a feature of the connection, and of each
/// request on it. Members may be called from any thread.
/// </summary>
public interface ITlsFsmFeature
{
    /// <summary>
    /// The connection. Its own members belong to its loop; what it has settled, and why it ended, may be read from anywhere.
    /// </summary>
    TlsConnection Connection { get; }

    /// <summary>What the handshake settled.</summary>
    TlsSessionInfo Session { get; }

    /// <summary>Keying material of this connection for another protocol (RFC 5705, RFC 8446 section 7.5).</summary>
    /// <inheritdoc cref="TlsConnection.ExportKeyingMaterial"/>
    Task<byte[]> ExportKeyingMaterialAsync(string label, byte[]? context, int length);

    /// <summary>What ties an authentication above TLS to this connection (RFC 5929, RFC 9266).</summary>
    /// <inheritdoc cref="TlsConnection.GetChannelBinding"/>
    Task<byte[]?> GetChannelBindingAsync(TlsChannelBinding kind);
}
