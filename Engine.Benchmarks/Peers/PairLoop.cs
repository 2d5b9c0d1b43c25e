namespace TlsFsm.Benchmarks.Peers;

/// <summary>
/// The event loop of both ends in memory: a queue, run by the caller. Deadlines are kept and dropped, and none is ever reached.
/// </summary>
internal sealed class PairLoop : IEventLoop
{
    private readonly Queue<(Action<object?> Callback, object? State)> _queue = new();
    private readonly HashSet<Deadline> _deadlines = [];

    public TimeProvider TimeProvider => TimeProvider.System;

    public void CallSoon(Action<object?> callback, object? state) => _queue.Enqueue((callback, state));

    public IDisposable CallLater(TimeSpan delay, Action<object?> callback, object? state)
    {
        var deadline = new Deadline(this);
        _deadlines.Add(deadline);
        return deadline;
    }

    public void ReportUnhandled(Exception exception, string message) =>
        throw new InvalidOperationException($"A callback threw: {message}", exception);

    public void RunUntilIdle()
    {
        while (_queue.TryDequeue(out var next))
            next.Callback(next.State);
    }

    private sealed class Deadline(PairLoop loop) : IDisposable
    {
        public void Dispose() => loop._deadlines.Remove(this);
    }
}
