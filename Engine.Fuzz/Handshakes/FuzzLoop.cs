using Microsoft.Extensions.Time.Testing;
using TlsFsm.Fuzz.Running;

namespace TlsFsm.Fuzz.Handshakes;

/// <summary>An event loop on virtual time that counts its turns: one that spins is a find, and so is whatever escapes a callback.</summary>
internal sealed class FuzzLoop : IEventLoop
{
    private const int MaxTurns = 20_000;

    private readonly Queue<(Action<object?> Callback, object? State)> _queue = new();
    private int _turns;

    public FakeTimeProvider Time { get; } = new(Identities.Now);

    public TimeProvider TimeProvider => Time;

    public int ArmedTimers { get; private set; }

    public void CallSoon(Action<object?> callback, object? state) => _queue.Enqueue((callback, state));

    public IDisposable CallLater(TimeSpan delay, Action<object?> callback, object? state)
    {
        var timer = new LoopTimer(this);
        timer.Inner = Time.CreateTimer(
            _ =>
            {
                if (timer.Disarm())
                    callback(state);
            },
            null, delay, Timeout.InfiniteTimeSpan);
        return timer;
    }

    /// <summary>The first of what was reported as nobody's.</summary>
    public (Exception Exception, string Message)? Unhandled { get; private set; }

    public void ReportUnhandled(Exception exception, string message) => Unhandled ??= (exception, message);

    public void Run()
    {
        while (_queue.TryDequeue(out var next))
        {
            if (++_turns > MaxTurns)
                throw new FindException($"The loop spins: more than {MaxTurns} turns.");
            next.Callback(next.State);
        }

        if (Unhandled is { } one)
            throw one.Exception as FindException ?? new FindException($"Unhandled: {one.Message} {one.Exception.Message}", one.Exception);
    }

    private sealed class LoopTimer : IDisposable
    {
        private readonly FuzzLoop _loop;
        private bool _isArmed = true;

        public LoopTimer(FuzzLoop loop)
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
