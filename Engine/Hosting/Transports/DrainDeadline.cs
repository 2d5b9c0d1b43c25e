namespace TlsFsm.Hosting.Transports;

/// <summary>
/// Watches output that still waits when a transport is closed: a peer may be slow, but not take nothing for a whole period.
/// </summary>
internal sealed class DrainDeadline : IDisposable
{
    private readonly IEventLoop _loop;
    private readonly TimeSpan _timeout;
    private readonly Func<long> _sent;
    private readonly Action _stuck;
    private IDisposable? _timer;
    private long _before;

    /// <param name="loop">Where all happens.</param>
    /// <param name="timeout">The period.</param>
    /// <param name="sent">How many bytes the peer has taken; only whether it grows counts.</param>
    /// <param name="stuck">Called once, after a period without progress.</param>
    public DrainDeadline(IEventLoop loop, TimeSpan timeout, Func<long> sent, Action stuck)
    {
        (_loop, _timeout, _sent, _stuck) = (loop, timeout, sent, stuck);
        Arm();
    }

    public void Dispose() => _timer?.Dispose();

    public static IOException Explain(string peer, long waiting, TimeSpan timeout) => new(
        $"The connection with {peer} was aborted: {waiting} bytes waited when it was closed, "
        + $"and the peer took none for {timeout.TotalSeconds} s.",
        new TimeoutException());

    private void Arm()
    {
        _before = _sent();
        _timer = _loop.CallLater(_timeout, static self => ((DrainDeadline)self!).HandleElapsed(), this);
    }

    private void HandleElapsed()
    {
        if (_sent() == _before)
            _stuck();
        else
            Arm();
    }
}
