namespace TlsFsm;

/// <summary>
/// What makes things happen one after the other. Everything that a connection does, it does inside a callback of its loop, or
/// inside a call that the loop's owner makes; never two at once.
/// </summary>
public interface IEventLoop
{
    /// <summary>The clock behind <see cref="CallLater"/>.</summary>
    TimeProvider TimeProvider { get; }

    /// <summary>
    /// Whether the caller may call what belongs to this loop: it is inside one of the loop's callbacks, or it is whoever drives the loop.
    /// A connection asks before it does anything, so that a call it refuses has done nothing.
    /// </summary>
    /// <value>Default true: a loop that cannot tell trusts its caller, and only two threads at once are noticed.</value>
    bool IsOnLoop => true;

    /// <summary>Runs <paramref name="callback"/> on the next turn, first in first out. May be called from any thread.</summary>
    /// <param name="callback">What to run; a static lambda with its state in <paramref name="state"/> allocates nothing.</param>
    /// <param name="state">Handed to <paramref name="callback"/>.</param>
    void CallSoon(Action<object?> callback, object? state);

    /// <summary>Runs <paramref name="callback"/> on the loop once <paramref name="delay"/> has passed.</summary>
    /// <param name="delay">Zero or more.</param>
    /// <param name="callback">What to run.</param>
    /// <param name="state">Handed to <paramref name="callback"/>.</param>
    /// <returns>Dispose to cancel; after that, called on the loop, the callback does not run.</returns>
    IDisposable CallLater(TimeSpan delay, Action<object?> callback, object? state);

    /// <summary>
    /// The last resort for an exception that an application's callback threw (asyncio's <c>call_exception_handler</c>). TLS and
    /// I/O errors do not come here: the handshake's awaitable and <see cref="IProtocol.ConnectionLost"/> carry those.
    /// </summary>
    /// <param name="exception">What was thrown.</param>
    /// <param name="message">Which callback threw it and what became of the connection.</param>
    void ReportUnhandled(Exception exception, string message);
}
