namespace TlsFsm.Hosting.Sockets;

/// <summary>Who started a <see cref="SocketTransport"/> and wants to know when it is over. Called on its loop.</summary>
internal interface ISocketHost
{
    /// <summary>The protocol was just told <see cref="IProtocol.ConnectionLost"/>.</summary>
    void ConnectionEnded();

    /// <summary>The socket is closed: nothing is left. Comes before or after <see cref="ConnectionEnded"/>.</summary>
    void SocketReleased();
}
