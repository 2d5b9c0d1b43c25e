using TlsFsm.Hosting.Loops;

namespace TlsFsm.Hosting.Transports;

/// <summary>How output moves that has to wait: when it did last, and how long it never did.</summary>
internal sealed class OutputProgress(IEventLoop loop)
{
    private long _last;
    private bool _isWaiting;

    /// <summary>The longest time between two movements, while something waited.</summary>
    public TimeSpan LongestGap { get; private set; }

    /// <summary>Output has to wait from now on, if it did not before.</summary>
    public void Wait()
    {
        if (_isWaiting)
            return;

        _isWaiting = true;
        _last = loop.Now();
    }

    /// <summary>Some of it was taken.</summary>
    /// <param name="isWaiting">Whether some still waits.</param>
    public void Move(bool isWaiting)
    {
        var now = loop.Now();
        if (_isWaiting && loop.TimeProvider.GetElapsedTime(_last, now) is var gap && gap > LongestGap)
            LongestGap = gap;

        (_last, _isWaiting) = (now, isWaiting);
    }

    /// <summary>How long nothing has moved.</summary>
    public TimeSpan Idle => _isWaiting ? loop.TimeProvider.GetElapsedTime(_last, loop.Now()) : TimeSpan.Zero;
}
