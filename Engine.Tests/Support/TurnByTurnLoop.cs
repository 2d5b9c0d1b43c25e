using Microsoft.Extensions.Time.Testing;

namespace TlsFsm.Tests.Support;

/// <summary>A deterministic event loop on virtual time: nothing runs but what the test runs.</summary>
internal sealed class TurnByTurnLoop : IEventLoop
{
    private readonly FakeTimeProvider _time = new();
    private readonly Queue<(Action<object?> Callback, object? State)> _queue = new();

    public TimeProvider TimeProvider => _time;

    /// <summary>Told of what the applications threw, and of what escaped a callback.</summary>
    public Action<Exception> Unhandled { get; set; } = exception => throw new AssertionException($"Unhandled: {exception}");

    /// <summary>In which words it was told of them.</summary>
    public List<string> Reports { get; } = [];

    public bool IsIdle => _queue.Count == 0;

    public int ArmedTimers { get; private set; }

    /// <summary>Whether callers are where they belong; a test says no for a call from elsewhere.</summary>
    public bool IsOnLoop { get; set; } = true;

    /// <summary>Whether no timer can be made: the clock's provider fails.</summary>
    public bool BrokenTimers { get; set; }

    public void CallSoon(Action<object?> callback, object? state) => _queue.Enqueue((callback, state));

    public IDisposable CallLater(TimeSpan delay, Action<object?> callback, object? state)
    {
        if (BrokenTimers)
            throw new NotSupportedException("a timer");

        var timer = new LoopTimer(this);
        timer.Inner = _time.CreateTimer(
            _ =>
            {
                if (timer.Disarm())
                    Guarded(callback, state);
            },
            null, delay, Timeout.InfiniteTimeSpan);
        return timer;
    }

    public void ReportUnhandled(Exception exception, string message)
    {
        Reports.Add(message);
        Unhandled(exception);
    }

    /// <summary>Runs turn by turn until nothing is queued.</summary>
    public void Run(int maxTurns = 100_000)
    {
        while (_queue.TryDequeue(out var next))
        {
            if (--maxTurns < 0)
                throw new AssertionException("The loop spins.");

            Guarded(next.Callback, next.State);
        }
    }

    /// <summary>Runs one callback.</summary>
    public bool RunOne()
    {
        if (!_queue.TryDequeue(out var next))
            return false;

        Guarded(next.Callback, next.State);
        return true;
    }

    /// <summary>Moves the clock on, firing what is due in order.</summary>
    public void Advance(TimeSpan time) => _time.Advance(time);

    private void Guarded(Action<object?> callback, object? state)
    {
        try
        {
            callback(state);
        }
        catch (Exception exception) when (exception is not AssertionException)
        {
            Unhandled(exception);
        }
    }

    private sealed class LoopTimer : IDisposable
    {
        private readonly TurnByTurnLoop _loop;
        private bool _isArmed = true;

        public LoopTimer(TurnByTurnLoop loop)
        {
            _loop = loop;
            loop.ArmedTimers++;
        }

        public ITimer? Inner { get; set; }

        public bool Disarm()
        {
            if (!_isArmed)
                return false;

            _isArmed = false;
            _loop.ArmedTimers--;
            return true;
        }

        public void Dispose()
        {
            Disarm();
            Inner?.Dispose();
        }
    }
}
