using TlsFsm.Connection;

namespace TlsFsm.Hosting.Loops;

/// <summary>
/// Finds the loops that have come to rest: one timer for all that run something, none while nothing runs, and nothing held for those that
/// rest.
/// </summary>
/// <remarks>By the machine's own clock, whatever that of the deadlines is: nothing that anybody can see depends on it.</remarks>
/// <param name="time">The clock.</param>
internal sealed class RestWatch(TimeProvider time)
{
    /// <summary>
    /// A loop rests when it has run nothing for one to two of these. What is let go of then costs some microseconds to make anew.
    /// </summary>
    public static readonly TimeSpan Period = TimeSpan.FromSeconds(2);

    private readonly List<IWatched> _moving = [];
    private ITimer? _timer;

    /// <summary>That of the process.</summary>
    public static RestWatch Shared { get; } = new(TimeProvider.System);

    /// <summary>Who may come to rest.</summary>
    internal interface IWatched
    {
        /// <summary>Whether it has run anything since this was last asked.</summary>
        bool TakeMotion();

        /// <summary>It has not, for a whole period, and is not watched any more.</summary>
        void ComeToRest();
    }

    /// <summary>How many are watched.</summary>
    public int Count
    {
        get
        {
            lock (_moving)
                return _moving.Count;
        }
    }

    /// <summary>Watches one until it rests.</summary>
    public void Add(IWatched loop)
    {
        lock (_moving)
        {
            _moving.Add(loop);
            _timer ??= Start();
        }
    }

    private ITimer Start()
    {
        // Who happens to be the first to move is not what the timer is for.
        using (ExecutionContext.SuppressFlow())
            return time.CreateTimer(static self => ((RestWatch)self!).Look(), this, Period, Period);
    }

    private void Look()
    {
        List<IWatched> resting;
        lock (_moving)
        {
            resting = _moving.FindAll(static loop => !loop.TakeMotion());
            if (resting.Count == 0)
                return;

            var gone = new HashSet<IWatched>(resting, ReferenceEqualityComparer.Instance);
            _moving.RemoveAll(gone.Contains);
            if (_moving.Count == 0)
            {
                _moving.TrimExcess();
                _timer?.Dispose();
                _timer = null;
            }
        }

        foreach (var loop in resting)
            loop.ComeToRest();
    }
}
