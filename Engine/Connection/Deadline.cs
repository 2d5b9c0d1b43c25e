namespace TlsFsm.Connection;

/// <summary>A timer of the loop that is armed, armed anew and cancelled.</summary>
/// <param name="loop">Where it runs. Its clock is foreign, and may throw.</param>
/// <param name="owner">Whose it is.</param>
internal sealed class Deadline(IEventLoop loop, Deadline.IOwner owner)
{
    private IDisposable? _timer;

    /// <summary>Told what becomes of it. An interface, because each idle connection would hold a delegate for each of the three.</summary>
    internal interface IOwner
    {
        /// <summary>It has run out.</summary>
        void Elapse();

        /// <summary>It is cancelled while it runs, or cannot be armed.</summary>
        void Stop();

        /// <summary>It cannot be armed: without it the connection might never end.</summary>
        void Break(Exception exception);
    }

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
            owner.Stop();
            owner.Break(exception);
        }
    }

    public void Cancel()
    {
        if (_timer is null)
            return;

        _timer.Dispose();
        _timer = null;
        owner.Stop();
    }

    private void Elapse()
    {
        _timer = null;
        owner.Elapse();
    }
}
