namespace TlsFsm;

/// <summary>
/// Seals what a server must know again to resume a session, into the ticket that the client keeps for it (RFC 8446 section 4.6.1, RFC
/// 5077).
/// </summary>
/// <remarks>
/// The state holds secrets: it must leave encrypted and authenticated, under keys that change. Servers that share a ring resume each
/// other's sessions. Used by many connections at once: thread-safe, and quick, because handshakes wait for it. A ring that throws costs
/// the resumption, not the connection; the exception is logged.
/// </remarks>
public interface ITicketKeyRing
{
    /// <summary>Seals a state.</summary>
    /// <param name="state">What <see cref="Open"/> is to give back; overwritten by the caller afterwards, so keep no reference.</param>
    /// <returns>The ticket: 1 to 65,000 bytes.</returns>
    byte[] Seal(ReadOnlySpan<byte> state);

    /// <summary>Opens a ticket that a client presents.</summary>
    /// <returns>
    /// The state, the caller's to overwrite. Null when it was not sealed by this ring, or by a key that is no longer accepted.
    /// </returns>
    byte[]? Open(ReadOnlySpan<byte> ticket);
}
