using TlsFsm.Hosting.Loops;

namespace TlsFsm.Hosting.Transports;

/// <summary>
/// Watches output that still waits when a transport is closed or aborted: a peer may be slow, but not take nothing for too long.
/// </summary>
internal sealed class DrainDeadline : IDisposable
{
    private readonly IEventLoop _loop;
    private readonly OutputProgress _progress;
    private readonly Func<TimeSpan> _patience;
    private readonly TimeSpan _grace;
    private readonly Action _stuck;
    private readonly long _started;
    private IDisposable? _timer;

    private DrainDeadline(IEventLoop loop, OutputProgress progress, Func<TimeSpan> patience, TimeSpan grace, Action stuck)
    {
        (_loop, _progress, _patience, _grace, _stuck) = (loop, progress, patience, grace, stuck);
        _started = loop.Now();
        Arm();
    }

    /// <summary>After a close: so long without progress, counted from the close or the last progress after it.</summary>
    /// <param name="loop">Where all happens.</param>
    /// <param name="progress">How the output moves.</param>
    /// <param name="timeout">How long it may not.</param>
    /// <param name="stuck">Called once.</param>
    public static DrainDeadline AfterClose(IEventLoop loop, OutputProgress progress, TimeSpan timeout, Action stuck) =>
        new(loop, progress, () => timeout, timeout, stuck);

    /// <summary>
    /// After an abort: the linger's time at least, and further on as long as the output goes on moving as it has moved; a small window
    /// lets a slow reader's bytes go in steps of seconds.
    /// </summary>
    /// <param name="loop">Where all happens.</param>
    /// <param name="progress">How the output moves.</param>
    /// <param name="options">How long a linger is, and the longest that anything may wait.</param>
    /// <param name="stuck">Called once.</param>
    public static DrainDeadline AfterAbort(IEventLoop loop, OutputProgress progress, TransportOptions options, Action stuck) =>
        new(
            loop, progress,
            () => options.LingerTimeout == TimeSpan.Zero
                ? TimeSpan.Zero
                : Longest(options.LingerTimeout, Shortest(2 * progress.LongestGap, options.DrainTimeout)),
            options.LingerTimeout, stuck);

    public void Dispose() => _timer?.Dispose();

    public static IOException Explain(string peer, long waiting, TimeSpan timeout) => new(
        $"The connection with {peer} was aborted: {waiting} bytes waited when it was closed, "
        + $"and the peer took none for {timeout.TotalSeconds} s.",
        new TimeoutException());

    private void Arm()
    {
        _timer = _loop.CallLater(Longest(Left, TimeSpan.Zero), static self => ((DrainDeadline)self!).HandleElapsed(), this);
    }

    private TimeSpan Left => Longest(
        _patience() - _progress.Idle, _grace - _loop.TimeProvider.GetElapsedTime(_started, _loop.Now()));

    private void HandleElapsed()
    {
        if (Left <= TimeSpan.Zero)
            _stuck();
        else
            Arm();
    }

    private static TimeSpan Longest(TimeSpan one, TimeSpan other) => one > other ? one : other;

    private static TimeSpan Shortest(TimeSpan one, TimeSpan other) => one < other ? one : other;
}
