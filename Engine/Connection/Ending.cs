namespace TlsFsm.Connection;

/// <summary>
/// The one way out: failure, abort, loss. Whatever comes first decides what the application and the awaiter of the handshake are
/// told; once in Unwrapped nothing is kept and nothing more is written.
/// </summary>
internal sealed class Ending(TlsConnection connection)
{
    private bool _isLost;

    /// <summary>Why the connection ended.</summary>
    public CloseReason Reason { get; private set; }

    /// <summary>What the application is told with the loss; null for a regular end or an abort.</summary>
    public Exception? Failure { get; private set; }

    /// <summary>A TLS error: what waits for the transport goes out first, the alert included.</summary>
    public void Fail(TlsException exception, TlsTrigger trigger = TlsTrigger.Failed)
    {
        if (connection.State == TlsState.Unwrapped)
            return;

        if (exception.Reason == CloseReason.Failed)
            connection.Outgoing.HandOver();

        End(trigger, exception.Reason, exception);
        exception.Transitions = connection.Transitions;
        LogMessages.Failed(connection.Log, exception);
        connection.Lower!.Abort(exception);

        // Once the handshake has finished, its awaiter is not told of what came later.
        connection.SettleHandshake(connection.HandshakeFlow.IsComplete ? null : exception);
    }

    /// <summary>An exception out of one of the application's callbacks: always reported, and fatal if nothing was before.</summary>
    /// <param name="exception">What it threw.</param>
    /// <param name="message">For the hook.</param>
    /// <param name="failsHandshake">Out of ConnectionMade: also whoever awaits the handshake is told.</param>
    public void FailByApplication(Exception exception, string message, bool failsHandshake = false)
    {
        var isFirst = connection.State != TlsState.Unwrapped;
        if (isFirst)
        {
            End(TlsTrigger.Failed, CloseReason.Failed, exception);
            connection.Lower!.Abort(exception);
        }

        connection.Loop.ReportUnhandled(exception, message);
        if (isFirst)
            connection.SettleHandshake(failsHandshake ? exception : null);
    }

    /// <summary>The application aborts, or closes before the handshake has finished.</summary>
    /// <param name="reason">What the application is told with the loss; null for nothing.</param>
    /// <param name="trigger">The fact behind it.</param>
    public void Abort(Exception? reason, TlsTrigger trigger)
    {
        if (connection.IsOver)
            return;

        var wasComplete = connection.HandshakeFlow.IsComplete;
        if (connection.Lower is null)
            connection.CloseBeforeConnect();

        // A peer that had cut its stream off is not excused by our abort that follows.
        End(trigger, Failure is null ? CloseReason.LocalAbort : Reason, Failure ?? reason);
        connection.Lower?.Abort(reason);
        connection.SettleHandshake(wasComplete ? null : reason ?? Explain(
            "The connection was closed on this side before the handshake had finished.", CloseReason.LocalAbort, TlsFault.None));
    }

    /// <summary>The application refuses the peer: as an abort, but the alert goes out first, unless the transport is paused.</summary>
    /// <param name="alert">What the peer hears.</param>
    /// <param name="reason">What the application is told with the loss; null for an exception that names the alert.</param>
    public void Abort(TlsAlert alert, Exception? reason)
    {
        if (connection.IsOver)
            return;

        if (connection.State != TlsState.Unwrapped)
        {
            try
            {
                connection.Core.SendAlert(alert);
            }
            catch (TlsException failure)
            {
                // The core had failed before, and its own alert is on the way.
                Fail(failure);
                return;
            }

            connection.Outgoing.HandOver();
        }

        // A transport that is aborted with a reason still sends what it was given.
        Abort(
            reason ?? new TlsException(
                $"This side has ended the connection with the alert {(int)alert} ({alert}).", CloseReason.LocalAbort, TlsFault.None, alert)
            {
                Transitions = connection.Transitions,
            },
            TlsTrigger.Aborted);
    }

    /// <summary>The shutdown has run its course; the loss of the transport will follow.</summary>
    public void Conclude(CloseReason reason, TlsException? failure)
    {
        Reason = reason;
        Failure = failure;
    }

    /// <summary>
    /// TLS is over and its transport is not: another protocol goes on with it. The application is told of the end of its connection.
    /// </summary>
    public void HandOver(CloseReason reason)
    {
        _isLost = true;
        End(TlsTrigger.TransportHandedOver, reason, null);
        connection.Application.TellConnectionLost(null);
    }

    /// <summary>The transport is gone.</summary>
    public void Lose(Exception? exception)
    {
        if (_isLost)
            return;

        _isLost = true;
        if (connection.Lower is null)
            connection.CloseBeforeConnect();

        // Only the first error counts: what the transport says matters if nothing was wrong before. A shutdown that had run its
        // course may still lose its last output.
        if (Reason == CloseReason.None || (exception is not null && Failure is null && !connection.IsOver))
            Reason = CloseReason.TransportLost;
        Failure ??= exception;

        End(TlsTrigger.TransportLost, Reason, Failure);
        connection.Application.TellConnectionLost(Failure);
        connection.SettleHandshake(connection.HandshakeFlow.IsComplete ? null : Failure ?? Explain(
            "The transport was lost before the handshake had finished.", CloseReason.TransportLost, TlsFault.Network));
    }

    /// <summary>Enters Unwrapped and keeps nothing.</summary>
    private void End(TlsTrigger trigger, CloseReason reason, Exception? failure)
    {
        connection.Fire(trigger);
        Reason = reason;
        Failure = failure;
        connection.HandshakeFlow.CancelTimer();
        connection.ShutdownFlow.CancelTimer();
        if (!connection.HandshakeFlow.IsInCore)
            Release();
    }

    /// <summary>Empties the BIOs and the backlog, and lets go of the core.</summary>
    public void Release()
    {
        connection.Incoming.Bio.Clear();
        connection.Outgoing.Clear();
        connection.Core.Dispose();
    }

    public TlsException Explain(string message, CloseReason reason, TlsFault fault) =>
        new(message, reason, fault) { Transitions = connection.Transitions };
}
