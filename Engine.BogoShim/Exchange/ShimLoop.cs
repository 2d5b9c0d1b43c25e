namespace TlsFsm.BogoShim.Exchange;

/// <summary>An event loop that is run by hand, on one thread.</summary>
internal sealed class ShimLoop : IEventLoop
{
    private readonly Queue<(Action<object?> Callback, object? State)> _queue = new();
    private readonly List<Timer> _timers = [];

    public TimeProvider TimeProvider { get; } = TimeProvider.System;

    /// <summary>The first exception that escaped from a callback.</summary>
    public Exception? Unhandled { get; private set; }

    /// <summary>How long it is until the next timer; null without one.</summary>
    public TimeSpan? Patience => _timers.Count == 0 ? null : _timers.Min(timer => timer.Due) - TimeProvider.GetElapsedTime(0);

    public void CallSoon(Action<object?> callback, object? state) => _queue.Enqueue((callback, state));

    /// <summary>Runs an action on the turn after the next one, as an answer from elsewhere would come.</summary>
    public void CallMuchLater(Action action) => CallSoon(_ => CallSoon(_ => action(), null), null);

    public IDisposable CallLater(TimeSpan delay, Action<object?> callback, object? state)
    {
        var timer = new Timer(this, TimeProvider.GetElapsedTime(0) + delay, callback, state);
        _timers.Add(timer);
        return timer;
    }

    public void ReportUnhandled(Exception exception, string message) => Unhandled ??= exception;

    /// <summary>Runs all that is due, until nothing is.</summary>
    public void Run()
    {
        do
        {
            while (_queue.TryDequeue(out var item))
                item.Callback(item.State);
            foreach (var timer in _timers.Where(timer => timer.Due <= TimeProvider.GetElapsedTime(0)).ToList())
            {
                _timers.Remove(timer);
                timer.Callback(timer.State);
            }
        }
        while (_queue.Count > 0);
    }

    private sealed record Timer(ShimLoop Loop, TimeSpan Due, Action<object?> Callback, object? State) : IDisposable
    {
        public void Dispose() => Loop._timers.RemoveAll(one => ReferenceEquals(one, this));
    }
}
