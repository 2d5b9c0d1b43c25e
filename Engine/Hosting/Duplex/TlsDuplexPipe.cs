using System.IO.Pipelines;
using TlsFsm.Hosting.Duplex;

namespace TlsFsm;

/// <summary>A TLS connection as a duplex pipe, for code that reads and writes with System.IO.Pipelines.</summary>
/// <remarks>
/// <para>
/// Records are opened into the memory that <see cref="Input"/> hands out, and sealed from the memory that <see cref="Output"/> gives: one
/// copy at most in each direction, and nothing is allocated for a read, a write or a flush. Small writes before a flush share a record; a
/// full record may go out before its flush.
/// </para>
/// <para>
/// <b>The end of the peer's direction.</b> After its close_notify a read says <see cref="ReadResult.IsCompleted"/>, and
/// <see cref="Output"/> can still write. A connection that was cut off, failed or was aborted makes the read throw, behind all that had
/// arrived: a <see cref="TlsException"/> (<see cref="CloseReason.Truncated"/> for a missing close_notify), what the transport threw, or an
/// <see cref="IOException"/> for an end on this side. A flush says <see cref="FlushResult.IsCompleted"/> then, and does not throw.
/// </para>
/// <para>
/// <b>The end of ours.</b> Completing <see cref="Output"/> sends all that was written, flushed or not, and close_notify after it; reading
/// goes on. On TLS 1.2 the peer would close at once, so there close_notify waits for the end of both directions, unless
/// <see cref="TlsConnectionOptions.AllowHalfCloseOnTls12"/>. Completing <see cref="Input"/> stops reading, and the peer is paused. Both
/// completed, or one with the peer's close_notify, close the connection in order. Completing either with an exception aborts it: the peer
/// must not take a part for the whole.
/// </para>
/// <para>
/// One reader and one writer at a time, from any thread, side by side. Reads and flushes are cancelled as those of any pipe: nothing is
/// lost, and the connection stays. The application goes on where a record was opened or a flush has ended, never inside of the connection;
/// unless both ends are completed or the pipe is disposed, the connection stays open. A pipe that is forgotten with both of its ends is
/// collected, and its connection aborted then, unless both ends had been completed.
/// </para>
/// </remarks>
public sealed class TlsDuplexPipe : IDuplexPipe, IAsyncDisposable
{
    private readonly DuplexProtocol _protocol;
    private readonly PipeOwner _owner;
    private readonly Task _released;

    // Released: what is below is the caller's again; null when it never is.
    internal TlsDuplexPipe(TlsConnection connection, DuplexProtocol protocol, Task? released = null)
    {
        Connection = connection;
        _protocol = protocol;
        _owner = new PipeOwner(protocol);
        Input = new OwnedReader(protocol, _owner);
        Output = new OwnedWriter(protocol, _owner);
        _released = released ?? Task.CompletedTask;
    }

    /// <summary>The connection below: what was negotiated, its states, why it ended.</summary>
    public TlsConnection Connection { get; }

    /// <summary>What the peer sends.</summary>
    public PipeReader Input { get; }

    /// <summary>What goes to the peer. A flush waits until the transport below has taken what was written before, and takes more.</summary>
    public PipeWriter Output { get; }

    /// <summary>Ends the connection at once: what waits is dropped, reads fail, flushes say that nobody reads. From any thread.</summary>
    /// <param name="reason">Why, for who reads; null for an <see cref="IOException"/> that says so.</param>
    public void Abort(Exception? reason = null) => _protocol.Abort(reason);

    /// <summary>
    /// Refuses the peer: a fatal alert goes out, and the connection ends at once, as by
    /// <see cref="TlsTransport.Abort(TlsAlert, Exception?)"/>. From any thread.
    /// </summary>
    /// <param name="alert">What the peer hears.</param>
    /// <param name="reason">Why, for who reads; null for an exception that names the alert.</param>
    /// <exception cref="ArgumentException">close_notify or a warning (user_canceled, no_renegotiation), or no code of an alert.</exception>
    public void Abort(TlsAlert alert, Exception? reason = null)
    {
        TlsTransport.CheckFatal(alert);
        _protocol.Abort(alert, reason);
    }

    /// <summary>
    /// Completes both ends and waits for the end of the connection. Tells no failure: <see cref="TlsConnection.CloseReason"/> and
    /// <see cref="TlsConnection.Failure"/> do.
    /// </summary>
    /// <returns>
    /// Completes when the connection is gone, and what is below is the caller's again. The peer's close_notify is awaited no longer than
    /// <see cref="TlsConnectionOptions.StreamDisposeTimeout"/>; a peer that takes nothing of what is still to be sent, no longer than
    /// <see cref="TlsConnectionOptions.ShutdownTimeout"/> and the transport's own limits allow.
    /// </returns>
    public async ValueTask DisposeAsync()
    {
        await Output.CompleteAsync();
        await Input.CompleteAsync();
        _protocol.AwaitAnswer();
        await _protocol.WaitForLossAsync();
        await _released;
        _owner.Release();
    }
}
