namespace TlsFsm.Tests.Exploration;

/// <summary>
/// The explorer's event loop: turns run one at a time when they are asked to, time passes when it is told to, and what waits can be
/// looked at, because it is part of the state.
/// </summary>
internal sealed class VirtualLoop : IEventLoop
{
    private readonly Clock _clock = new();
    private readonly Queue<(Action<object?> Callback, object? State)> _turns = new();
    private readonly List<Timer> _timers = [];

    public TimeProvider TimeProvider => _clock;

    public TimeSpan Now => _clock.Now;

    /// <summary>Whether the calls that are being made are allowed to be made; a test of refused calls says no.</summary>
    public bool IsOnLoop { get; set; } = true;

    /// <summary>Told what an application threw, and what escaped a turn.</summary>
    public Action<Exception> Unhandled { get; set; } = exception => throw new AssertionException($"Unhandled: {exception}");

    public bool IsIdle => _turns.Count == 0;

    public bool HasTimers => _timers.Count > 0;

    /// <summary>The turns that are due, by the names of their callbacks.</summary>
    public IEnumerable<string> Turns => _turns.Select(turn => turn.Callback.Method.Name);

    /// <summary>The timers that are armed, with the time that is left to them.</summary>
    public IEnumerable<(string Callback, TimeSpan Left)> Timers => _timers.Select(timer => (timer.Callback.Method.Name, timer.Due - Now));

    public void CallSoon(Action<object?> callback, object? state) => _turns.Enqueue((callback, state));

    public IDisposable CallLater(TimeSpan delay, Action<object?> callback, object? state)
    {
        var timer = new Timer(this, Now + delay, callback, state);
        _timers.Add(timer);
        return timer;
    }

    public void ReportUnhandled(Exception exception, string message) => Unhandled(exception);

    /// <summary>Runs the oldest turn.</summary>
    public void RunOne()
    {
        if (_turns.TryDequeue(out var turn))
            Guarded(turn.Callback, turn.State);
    }

    /// <summary>Runs until nothing is due.</summary>
    /// <returns>False if there is no end of it.</returns>
    public bool RunAll(int maxTurns = 1000)
    {
        while (!IsIdle && maxTurns-- > 0)
            RunOne();
        return IsIdle;
    }

    /// <summary>Lets time pass, and fires what is due, in the order of time.</summary>
    public void Advance(TimeSpan time)
    {
        var until = Now + time;
        while (_timers.Where(timer => timer.Due <= until).MinBy(timer => timer.Due) is { } next)
        {
            _clock.Now = next.Due;
            _timers.Remove(next);
            Guarded(next.Callback, next.State);
        }

        _clock.Now = until;
    }

    private void Guarded(Action<object?> callback, object? state)
    {
        try
        {
            callback(state);
        }
        catch (Exception exception)
        {
            Unhandled(exception);
        }
    }

    private sealed class Timer(VirtualLoop loop, TimeSpan due, Action<object?> callback, object? state) : IDisposable
    {
        public TimeSpan Due { get; } = due;

        public Action<object?> Callback { get; } = callback;

        public object? State { get; } = state;

        public void Dispose() => loop._timers.Remove(this);
    }

    private sealed class Clock : TimeProvider
    {
        public TimeSpan Now { get; set; }

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override DateTimeOffset GetUtcNow() => DateTimeOffset.UnixEpoch + Now;

        public override long GetTimestamp() => Now.Ticks;
    }
}
