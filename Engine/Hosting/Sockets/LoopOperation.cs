using System.Net.Sockets;
using TlsFsm.Hosting.Loops;

namespace TlsFsm.Hosting.Sockets;

/// <summary>A socket operation whose completion is a callback of an event loop. Used again and again, one at a time.</summary>
internal sealed class LoopOperation(IEventLoop loop, Action<object?> completed, object state)
    : SocketAsyncEventArgs(true) // No execution context: a connection belongs to nobody's call.
{
    /// <summary>Started and not yet completed on the loop. Its buffer belongs to the operating system meanwhile.</summary>
    public bool IsPending { get; private set; }

    /// <summary>Starts to receive.</summary>
    /// <returns>Whether it is pending; false: it has completed already, and the result is there.</returns>
    /// <exception cref="ObjectDisposedException">Somebody closed the socket.</exception>
    public bool Receive(Socket socket) => IsPending = socket.ReceiveAsync(this);

    /// <summary>Starts to send.</summary>
    /// <returns>As <see cref="Receive"/>.</returns>
    /// <exception cref="ObjectDisposedException">Somebody closed the socket.</exception>
    public bool Send(Socket socket) => IsPending = socket.SendAsync(this);

    /// <summary>To be called first in the completion.</summary>
    public void Complete() => IsPending = false;

    // May come on another thread before Receive or Send has returned: they are on the loop, so it waits for its turn then.
    protected override void OnCompleted(SocketAsyncEventArgs e) => loop.CallNowOrSoon(completed, state);
}
