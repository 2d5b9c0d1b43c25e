using TlsFsm.Connection;

namespace TlsFsm;

// From TLS to another protocol, on a transport that goes on.
public sealed partial class TlsConnection
{
    /// <summary>
    /// Returns to plaintext (FTP's CCC, RFC 4217 section 12.3): closes TLS in order, and once both sides have said close_notify hands the
    /// transport to another protocol instead of closing it. What arrived behind the peer's close_notify is that protocol's first data.
    /// </summary>
    /// <remarks>
    /// As <see cref="TlsTransport.Close"/>; if the peer's close_notify does not come, the transport is closed after all, and the end is
    /// <see cref="CloseReason.Unanswered"/>: a stream that was cut must not go on in the clear. On one turn of the loop
    /// <paramref name="next"/> hears <see cref="IProtocol.ConnectionMade"/>, a pause in writing if there is one, what had arrived, its end;
    /// the application hears <see cref="IProtocol.ConnectionLost"/> on the turn after. Call it at the latest in
    /// <see cref="IProtocol.EofReceived"/>; once the connection is closing or over it does nothing.
    /// </remarks>
    /// <param name="next">Goes on with the transport; not the application of this connection.</param>
    /// <exception cref="ArgumentException"><paramref name="next"/> is the application itself.</exception>
    /// <exception cref="InvalidOperationException">
    /// The handshake has not finished; the transport below is no <see cref="ISwitchableTransport"/>; or the peer has said close_notify and
    /// the application kept its direction open, so that bytes behind it may be gone.
    /// </exception>
    public void Unwrap(IProtocol next)
    {
        using var use = _parts.SingleUse.Enter();
        _parts.Unwrap(next);
    }

    /// <summary>Whether TLS has stopped after its handshake (<see cref="TlsConnectionOptions.StopAfterHandshake"/>), undecided.</summary>
    public bool IsStoppedAfterHandshake => _parts.Life.IsHeld;

    /// <summary>
    /// Takes what has arrived behind the last record of the handshake, untouched. More may arrive until the connection is detached; above
    /// the high mark the transport is paused.
    /// </summary>
    /// <returns>The bytes, oldest first; empty if there are none, or once the connection is over.</returns>
    /// <exception cref="InvalidOperationException">The connection has not stopped after its handshake.</exception>
    public byte[] TakeUnread()
    {
        using var use = _parts.SingleUse.Enter();
        return _parts.Handover.TakeUnread();
    }

    /// <summary>
    /// Gives up TLS where it has stopped, without close_notify, and hands the transport to another protocol in this very call. All that TLS
    /// has written so far goes to the transport first; what has arrived behind the handshake is the protocol's first data.
    /// </summary>
    /// <remarks>
    /// The order is that of <see cref="Unwrap"/>; the connection ends with <see cref="CloseReason.Detached"/>. What the handshake settled
    /// stays known (<see cref="Session"/>). Does nothing once the connection is over.
    /// </remarks>
    /// <param name="next">Goes on with the transport; not the application of this connection.</param>
    /// <exception cref="ArgumentException"><paramref name="next"/> is the application itself.</exception>
    /// <exception cref="InvalidOperationException">
    /// The connection has not stopped after its handshake, or the transport below is no <see cref="ISwitchableTransport"/>.
    /// </exception>
    public void Detach(IProtocol next)
    {
        using var use = _parts.SingleUse.Enter();
        _parts.Handover.Detach(next);
    }

    /// <summary>Goes on with TLS where it has stopped, from the next turn of the loop on. Without effect once it is over.</summary>
    /// <exception cref="InvalidOperationException">The connection has not stopped after its handshake.</exception>
    public void ContinueAfterHandshake()
    {
        using var use = _parts.SingleUse.Enter();
        _parts.Handover.Continue();
    }
}
