namespace TlsFsm.Abstractions.Sessions;

/// <summary>
/// What sessions fail with: on TLS 1.3 the connection that gave them, on 1.2, whose tickets are of one secret, the full handshake (RFC 5246
/// section 7.2.2, RFC 8446 section 6.2). Set on one thread, read on any.
/// </summary>
internal sealed class SessionLineage
{
    private volatile bool _hasFailed;

    /// <summary>Whether a connection of it ended by a fatal alert: nothing of it is resumed any more.</summary>
    public bool HasFailed => _hasFailed;

    public void Fail() => _hasFailed = true;
}
