namespace TlsFsm.Connection;

/// <summary>From connected to wrapped, within a deadline.</summary>
internal sealed class HandshakeFlow(TlsConnection connection)
{
    private IDisposable? _timer;
    private long _startedAt;

    /// <summary>Whether the handshake stands still until the application has decided something.</summary>
    public bool IsAwaitingDecision { get; private set; }

    /// <summary>Whether the handshake has finished, whatever came later.</summary>
    public bool IsComplete { get; private set; }

    /// <summary>A callback that judges certificates runs inside the core, and may abort: the core lives on until it has returned.</summary>
    public bool IsInCore { get; private set; }

    /// <summary>How far it has come, in words.</summary>
    public string Phase => connection.Core.HandshakePhase switch
    {
        TlsHandshakePhase.NotStarted => "nothing was sent yet",
        TlsHandshakePhase.AwaitingHello => "the peer has sent nothing yet",
        TlsHandshakePhase.Negotiating => "version and suite are not agreed yet",
        TlsHandshakePhase.Authenticating => "certificates and Finished are awaited",
        _ => "it has finished",
    };

    public void Start()
    {
        LogMessages.HandshakeStarts(connection.Log);
        _startedAt = connection.Loop.TimeProvider.GetTimestamp();
        _timer = connection.Loop.CallLater(
            connection.Options.HandshakeTimeout, static state => ((HandshakeFlow)state!).HandleDeadline(), this);
        // The decision may come from any thread; the handshake goes on where it belongs.
        connection.Core.WhenDecided = () => connection.Loop.CallSoon(static state => ((HandshakeFlow)state!).HandleDecision(), this);
        Step();
    }

    /// <summary>Goes on as far as the bytes at hand allow.</summary>
    public void Step()
    {
        TlsException? failure = null;
        var status = CoreStatus.WantRead;
        IsInCore = true;
        try
        {
            status = connection.Core.StepHandshake();
        }
        catch (TlsException exception)
        {
            failure = exception;
        }
        finally
        {
            IsInCore = false;
        }

        if (connection.State != TlsState.DoHandshake)
        {
            connection.Ending.Release();
            return;
        }

        if (failure is not null)
        {
            connection.Ending.Fail(failure);
            return;
        }

        IsAwaitingDecision = status == CoreStatus.WantDecision;
        if (status == CoreStatus.Done)
        {
            Complete();
            return;
        }

        connection.Outgoing.Flush();
        connection.Incoming.CheckMark();
    }

    public void CancelTimer()
    {
        _timer?.Dispose();
        _timer = null;
    }

    /// <summary>News first: connection_made, then the awaiter, then our own output; the first data on a later turn.</summary>
    private void Complete()
    {
        CancelTimer();
        connection.Fire(TlsTrigger.HandshakeCompleted);
        IsComplete = true;
        connection.Session = connection.Core.Session;
        connection.Core.Shrink();
        connection.HandoverFlow.IsHeld = connection.Options.StopAfterHandshake;
        LogMessages.HandshakeTook(connection.Log, connection.Loop.TimeProvider.GetElapsedTime(_startedAt).TotalMilliseconds);

        if (!connection.Application.TellConnectionMade())
            return;

        connection.SettleHandshake(null);
        if (connection.State == TlsState.Unwrapped)
            return;

        connection.Outgoing.SendBacklog();
        connection.ContinueSoon();
    }

    private void HandleDecision()
    {
        using var use = connection.Enter();
        if (connection.State == TlsState.DoHandshake)
            Step();
    }

    private void HandleDeadline()
    {
        using var use = connection.Enter();
        if (connection.State == TlsState.DoHandshake)
            connection.Ending.Fail(
                new TlsException(
                    $"The TLS handshake is taking longer than {connection.Options.HandshakeTimeout.TotalSeconds} seconds ({Phase}): "
                    + "aborting the connection.",
                    CloseReason.HandshakeTimeout, TlsFault.Timeout),
                TlsTrigger.DeadlineElapsed);
    }
}
