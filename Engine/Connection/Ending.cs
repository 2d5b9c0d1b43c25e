using Microsoft.Extensions.Logging;
using TlsFsm.Buffers;
using TlsFsm.Connection.Telemetry;

namespace TlsFsm.Connection;

/// <summary>
/// The one way out: failure, abort, loss. Whatever comes first decides what the application and the awaiter of the handshake are
/// told; once in Unwrapped nothing is kept and nothing more is written.
/// </summary>
internal sealed class Ending(
    Life life, CoreLink core, Downlink down, WriteBacklog backlog, ApplicationLink application, HandshakeAwaiter handshake, IEventLoop loop,
    ILogger log) : IOutcome
{
    /// <summary>Why the connection ended.</summary>
    public CloseReason Reason { get; private set; }

    /// <summary>What the application is told with the loss; null for a regular end or an abort.</summary>
    public Exception? Failure { get; private set; }

    /// <summary>Cancelled when the connection ends.</summary>
    public IReadOnlyList<Deadline> Deadlines { get; set; } = [];

    /// <summary>Whom the loop tells when it rests, up to the end.</summary>
    public IResting? Guest { get; set; }

    /// <summary>A TLS error: what waits for the transport goes out first, the alert included.</summary>
    public void Fail(TlsException exception, TlsTrigger trigger = TlsTrigger.Failed)
    {
        if (life.Tls == TlsState.Unwrapped)
            return;

        if (exception.Reason == CloseReason.Failed)
            down.HandOver();

        var wasComplete = life.IsHandshakeComplete;
        End(trigger, exception.Reason, exception);
        exception.Transitions = life.Log.ToList();
        LogMessages.Failed(log, exception);
        down.Transport!.Abort(exception);

        // Once the handshake has finished, its awaiter is not told of what came later.
        handshake.Settle(wasComplete ? null : exception);
    }

    /// <summary>An exception out of one of the application's callbacks: always reported, and fatal if nothing was before.</summary>
    public void FailByApplication(Exception exception, string message) => FailByForeign(exception, message, failsHandshake: false);

    /// <summary>Out of ConnectionMade: also whoever awaits the handshake is told.</summary>
    public void FailWhenMade(Exception exception, string message) => FailByForeign(exception, message, failsHandshake: true);

    /// <summary>The application aborts, or closes before the handshake has finished.</summary>
    /// <param name="reason">What the application is told with the loss; null for nothing.</param>
    /// <param name="trigger">The fact behind it.</param>
    public void Abort(Exception? reason, TlsTrigger trigger)
    {
        if (life.IsOver)
            return;

        var wasComplete = life.IsHandshakeComplete;
        End(trigger, CloseReason.LocalAbort, reason);
        down.Transport?.Abort(reason);
        handshake.Settle(wasComplete ? null : reason ?? Explain(
            "The connection was closed on this side before the handshake had finished.", CloseReason.LocalAbort, TlsFault.None));
    }

    /// <summary>The application refuses the peer: as an abort, but the alert goes out first, unless the transport is paused.</summary>
    /// <param name="alert">What the peer hears.</param>
    /// <param name="reason">What the application is told with the loss; null for an exception that names the alert.</param>
    public void Abort(TlsAlert alert, Exception? reason)
    {
        if (life.IsOver)
            return;

        if (life.Tls != TlsState.Unwrapped)
        {
            try
            {
                core.Core.SendAlert(alert);
            }
            catch (TlsException failure)
            {
                // The core had failed before, and its own alert is on the way.
                Fail(failure);
                return;
            }

            down.HandOver();
        }

        // A transport that is aborted with a reason still sends what it was given.
        Abort(
            reason ?? new TlsException(
                $"This side has ended the connection with the alert {(int)alert} ({alert}).", CloseReason.LocalAbort, TlsFault.None, alert)
            {
                Transitions = life.Log.ToList(),
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
        End(TlsTrigger.TransportHandedOver, reason, null);
        application.TellConnectionLost(null);
    }

    /// <summary>The transport is gone.</summary>
    public void Lose(Exception? exception)
    {
        if (life.App == AppState.ConnectionLost)
            return;

        // Only the first error counts: what the transport says matters if nothing was wrong before. A shutdown that had run its
        // course may still lose its last output, and is none then.
        if (Reason == CloseReason.None || (exception is not null && !life.IsOver))
            (Reason, Failure) = (CloseReason.TransportLost, exception);
        Failure ??= exception;

        var wasComplete = life.IsHandshakeComplete;
        End(TlsTrigger.TransportLost, Reason, Failure);
        application.TellConnectionLost(Failure);
        handshake.Settle(wasComplete ? null : Failure ?? Explain(
            "The transport was lost before the handshake had finished.", CloseReason.TransportLost, TlsFault.Network));
    }

    public TlsException Explain(string message, CloseReason reason, TlsFault fault) =>
        new(message, reason, fault) { Transitions = life.Log.ToList() };

    private void FailByForeign(Exception exception, string message, bool failsHandshake)
    {
        var isFirst = life.Tls != TlsState.Unwrapped;
        var wasComplete = life.IsHandshakeComplete;
        if (isFirst)
        {
            End(TlsTrigger.Failed, CloseReason.Failed, exception);
            down.Transport!.Abort(exception);
        }

        loop.ReportUnhandled(exception, message);
        if (isFirst)
            handshake.Settle(failsHandshake || !wasComplete ? exception : null);
    }

    /// <summary>Enters Unwrapped and keeps nothing.</summary>
    private void End(TlsTrigger trigger, CloseReason reason, Exception? failure)
    {
        life.Fire(trigger);
        life.Fire(ReadTrigger.ConnectionEnded);
        life.Fire(WriteTrigger.ConnectionEnded);
        Reason = reason;
        Failure = failure;
        foreach (var deadline in Deadlines)
            deadline.Cancel();

        backlog.Clear();
        core.Release();

        // A loop that watched on would hold the whole connection until it looks the next time.
        if (Guest is { } guest)
            (loop as IRestingLoop)?.Leave(guest);
    }
}
