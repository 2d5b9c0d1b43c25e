namespace TlsFsm;

/// <summary>
/// Where a client keeps sessions between connections. Used by many connections at once: thread-safe, and quick, because handshakes wait for
/// it.
/// </summary>
/// <remarks>
/// Decides nothing about security: the key says what a session is for, and the connection checks age, key and single use itself.
/// </remarks>
public interface ITlsSessionCache
{
    /// <summary>Keeps a session, in place of others if need be.</summary>
    void Add(TlsSavedSession session);

    /// <summary>Gives a session for a new connection, the newest that fits. One of TLS 1.3 leaves the cache with that.</summary>
    /// <param name="key">What it must have been kept for: <see cref="TlsSavedSession.Key"/>.</param>
    /// <param name="origin">If not null, the full handshake that it must go back to: <see cref="TlsSavedSession.Origin"/>.</param>
    /// <returns>Null when there is none.</returns>
    TlsSavedSession? Take(string key, Guid? origin);

    /// <summary>Lets go of a session that failed. Harmless when it is not there.</summary>
    void Remove(TlsSavedSession session);
}
