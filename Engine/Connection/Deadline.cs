namespace TlsFsm.Connection;

/// <summary>A timer of the loop that is armed, armed anew and cancelled.</summary>
/// <param name="loop">Where it runs. Its clock is foreign, and may throw.</param>
/// <param name="elapsed">What happens when it has run out.</param>
/// <param name="broken">Told when it cannot be armed: without it the connection might never end.</param>
internal sealed class Deadline(IEventLoop loop, Action elapsed, Action<Exception> broken)
{
    private IDisposable? _timer;

    /// <summary>Told when it is cancelled while it runs, or cannot be armed.</summary>
    public Action? Cancelled { get; init; }

    public bool IsArmed => _timer is not null;

    /// <summary>Arms it, from now on, also if it was armed before.</summary>
    public void Rearm(TimeSpan time)
    {
        _timer?.Dispose();
        _timer = null;
        try
        {
            _timer = loop.CallLater(time, static self => ((Deadline)self!).Elapse(), this);
        }
        catch (Exception exception)
        {
            Cancelled?.Invoke();
            broken(exception);
        }
    }

    public void Cancel()
    {
        if (_timer is null)
            return;

        _timer.Dispose();
        _timer = null;
        Cancelled?.Invoke();
    }

    private void Elapse()
    {
        _timer = null;
        elapsed();
    }
}
