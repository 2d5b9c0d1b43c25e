using System.Runtime.CompilerServices;

namespace TlsFsm.Connection;

/// <summary>
/// The door of a connection: refuses a call that does not belong here before it has done anything. A call from elsewhere than the loop,
/// where the loop can tell; from a second thread at the same time, where it cannot. The same thread may come back in, which is what
/// callbacks do.
/// </summary>
internal sealed class SingleUse(IEventLoop loop)
{
    private int _owner;
    private int _depth;

    /// <summary>Shut while an observer looks on in the middle of a step, where a call back would find half of one.</summary>
    public bool IsShut { get; set; }

    /// <exception cref="InvalidOperationException">
    /// The caller is not on the loop; another thread is inside; or it is shut. Nothing has happened.
    /// </exception>
    public Scope Enter([CallerMemberName] string member = "")
    {
        if (!loop.IsOnLoop)
            throw new InvalidOperationException(
                $"{member} must be called on the connection's event loop; from elsewhere post it with {nameof(IEventLoop.CallSoon)}.");

        var thread = Environment.CurrentManagedThreadId;
        if (Volatile.Read(ref _owner) != thread && Interlocked.CompareExchange(ref _owner, thread, 0) != 0)
            throw new InvalidOperationException(
                $"The connection is used from two threads at once (thread {thread} while thread {Volatile.Read(ref _owner)} is inside). " +
                "Make all calls on its event loop.");

        if (IsShut)
            throw new InvalidOperationException(
                "A message observer must not call back into its connection: it runs in the middle of a step.");

        _depth++;
        return new Scope(this);
    }

    public readonly ref struct Scope(SingleUse owner)
    {
        public void Dispose()
        {
            if (--owner._depth == 0)
                Volatile.Write(ref owner._owner, 0);
        }
    }
}
