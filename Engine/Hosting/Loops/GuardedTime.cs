namespace TlsFsm.Hosting.Loops;

/// <summary>
/// Somebody's clock, and the system's where that throws: a deadline that could not be armed would be none, and a connection that cannot
/// tell the time could not end.
/// </summary>
internal sealed class GuardedTime : TimeProvider
{
    private readonly TimeProvider _inner;
    private readonly Action<Exception> _failed;
    private readonly long _frequency;
    private long _last;
    private long _failedAt;

    private GuardedTime(TimeProvider inner, Action<Exception> failed)
    {
        (_inner, _failed) = (inner, failed);
        try
        {
            _frequency = inner.TimestampFrequency;
        }
        catch (Exception exception)
        {
            failed(exception);
            _frequency = System.TimestampFrequency;
        }
    }

    /// <summary>Guards a clock; the system's needs no guard.</summary>
    /// <param name="time">Null: the system's.</param>
    /// <param name="failed">Told what it threw; must not ask it for the time.</param>
    public static TimeProvider Over(TimeProvider? time, Action<Exception> failed) =>
        time is null || time == System || time is GuardedTime ? time ?? System : new GuardedTime(time, failed);

    public override long TimestampFrequency => _frequency;

    public override TimeZoneInfo LocalTimeZone
    {
        get
        {
            try
            {
                return _inner.LocalTimeZone;
            }
            catch (Exception exception)
            {
                _failed(exception);
                return System.LocalTimeZone;
            }
        }
    }

    public override DateTimeOffset GetUtcNow()
    {
        try
        {
            return _inner.GetUtcNow();
        }
        catch (Exception exception)
        {
            _failed(exception);
            return System.GetUtcNow();
        }
    }

    /// <summary>From its first failure on counted by the system: two clocks mixed would give times that never were.</summary>
    public override long GetTimestamp()
    {
        if (Volatile.Read(ref _failedAt) == 0)
        {
            try
            {
                var now = _inner.GetTimestamp();
                Volatile.Write(ref _last, now);
                return now;
            }
            catch (Exception exception)
            {
                Interlocked.CompareExchange(ref _failedAt, Math.Max(1, System.GetTimestamp()), 0);
                _failed(exception);
            }
        }

        var since = System.GetElapsedTime(Volatile.Read(ref _failedAt));
        return Volatile.Read(ref _last) + (long)(since.TotalSeconds * _frequency);
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        try
        {
            return new GuardedTimer(_inner.CreateTimer(callback, state, dueTime, period), _failed);
        }
        catch (Exception exception)
        {
            _failed(exception);
            return System.CreateTimer(callback, state, dueTime, period);
        }
    }

    private sealed class GuardedTimer(ITimer inner, Action<Exception> failed) : ITimer
    {
        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            try
            {
                return inner.Change(dueTime, period);
            }
            catch (Exception exception)
            {
                failed(exception);
                return false;
            }
        }

        public void Dispose()
        {
            try
            {
                inner.Dispose();
            }
            catch (Exception exception)
            {
                failed(exception);
            }
        }

        public async ValueTask DisposeAsync()
        {
            try
            {
                await inner.DisposeAsync();
            }
            catch (Exception exception)
            {
                failed(exception);
            }
        }
    }
}
