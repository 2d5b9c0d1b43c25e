using TlsFsm.Connection;

namespace TlsFsm.Hosting.Loops;

/// <summary>
/// Finds the loops that have come to rest: one timer for all that run something, none when nothing runs, and nothing held for those that
/// rest or have ended.
/// </summary>
/// <remarks>By the machine's own clock, whatever that of the deadlines is: nothing that anybody can see depends on it.</remarks>
/// <param name="time">The clock.</param>
internal sealed class RestWatch(TimeProvider time)
{
    /// <summary>
    /// A loop rests when it has run nothing for one to two of these. What is let go of then costs some microseconds to make anew.
    /// </summary>
    public static readonly TimeSpan Period = TimeSpan.FromSeconds(2);

    private readonly LinkedList<IWatched> _moving = [];
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

    /// <summary>Watches one until it rests or is let go of. One that is watched already stays so.</summary>
    /// <param name="loop">Its place in the list, whenever it is in it.</param>
    public void Add(LinkedListNode<IWatched> loop)
    {
        lock (_moving)
        {
            if (loop.List is null)
                _moving.AddLast(loop);
            _timer ??= Start();
        }
    }

    /// <summary>Lets go of one at once: it has ended, and a whole connection hangs from it.</summary>
    public void Remove(LinkedListNode<IWatched> loop)
    {
        lock (_moving)
        {
            if (loop.List is not null)
                _moving.Remove(loop);
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
        List<IWatched>? resting = null;
        lock (_moving)
        {
            for (var (loop, next) = (_moving.First, _moving.First?.Next); loop is not null; (loop, next) = (next, next?.Next))
            {
                if (loop.Value.TakeMotion())
                    continue;

                _moving.Remove(loop);
                (resting ??= []).Add(loop.Value);
            }

            if (_moving.Count == 0)
            {
                _timer?.Dispose();
                _timer = null;
            }
        }

        foreach (var loop in resting ?? [])
            loop.ComeToRest();
    }
}
