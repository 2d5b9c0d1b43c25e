using System.Net;
using System.Net.Sockets;

namespace TlsFsm.Hosting.Sockets;

/// <summary>Calls of a socket that may be closed behind our back: an error is a value, whatever the platform makes of it.</summary>
internal static class SocketCalls
{
    /// <summary>How many bytes can be received at once; zero with an error.</summary>
    public static int AvailableOr(this Socket socket, out SocketError error)
    {
        error = SocketError.Success;
        try
        {
            return socket.Available;
        }
        catch (SocketException exception)
        {
            error = exception.SocketErrorCode;
        }
        catch (ObjectDisposedException)
        {
            error = SocketError.OperationAborted;
        }

        return 0;
    }

    /// <summary>Receives without waiting.</summary>
    public static int ReceiveOr(this Socket socket, Span<byte> buffer, out SocketError error)
    {
        try
        {
            return socket.Receive(buffer, SocketFlags.None, out error);
        }
        catch (ObjectDisposedException)
        {
            error = SocketError.OperationAborted;
            return 0;
        }
    }

    /// <summary>Sends without waiting, as much as the socket takes.</summary>
    public static int SendOr(this Socket socket, ReadOnlySpan<byte> data, out SocketError error)
    {
        try
        {
            return socket.Send(data, SocketFlags.None, out error);
        }
        catch (ObjectDisposedException)
        {
            error = SocketError.OperationAborted;
            return 0;
        }
    }

    /// <summary>As the other, of several blocks.</summary>
    public static int SendOr(this Socket socket, IList<ArraySegment<byte>> blocks, out SocketError error)
    {
        try
        {
            return socket.Send(blocks, SocketFlags.None, out error);
        }
        catch (ObjectDisposedException)
        {
            error = SocketError.OperationAborted;
            return 0;
        }
    }

    /// <summary>Small segments at once, where the protocol below knows of such a thing.</summary>
    public static void SetNoDelay(this Socket socket)
    {
        if (socket.AddressFamily is not (AddressFamily.InterNetwork or AddressFamily.InterNetworkV6))
            return;

        try
        {
            socket.NoDelay = true;
        }
        catch (SocketException)
        {
            // Some systems refuse options on a connection that has died already; the first receive reports that.
        }
    }

    /// <summary>Sends our end of stream.</summary>
    /// <returns>False when the socket is reset or closed: nobody is left to hear of it.</returns>
    public static bool TryEnd(this Socket socket)
    {
        try
        {
            socket.Shutdown(SocketShutdown.Send);
            return true;
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            return false;
        }
    }

    /// <summary>One of a socket's names; null when the peer was gone before we asked.</summary>
    public static EndPoint? NameOr(this Socket socket, Func<Socket, EndPoint?> get)
    {
        try
        {
            return get(socket);
        }
        catch (SocketException)
        {
            return null;
        }
    }
}
