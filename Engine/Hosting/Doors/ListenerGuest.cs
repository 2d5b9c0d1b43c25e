using System.Net;
using Microsoft.Extensions.Logging;
using TlsFsm.Hosting.Connections;
using TlsFsm.Hosting.Loops;
using TlsFsm.Hosting.Sockets;

namespace TlsFsm.Hosting.Doors;

/// <summary>One connection that a listener has accepted.</summary>
/// <param name="connection">The connection and its loop.</param>
/// <param name="peer">Who it is; null when it was gone before we asked.</param>
/// <param name="logger">The listener's; must not throw.</param>
/// <param name="ended">What the listener's host wants to hear.</param>
/// <param name="admission">Whose place it takes.</param>
internal sealed class ListenerGuest(
    HostedConnection connection, EndPoint? peer, ILogger logger, Action<TlsConnection, Exception?>? ended, Admission admission)
    : ISocketHost
{
    private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private int _isHandshakeOver;
    private volatile bool _isShed;

    public HostedConnection Connection => connection;

    /// <summary>When it was accepted, by the listener's clock.</summary>
    public long EnteredAt { get; set; }

    /// <summary>Whether it may still be asked to go for that.</summary>
    public bool IsInHandshake => !_isShed && !connection.Connection.Handshake.IsCompleted;

    public EndPoint? Peer => peer;

    /// <summary>Completes when its socket is closed.</summary>
    public Task Released => _released.Task;

    /// <summary>Its handshake takes nobody's place any more.</summary>
    public void EndHandshake()
    {
        if (Interlocked.Exchange(ref _isHandshakeOver, 1) == 0)
            admission.EndHandshake();
    }

    /// <summary>Others wait, and its handshake has had its time.</summary>
    public void Shed()
    {
        _isShed = true;

        // On its loop, where the handshake may have come to its end meanwhile: who is served stays.
        connection.Loop.CallSoon(
            static state =>
            {
                var guest = (HostedConnection)state!;
                if (!guest.Connection.Handshake.IsCompleted)
                    guest.Abort();
            },
            connection);
    }

    public void ConnectionEnded()
    {
        // What the application threw may throw again when it is asked what it was.
        connection.Loop.Run(static self => self.LogFailure(), this, "The end of a connection could not be logged.");

        // The application hears of the loss on the next turn; the host after it.
        if (ended is not null)
            connection.Loop.CallSoon(static self => ((ListenerGuest)self!).TellEnd(), this);
    }

    public void SocketReleased()
    {
        admission.Leave(this);
        _released.SetResult();
    }

    private void LogFailure()
    {
        if (connection.Connection.Handshake.Exception is { } failure)
            HostingLog.HandshakeFailed(logger, peer, failure.InnerException!.Message);
    }

    private void TellEnd()
    {
        var over = connection.Connection;
        ended!(over, over.Failure ?? over.Handshake.Exception?.InnerException);
    }
}
