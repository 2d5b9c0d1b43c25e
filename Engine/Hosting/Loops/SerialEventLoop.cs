using System.Diagnostics;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using TlsFsm.Connection;
using TlsFsm.Hosting.Loops;

namespace TlsFsm;

/// <summary>
/// An event loop without a thread of its own: callbacks run on the thread pool, first in first out, never two at once. An idle
/// loop costs an empty queue, so every connection has one.
/// </summary>
/// <remarks>
/// Every member may be called from any thread. No lock is held while a callback runs. A callback that throws is reported
/// (<see cref="ReportUnhandled"/>) and the next one runs. There is nothing to dispose: a loop that nobody uses is garbage.
/// Callbacks must not block: they would hold a pool thread, as any work item would.
/// </remarks>
public sealed class SerialEventLoop : IEventLoop, IRestingLoop
{
    private readonly LoopQueue _queue = new();
    private readonly Slice _slice;
    private readonly ILogger _logger;
    private readonly Action<Exception, string>? _onUnhandled;
    private int _isScheduled;
    private int _threadId;

    // Made when it is first wanted, on any thread; of two that are made at once either will do.
    private Errand? _errand;

    /// <summary>Slices that are under way on this thread, one inside of another's callback.</summary>
    [ThreadStatic]
    private static int t_depth;

    // On the loop.
    private LoopRest? _rest;
    private (Action<object?> Callback, object? State) _behind;

    /// <summary>A loop.</summary>
    /// <param name="timeProvider">The clock of <see cref="CallLater"/>. Null: <see cref="TimeProvider.System"/>.</param>
    /// <param name="loggerFactory">Where unhandled exceptions are logged, as errors. Null: nowhere.</param>
    /// <param name="onUnhandled">Also told of unhandled exceptions, on the thread that reports them. Null: nobody.</param>
    public SerialEventLoop(
        TimeProvider? timeProvider = null, ILoggerFactory? loggerFactory = null, Action<Exception, string>? onUnhandled = null)
    {
        _slice = new Slice(this);
        _onUnhandled = onUnhandled;
        _logger = GuardedLogger.Create<SerialEventLoop>(loggerFactory, ReportLogging);
        TimeProvider = GuardedTime.Over(
            timeProvider, exception => ReportUnhandled(exception, "The time provider threw; the system's clock stands in for it."));
    }

    /// <summary>
    /// The clock behind <see cref="CallLater"/>: the one that was given, and the system's in its place where that throws.
    /// </summary>
    public TimeProvider TimeProvider { get; }

    /// <inheritdoc/>
    public bool IsOnLoop => Volatile.Read(ref _threadId) == Environment.CurrentManagedThreadId;

    /// <summary>Who finds out when it has come to rest.</summary>
    internal RestWatch Watching { get; init; } = RestWatch.Shared;

    /// <summary>Guards a member that belongs to the loop.</summary>
    /// <param name="member">Named in the message.</param>
    /// <exception cref="InvalidOperationException">
    /// The caller is not inside a callback of this loop: a bug in the caller, which should post to it.
    /// </exception>
    internal void VerifyOnLoop([CallerMemberName] string member = "")
    {
        if (!IsOnLoop)
            throw new InvalidOperationException(
                $"{member} must be called on the connection's event loop; from elsewhere post it with {nameof(CallSoon)}.");
    }

    /// <inheritdoc/>
    public void CallSoon(Action<object?> callback, object? state)
    {
        ArgumentNullException.ThrowIfNull(callback);
        _queue.Enqueue((callback, state));
        if (Interlocked.Exchange(ref _isScheduled, 1) == 0)
            Schedule();
    }

    /// <summary>
    /// As <see cref="CallSoon"/>, but if the loop has nothing to do the callback runs in this very call, and a slice of what it queues
    /// too: saves a change of threads where the caller has nothing else to do, as in a socket's completion, or waits for the result anyway.
    /// </summary>
    /// <param name="callback">What is to run.</param>
    /// <param name="state">Given to it.</param>
    /// <param name="mayRunBehind">
    /// Whether the caller has nothing else to do, so that what the slice leaves behind may run in this call too. An application that has
    /// called down has: it may hold a lock.
    /// </param>
    internal void CallNowOrSoon(Action<object?> callback, object? state, bool mayRunBehind = true)
    {
        if (Interlocked.CompareExchange(ref _isScheduled, 1, 0) == 0)
        {
            _queue.Enqueue((callback, state));
            RunSlice(mayRunBehind);
        }
        else
        {
            CallSoon(callback, state);
        }
    }

    /// <summary>
    /// For an application that waits: runs something behind the slice that is under way, on its thread, when the loop is free again; on the
    /// pool where that is not possible. Never inside of the loop. For the first of a slice; others go to the pool, beside it.
    /// </summary>
    internal void CallBehind(Action<object?> callback, object? state)
    {
        if (IsOnLoop && _behind.Callback is null)
            _behind = (callback, state);
        else
            RunOnPool((callback, state));
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentOutOfRangeException">
    /// <paramref name="delay"/> is negative, or longer than a timer takes (49 days).
    /// </exception>
    public IDisposable CallLater(TimeSpan delay, Action<object?> callback, object? state)
    {
        ArgumentNullException.ThrowIfNull(callback);
        ArgumentOutOfRangeException.ThrowIfLessThan(delay, TimeSpan.Zero);

        var timer = new LoopTimer(this, callback, state);
        timer.Start(delay);
        return timer;
    }

    /// <inheritdoc/>
    /// <remarks>Never throws: where the log fails the handler is told of that too, and where the handler fails, the log.</remarks>
    public void ReportUnhandled(Exception exception, string message)
    {
        ArgumentNullException.ThrowIfNull(exception);
        _logger.LogError(exception, "{Message}", message);
        if (Tell(exception, message) is { } second)
            _logger.LogError(second, "The handler of unhandled exceptions threw one itself.");
    }

    /// <summary>To the handler only: the log is what failed.</summary>
    private void ReportLogging(Exception exception) => Tell(exception, "The logger threw; what was to be logged is lost.");

    /// <returns>What the handler threw.</returns>
    private Exception? Tell(Exception exception, string message)
    {
        try
        {
            _onUnhandled?.Invoke(exception, message);
            return null;
        }
        catch (Exception second)
        {
            return second;
        }
    }

    /// <summary>
    /// Only by whoever has set <see cref="_isScheduled"/>. Afterwards: to the end of the pool's line if there is more, else rest until
    /// somebody queues.
    /// </summary>
    private void RunSlice(bool mayRunBehind)
    {
        t_depth++;
        Volatile.Write(ref _threadId, Environment.CurrentManagedThreadId);
        var started = Stopwatch.GetTimestamp();
        var ran = 0;
        while (ran < CallbacksPerSlice && _queue.TryDequeue(out var item))
        {
            Run(item);
            ran++;
            if (ran >= FewestPerSlice && Stopwatch.GetElapsedTime(started) >= TimePerSlice)
                break;
        }

        _rest?.Move(ran);
        var behind = _behind;
        _behind = default;
        Volatile.Write(ref _threadId, 0);
        t_depth--;
        Rest();
        if (behind.Callback is null)
            return;

        if (mayRunBehind && t_depth == 0)
            Run(behind);
        else
            RunOnPool(behind);
    }

    void IRestingLoop.Watch(IResting guest) => (_rest ??= new LoopRest(this, Watching)).Guest = guest;

    void IRestingLoop.Leave(IResting guest) => _rest?.Leave(guest);

    /// <summary>The slice is over, and the loop nobody's.</summary>
    private void Rest()
    {
        if (!_queue.IsEmpty)
        {
            Schedule();
            return;
        }

        // Between the last look at the queue and this exchange somebody may have queued and seen "scheduled": look again.
        Interlocked.Exchange(ref _isScheduled, 0);
        if (!_queue.IsEmpty && Interlocked.Exchange(ref _isScheduled, 1) == 0)
            Schedule();
    }

    private void Run((Action<object?> Callback, object? State) item)
    {
        try
        {
            item.Callback(item.State);
        }
        catch (Exception exception)
        {
            ReportUnhandled(exception, "A callback of the event loop threw; the loop goes on.");
        }
    }

    private void RunOnPool((Action<object?> Callback, object? State) item)
    {
        var errand = _errand ??= new Errand(this);
        if (errand.TryTake(item))
            ThreadPool.UnsafeQueueUserWorkItem(errand, preferLocal: true);
        else
            ThreadPool.UnsafeQueueUserWorkItem(item.Callback, item.State, preferLocal: true);
    }

    /// <summary>To the pool's global queue: a busy loop goes to the end of the line, behind the other loops.</summary>
    private void Schedule() => ThreadPool.UnsafeQueueUserWorkItem(_slice, preferLocal: false);

    /// <summary>
    /// Callbacks in a row before the thread goes back to the pool: enough that taking turns costs nothing, few enough that a busy
    /// connection does not keep others waiting.
    /// </summary>
    internal const int CallbacksPerSlice = 64;

    /// <summary>
    /// Callbacks that a slice runs however long they take: a delivery, what it queued, and the sending of that belong together.
    /// </summary>
    private const int FewestPerSlice = 4;

    /// <summary>
    /// How long a slice may last before it ends with the callback that is running; a hundred connections under load must not keep another
    /// waiting for a hundred long slices. By the machine's own clock, whatever that of the deadlines is.
    /// </summary>
    private static readonly TimeSpan TimePerSlice = TimeSpan.FromMicroseconds(100);

    /// <summary>What the pool runs; inside, so that nobody else can run a slice beside one that is running.</summary>
    private sealed class Slice(SerialEventLoop loop) : IThreadPoolWorkItem
    {
        public void Execute() => loop.RunSlice(mayRunBehind: true);
    }

    /// <summary>What goes to the pool instead of behind a slice: one object for all of them, as long as they come one by one.</summary>
    private sealed class Errand(SerialEventLoop loop) : IThreadPoolWorkItem
    {
        private (Action<object?> Callback, object? State) _item;
        private int _isTaken;

        public bool TryTake((Action<object?> Callback, object? State) item)
        {
            if (Interlocked.CompareExchange(ref _isTaken, 1, 0) != 0)
                return false;

            _item = item;
            return true;
        }

        public void Execute()
        {
            var item = _item;
            _item = default;

            // Free before it runs: what it calls may want the next one.
            Volatile.Write(ref _isTaken, 0);
            loop.Run(item);
        }
    }
}
