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
    /// <para>
    /// As with <see cref="TlsTransport.Close"/> all that was written goes out before close_notify, what the peer still sends is discarded,
    /// and
    /// <see cref="TlsConnectionOptions.ShutdownTimeout"/> limits the wait for its close_notify. If that does not come, the transport is
    /// closed and the application hears of it with <see cref="CloseReason.Unanswered"/>: a stream that was cut must not go on in the clear.
    /// </para>
    /// <para>
    /// On one turn of the loop: <see cref="CloseReason.Clean"/>, <see cref="IProtocol.ConnectionMade"/> of <paramref name="next"/> with the
    /// transport below, a pause in writing if there is one, then what had arrived (a pause of reading holds only what comes later), then
    /// its end. The application hears <see cref="IProtocol.ConnectionLost"/> with nothing on the turn after: its TLS connection is over.
    /// </para>
    /// <para>Call it at the latest in the application's <see cref="IProtocol.EofReceived"/>. Does nothing once the connection is closing or
    /// over;
    /// <see cref="TlsTransport.Close"/> and <see cref="TlsTransport.Abort(Exception?)"/> afterwards end the transport too.</para>
    /// </remarks>
    /// <param name="next">Goes on with the transport; not the application of this connection.</param>
    /// <exception cref="ArgumentException">
    /// <paramref name="next"/> is the application itself, which would hear of an end and of a beginning at once.
    /// </exception>
    /// <exception cref="InvalidOperationException">
    /// The handshake has not finished; the transport below is no <see cref="ISwitchableTransport"/>; or the peer has said close_notify and
    /// the application kept its direction open, so that bytes behind it may be gone.
    /// </exception>
    public void Unwrap(IProtocol next)
    {
        using var use = _singleUse.Enter();
        if (_handoverFlow.Prepare(next))
            _shutdownFlow.Close();
    }

    /// <summary>
    /// Whether TLS has stopped after its handshake (<see cref="TlsConnectionOptions.StopAfterHandshake"/>) and nobody has decided how to go
    /// on.
    /// </summary>
    public bool IsStoppedAfterHandshake => _life.IsHeld;

    /// <summary>
    /// Takes what has arrived behind the last record of the handshake, untouched. More may arrive until the connection is detached; above
    /// the high mark the transport is paused.
    /// </summary>
    /// <returns>The bytes, oldest first; empty if there are none, or once the connection is over.</returns>
    /// <exception cref="InvalidOperationException">The connection has not stopped after its handshake.</exception>
    public byte[] TakeUnread()
    {
        using var use = _singleUse.Enter();
        return _handoverFlow.TakeUnread();
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
        using var use = _singleUse.Enter();
        _handoverFlow.Detach(next);
    }

    /// <summary>
    /// Goes on with TLS where it has stopped: what has arrived is read as records, from the next turn of the loop on. Without effect once
    /// the connection is over.
    /// </summary>
    /// <exception cref="InvalidOperationException">The connection has not stopped after its handshake.</exception>
    public void ContinueAfterHandshake()
    {
        using var use = _singleUse.Enter();
        _handoverFlow.Continue();
    }
}
