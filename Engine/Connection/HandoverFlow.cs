using Microsoft.Extensions.Logging;

namespace TlsFsm.Connection;

/// <summary>
/// The way back: the transport goes on with another protocol, after a two-way close or right after the handshake. No byte of that protocol
/// is touched here, and none is lost.
/// </summary>
internal sealed class HandoverFlow(
    Life life, CoreLink core, Downlink down, ApplicationLink application, IncomingFlow incoming, OutgoingFlow outgoing, Ending ending,
    IEventLoop loop, ILogger log)
{
    /// <summary>Who goes on with the transport after the shutdown; null: it is closed.</summary>
    public IProtocol? Next { get; private set; }

    /// <summary>Nothing of TLS is missing on the transport, in either direction.</summary>
    public bool IsTransportFree => (life.IsHeld || (Next is not null && life.HasPeerEnded)) && down.Pending == 0;

    /// <summary>
    /// What arrives now stands behind the peer's close_notify and is the next protocol's. One arrival is kept, then the transport is
    /// paused.
    /// </summary>
    public bool Keeps => Next is not null && life.HasPeerEnded && life.Tls != TlsState.Unwrapped;

    /// <summary>Another protocol is to go on once TLS is closed. Once it is closing, or over, that is settled already.</summary>
    public void Prepare(IProtocol next)
    {
        Verify(next);
        switch (life.Tls)
        {
            case TlsState.DoHandshake:
            case TlsState.Unwrapped when !life.IsOver:
                throw new InvalidOperationException(
                    $"There is no TLS to return from before the handshake has finished (state {life.Tls}).");
            case TlsState.Wrapped or TlsState.Flushing when life.Write is WriteState.KeptOpen or WriteState.Ended:
                throw new InvalidOperationException(
                    $"The peer's close_notify was read and the connection kept open, so bytes behind it may be gone: call "
                    + $"{nameof(TlsConnection.Unwrap)} at the latest in {nameof(IProtocol.EofReceived)}.");
            case TlsState.Wrapped or TlsState.Flushing when !life.IsClosing:
                Next = next;
                break;
        }
    }

    /// <summary>A close after all, of TLS and of the transport below.</summary>
    public void Cancel() => Next = null;

    /// <summary>Both sides have said close_notify, and all output was handed over.</summary>
    public void Complete() => HandOver(Next!, CloseReason.Clean);

    public byte[] TakeUnread()
    {
        if (life.IsOver)
            return [];

        VerifyHeld(nameof(TakeUnread));
        var unread = TakeIncoming();
        incoming.CheckMark();
        return unread;
    }

    public void Detach(IProtocol next)
    {
        Verify(next);
        if (life.IsOver)
            return;

        VerifyHeld(nameof(Detach));
        outgoing.SendBacklog();

        // Paused or not: what is TLS goes before what is not.
        if (life.Tls == TlsState.Wrapped)
            down.HandOverAll();

        // The application may have closed when it was asked to pause or resume.
        if (life.IsHeld)
            HandOver(next, CloseReason.Detached);
    }

    public void Continue()
    {
        if (life.IsOver)
            return;

        VerifyHeld(nameof(TlsConnection.ContinueAfterHandshake));
        life.Fire(ReadTrigger.Continued);
        incoming.GoesOnLater!();
    }

    private void HandOver(IProtocol next, CloseReason reason)
    {
        var lower = (ISwitchableTransport)down.Transport!;
        var unread = TakeIncoming();
        var isStreamEnded = life.IsStreamEnded;
        ending.HandOver(reason);
        LogMessages.HandsOver(log, next.GetType().Name, unread.Length);

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
            if (isStreamEnded && !next.EofReceived())
                lower.Close();
        }
        catch (Exception exception)
        {
            loop.ReportUnhandled(exception, $"{next.GetType().Name} failed when it took the transport over from TLS");
            lower.Abort(exception);
        }
    }

    private byte[] TakeIncoming()
    {
        var unread = core.Incoming.Readable.ToArray();
        core.Incoming.Clear();
        return unread;
    }

    private void Verify(IProtocol next)
    {
        ArgumentNullException.ThrowIfNull(next);
        if (ReferenceEquals(next, application.Protocol))
            throw new ArgumentException(
                "The next protocol is the application of this connection: it would hear of an end and of a beginning at once.",
                nameof(next));
        if (down.Transport is { } lower and not ISwitchableTransport)
            throw new InvalidOperationException(
                $"{lower.GetType().Name} is no {nameof(ISwitchableTransport)}: it cannot go on with another protocol.");
    }

    private void VerifyHeld(string member)
    {
        if (!life.IsHeld)
            throw new InvalidOperationException(
                $"{member} needs a connection that has stopped after its handshake ({nameof(TlsConnectionOptions.StopAfterHandshake)}); "
                + $"its state is {life.Tls}.");
    }
}
