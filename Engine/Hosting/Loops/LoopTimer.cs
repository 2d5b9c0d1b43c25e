namespace TlsFsm.Hosting.Loops;

/// <summary>One <see cref="IEventLoop.CallLater"/>. Whoever takes the callback first, its run or its cancellation, wins.</summary>
internal sealed class LoopTimer(IEventLoop loop, Action<object?> callback, object? state) : IDisposable
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
