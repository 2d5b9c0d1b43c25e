namespace TlsFsm.Connection;

/// <summary>
/// The way back: the transport goes on with another protocol, after a two-way close or right after the handshake. No byte of that protocol
/// is touched here, and none is lost.
/// </summary>
internal sealed class HandoverFlow(TlsConnection connection)
{
    private IProtocol? _next;

    /// <summary>Stopped after the last record of the handshake: nothing is read until the host has decided.</summary>
    public bool IsHeld { get; set; }

    /// <summary>The transport is to go on after the shutdown.</summary>
    public bool IsWanted => _next is not null;

    /// <summary>Nothing of TLS is missing on the transport, in either direction.</summary>
    public bool IsTransportFree =>
        (IsHeld || (IsWanted && connection.Core.IsCloseNotifyReceived)) && connection.Outgoing.Bio.Pending == 0;

    public void Unwrap(IProtocol next)
    {
        Verify(next);
        switch (connection.State)
        {
            case TlsState.DoHandshake:
            case TlsState.Unwrapped when !connection.IsOver:
                throw new InvalidOperationException(
                    $"There is no TLS to return from before the handshake has finished (state {connection.State}).");
            case TlsState.Wrapped when connection.ShutdownFlow.IsKeptOpen:
                throw new InvalidOperationException(
                    $"The peer's close_notify was read and the connection kept open, so bytes behind it may be gone: call "
                    + $"{nameof(Unwrap)} at the latest in {nameof(IProtocol.EofReceived)}.");
            case TlsState.Wrapped:
                IsHeld = false;
                _next = next;
                connection.ShutdownFlow.CloseInOrder();
                break;
        }
    }

    /// <summary>A close after all, of TLS and of the transport below.</summary>
    public void Cancel()
    {
        _next = null;
        IsHeld = false;
    }

    /// <summary>
    /// What arrives now stands behind the peer's close_notify and is the next protocol's. One arrival is kept, then the transport is
    /// paused.
    /// </summary>
    public bool Keeps => IsWanted && connection.State != TlsState.Unwrapped && connection.Core.IsCloseNotifyReceived;

    /// <summary>Both sides have said close_notify, and all output was handed over.</summary>
    public void Complete() => HandOver(_next!, CloseReason.Clean);

    public byte[] TakeUnread()
    {
        if (connection.IsOver)
            return [];

        VerifyHeld(nameof(TakeUnread));
        var unread = TakeIncoming();
        connection.Incoming.CheckMark();
        return unread;
    }

    public void Detach(IProtocol next)
    {
        Verify(next);
        if (connection.IsOver)
            return;

        VerifyHeld(nameof(Detach));
        connection.Outgoing.SendBacklog();

        // Paused or not: what is TLS goes before what is not.
        while (connection.State == TlsState.Wrapped && connection.Outgoing.Bio.Pending > 0)
        {
            using var taken = connection.Outgoing.Bio.TakeAll();
            connection.Lower!.Write(taken.Bytes);
        }

        // The application may have closed when it was asked to pause or resume.
        if (connection.State == TlsState.Wrapped && IsHeld)
            HandOver(next, CloseReason.Detached);
    }

    public void Continue()
    {
        if (connection.IsOver)
            return;

        VerifyHeld(nameof(TlsConnection.ContinueAfterHandshake));
        IsHeld = false;
        connection.Loop.CallSoon(static state => ((HandoverFlow)state!).ReadOn(), this);
    }

    private void ReadOn()
    {
        using var use = connection.Enter();
        if (connection.State == TlsState.Wrapped && connection.ShutdownFlow.IsStreamEnded)
            connection.ShutdownFlow.HandleEndOfStream();
        else
            connection.Continue();
    }

    private void HandOver(IProtocol next, CloseReason reason)
    {
        var lower = (ISwitchableTransport)connection.Lower!;
        var unread = TakeIncoming();
        connection.Ending.HandOver(reason);
        LogMessages.HandsOver(connection.Log, next.GetType().Name, unread.Length);

        // Before the callbacks: the next protocol may pause it again.
        lower.Protocol = next;
        lower.ResumeReading();
        try
        {
            next.ConnectionMade(lower);
            if (lower.IsWritingPaused)
                next.PauseWriting();
            if (unread.Length > 0)
                next.DataReceived(unread);
            if (connection.ShutdownFlow.IsStreamEnded && !next.EofReceived())
                lower.Close();
        }
        catch (Exception exception)
        {
            connection.Loop.ReportUnhandled(exception, $"{next.GetType().Name} failed when it took the transport over from TLS");
            lower.Abort(exception);
        }
    }

    private byte[] TakeIncoming()
    {
        var unread = connection.Incoming.Bio.Readable.ToArray();
        connection.Incoming.Bio.Clear();
        return unread;
    }

    private void Verify(IProtocol next)
    {
        ArgumentNullException.ThrowIfNull(next);
        if (ReferenceEquals(next, connection.Application.Protocol))
            throw new ArgumentException(
                "The next protocol is the application of this connection: it would hear of an end and of a beginning at once.",
                nameof(next));
        if (connection.Lower is { } lower and not ISwitchableTransport)
            throw new InvalidOperationException(
                $"{lower.GetType().Name} is no {nameof(ISwitchableTransport)}: it cannot go on with another protocol.");
    }

    private void VerifyHeld(string member)
    {
        if (!IsHeld || connection.State != TlsState.Wrapped)
            throw new InvalidOperationException(
                $"{member} needs a connection that has stopped after its handshake ({nameof(TlsConnectionOptions.StopAfterHandshake)}); "
                + $"its state is {connection.State}.");
    }
}
