namespace TlsFsm.Connection;

/// <summary>
/// From the first sign of the end to the closed transport: first the incoming side is flushed (Flushing), then close_notify
/// crosses both ways and all output leaves (Shutdown), within a deadline.
/// </summary>
internal sealed class ShutdownFlow(TlsConnection connection)
{
    private IDisposable? _timer;
    private bool _isComplete;
    private bool _isKeptOpen;
    private bool _isCloseRequested;
    private long _discarded;

    /// <summary>The application has closed: what still arrives is discarded.</summary>
    public bool IsClosedByApplication { get; private set; }

    /// <summary>The transport's stream has ended.</summary>
    public bool IsStreamEnded { get; private set; }

    /// <summary>The peer has answered, or its stream has ended: nothing more is awaited from it.</summary>
    public bool IsPeerDone { get; private set; }

    /// <summary>The peer has said close_notify, and the application keeps its own direction open.</summary>
    public bool IsKeptOpen => _isKeptOpen;

    /// <summary>The application closes, and the transport with it.</summary>
    public void Close()
    {
        connection.HandoverFlow.Cancel();
        CloseInOrder();
    }

    /// <summary>Closes TLS; what becomes of the transport then is decided at the end.</summary>
    public void CloseInOrder()
    {
        var wasKeptOpen = _isKeptOpen;
        _isKeptOpen = false;
        _isCloseRequested = true;
        switch (connection.State)
        {
            case TlsState.Unwrapped or TlsState.DoHandshake:
                connection.Ending.Abort(null, TlsTrigger.CloseRequested);
                break;
            case TlsState.Wrapped or TlsState.Flushing when !IsClosedByApplication && !connection.Incoming.HasFailed:
                IsClosedByApplication = true;
                connection.Fire(TlsTrigger.CloseRequested);
                ArmTimer();
                Flush();
                break;
            case TlsState.Shutdown when wasKeptOpen:
                ArmTimer();
                TryComplete();
                break;
        }
    }

    /// <summary>The peer's close_notify was read, and all before it delivered.</summary>
    public void HandleCloseNotify()
    {
        if (_isKeptOpen)
            return;

        _isKeptOpen = TellEof();
        if (_isKeptOpen || connection.State != TlsState.Wrapped)
            return;

        connection.Fire(TlsTrigger.CloseNotifyReceived);
        ArmTimer();
        Flush();
    }

    /// <returns>Whether we close the transport ourselves.</returns>
    public bool HandleEndOfStream()
    {
        IsStreamEnded = true;
        switch (connection.State)
        {
            case TlsState.Unwrapped:
                return false;
            case TlsState.DoHandshake:
                connection.Ending.Fail(
                    connection.Ending.Explain(
                        $"The peer closed the connection before the handshake had finished ({connection.HandshakeFlow.Phase}).",
                        CloseReason.TransportLost, TlsFault.Network),
                    TlsTrigger.EndOfStream);
                break;
            case TlsState.Wrapped when _isKeptOpen || connection.HandoverFlow.IsHeld:
                // Nothing new: its close_notify said so before, and our direction is still open. Or whose end it is has not been decided.
                break;
            case TlsState.Wrapped:
                connection.Fire(TlsTrigger.EndOfStream);
                Flush();
                break;
            case TlsState.Flushing:
                Flush();
                break;
            case TlsState.Shutdown:
                Step();
                break;
        }

        return true;
    }

    /// <summary>In Flushing: delivers what there is, and goes on to Shutdown once nothing is left to deliver.</summary>
    public void Flush()
    {
        connection.Incoming.ReadPass();
        if (connection.State != TlsState.Flushing || !connection.Incoming.IsFlushed)
            return;

        connection.Fire(TlsTrigger.Drained);
        ArmTimer();
        Step();
    }

    /// <summary>In Shutdown: sends close_notify (once) and looks for the peer's; what else arrives is discarded.</summary>
    public void Step()
    {
        if (IsPeerDone)
            return;

        if (!connection.Outgoing.Settle())
            return;

        CoreStatus status;
        try
        {
            status = connection.Core.StepShutdown();
        }
        catch (TlsException exception)
        {
            connection.Ending.Fail(exception);
            return;
        }

        connection.Outgoing.Flush();
        if (connection.State != TlsState.Shutdown)
            return;

        var isOneWay = false;
        if (status != CoreStatus.Done && !IsStreamEnded)
        {
            isOneWay = IsClosedByApplication && !connection.Options.AwaitCloseNotify && !connection.HandoverFlow.IsWanted;
            if (!isOneWay && !IsGivenUp)
            {
                connection.Incoming.CheckMark();
                return;
            }

            if (!isOneWay)
                LogMessages.GaveUpOnPeer(connection.Log, connection.Options.Limits.MaxDiscardedAfterClose);
        }

        IsPeerDone = true;

        // In a one-way close the peer has not ended anything that the application could be told of.
        _isKeptOpen |= !isOneWay && !IsTruncated && TellEof();

        // How long it stays open is up to the application; the deadline runs again from its close on.
        if (_isKeptOpen)
            CancelTimer();

        TryComplete();
    }

    /// <summary>Bytes that arrived in Shutdown: discarded, up to a limit, while the peer's close_notify is awaited.</summary>
    public void HandleLateArrival(int count)
    {
        _discarded += count;
        Step();
    }

    /// <summary>
    /// The end of a shutdown: the peer has answered or its stream has ended, and all output is handed over. The transport is closed on the
    /// next turn.
    /// </summary>
    public void TryComplete()
    {
        if (connection.State != TlsState.Shutdown || !IsPeerDone || _isComplete || _isKeptOpen || connection.Outgoing.Bio.Pending > 0)
            return;

        _isComplete = true;
        connection.Fire(TlsTrigger.ShutdownCompleted);
        CancelTimer();
        Conclude();
        connection.Loop.CallSoon(static state => ((ShutdownFlow)state!).CloseTransport(), this);
    }

    /// <summary>The peer keeps sending: its close_notify is not awaited any more, unless the last bytes within reach hold it.</summary>
    private bool IsGivenUp => _discarded > connection.Options.Limits.MaxDiscardedAfterClose;

    /// <returns>Whether the application keeps the connection open; not if it has closed, perhaps in that very callback.</returns>
    private bool TellEof() => connection.Application.TellEof() && !_isCloseRequested && connection.State != TlsState.Unwrapped;

    /// <summary>
    /// The stream ended without close_notify while the application still wanted what was to come, and that is not tolerated.
    /// </summary>
    private bool IsTruncated => !connection.Core.IsCloseNotifyReceived && !IsClosedByApplication && !connection.Options.TolerateTruncation;

    private void Conclude()
    {
        if (IsTruncated)
            connection.Ending.Conclude(CloseReason.Truncated, connection.Ending.Explain(
                connection.Incoming.Bio.Pending > 0
                    ? "The peer's stream ended inside a record: what it sent was cut off."
                    : "The peer's stream ended without close_notify: what it sent may have been cut off.",
                CloseReason.Truncated, TlsFault.Network));
        else if (connection.HandoverFlow.IsWanted && !connection.Core.IsCloseNotifyReceived)
            connection.Ending.Conclude(CloseReason.Unanswered, connection.Ending.Explain(
                "The peer did not answer our close_notify with its own, so the transport cannot go on in plaintext.",
                CloseReason.Unanswered, TlsFault.Network));
        else
            connection.Ending.Conclude(
                connection.Core.IsCloseNotifyReceived || !IsClosedByApplication ? CloseReason.Clean : CloseReason.Unanswered, null);
    }

    public void CancelTimer()
    {
        _timer?.Dispose();
        _timer = null;
    }

    private void CloseTransport()
    {
        using var use = connection.Enter();
        if (connection.State != TlsState.Shutdown)
            return;

        if (connection.HandoverFlow.IsTransportFree)
            connection.HandoverFlow.Complete();
        else
            connection.Lower!.Close();
    }

    /// <summary>Output was handed to the transport: with a deadline of its own for that, the clock starts anew.</summary>
    public void HandleProgress()
    {
        if (_timer is null || connection.Options.FlushTimeout is null)
            return;

        CancelTimer();
        ArmTimer();
    }

    /// <summary>What is waited for, and how long.</summary>
    private (TimeSpan Time, string What) Deadline =>
        connection.Options.FlushTimeout is { } flush && connection.Outgoing.Bio.Pending > 0
            ? (flush, "the transport has taken no output")
            : (connection.Options.ShutdownTimeout, "it is not complete");

    private void ArmTimer() =>
        _timer ??= connection.Loop.CallLater(Deadline.Time, static state => ((ShutdownFlow)state!).HandleDeadline(), this);

    private void HandleDeadline()
    {
        using var use = connection.Enter();
        if (connection.State is TlsState.Flushing or TlsState.Shutdown)
            connection.Ending.Fail(
                new TlsException(
                    $"The TLS shutdown timed out: {Deadline.What} after {Deadline.Time.TotalSeconds} seconds.", CloseReason.ShutdownTimeout,
                    TlsFault.Timeout),
                TlsTrigger.DeadlineElapsed);
    }
}
