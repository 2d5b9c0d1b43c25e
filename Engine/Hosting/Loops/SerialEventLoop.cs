using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

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
public sealed class SerialEventLoop : IEventLoop, IThreadPoolWorkItem
{
    private readonly ConcurrentQueue<(Action<object?> Callback, object? State)> _queue = new();
    private readonly ILogger _logger;
    private readonly Action<Exception, string>? _onUnhandled;
    private int _isScheduled;
    private int _threadId;

    /// <summary>A loop.</summary>
    /// <param name="timeProvider">The clock of <see cref="CallLater"/>. Null: <see cref="TimeProvider.System"/>.</param>
    /// <param name="loggerFactory">Where unhandled exceptions are logged, as errors. Null: nowhere.</param>
    /// <param name="onUnhandled">Also told of unhandled exceptions, on the thread that reports them. Null: nobody.</param>
    public SerialEventLoop(
        TimeProvider? timeProvider = null, ILoggerFactory? loggerFactory = null, Action<Exception, string>? onUnhandled = null)
    {
        TimeProvider = timeProvider ?? TimeProvider.System;
        _logger = (loggerFactory ?? NullLoggerFactory.Instance).CreateLogger<SerialEventLoop>();
        _onUnhandled = onUnhandled;
    }

    /// <inheritdoc/>
    public TimeProvider TimeProvider { get; }

    /// <inheritdoc/>
    public bool IsOnLoop => Volatile.Read(ref _threadId) == Environment.CurrentManagedThreadId;

    /// <summary>Guards a member that belongs to the loop.</summary>
    /// <param name="member">Named in the message.</param>
    /// <exception cref="InvalidOperationException">
    /// The caller is not inside a callback of this loop: a bug in the caller, which should post to it.
    /// </exception>
    public void VerifyOnLoop([CallerMemberName] string member = "")
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
    internal void CallNowOrSoon(Action<object?> callback, object? state)
    {
        if (Interlocked.CompareExchange(ref _isScheduled, 1, 0) == 0)
        {
            _queue.Enqueue((callback, state));
            RunSlice();
        }
        else
        {
            CallSoon(callback, state);
        }
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
    public void ReportUnhandled(Exception exception, string message)
    {
        ArgumentNullException.ThrowIfNull(exception);
        _logger.LogError(exception, "{Message}", message);
        try
        {
            _onUnhandled?.Invoke(exception, message);
        }
        catch (Exception second)
        {
            _logger.LogError(second, "The handler of unhandled exceptions threw one itself.");
        }
    }

    /// <summary>Runs one slice of the queue. The thread pool calls this; nobody else should.</summary>
    void IThreadPoolWorkItem.Execute() => RunSlice();

    /// <summary>
    /// Only by whoever has set <see cref="_isScheduled"/>. Afterwards: to the end of the pool's line if there is more, else rest until
    /// somebody queues.
    /// </summary>
    private void RunSlice()
    {
        Volatile.Write(ref _threadId, Environment.CurrentManagedThreadId);
        var started = TimeProvider.GetTimestamp();
        for (var i = 0; i < CallbacksPerSlice && _queue.TryDequeue(out var item); i++)
        {
            try
            {
                item.Callback(item.State);
            }
            catch (Exception exception)
            {
                ReportUnhandled(exception, "A callback of the event loop threw; the loop goes on.");
            }

            if (i + 1 >= FewestPerSlice && TimeProvider.GetElapsedTime(started) >= TimePerSlice)
                break;
        }

        Volatile.Write(ref _threadId, 0);
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

    /// <summary>To the pool's global queue: a busy loop goes to the end of the line, behind the other loops.</summary>
    private void Schedule() => ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);

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
    /// waiting for a hundred long slices.
    /// </summary>
    private static readonly TimeSpan TimePerSlice = TimeSpan.FromMicroseconds(100);

    /// <summary>One <see cref="CallLater"/>. Whoever takes the callback first, its run or its cancellation, wins.</summary>
    private sealed class LoopTimer(SerialEventLoop loop, Action<object?> callback, object? state) : IDisposable
    {
        private Action<object?>? _callback = callback;
        private object? _state = state;
        private ITimer? _timer;

        public void Start(TimeSpan delay)
        {
            if (delay == TimeSpan.Zero)
            {
                Post();
                return;
            }

            // A timer captures the caller's execution context and would keep what hangs on it alive.
            if (ExecutionContext.IsFlowSuppressed())
                Create(delay);
            else
                using (ExecutionContext.SuppressFlow())
                    Create(delay);
        }

        public void Dispose()
        {
            Interlocked.Exchange(ref _callback, null);
            _state = null;
            Volatile.Read(ref _timer)?.Dispose();
        }

        private void Create(TimeSpan delay)
        {
            var timer = loop.TimeProvider.CreateTimer(static self => ((LoopTimer)self!).Post(), this, delay, Timeout.InfiniteTimeSpan);
            Volatile.Write(ref _timer, timer);
            if (Volatile.Read(ref _callback) is null)
                timer.Dispose();
        }

        private void Post() => loop.CallSoon(static self => ((LoopTimer)self!).Run(), this);

        private void Run()
        {
            var state = _state;
            var callback = Interlocked.Exchange(ref _callback, null);
            if (callback is null)
                return;

            _state = null;
            Volatile.Read(ref _timer)?.Dispose();
            callback(state);
        }
    }
}
