using TlsFsm.Core.Strictness;

namespace TlsFsm.Core.Records;

/// <summary>
/// How often something may come that is allowed and brings nothing: so often at once, and once more for each minute that has passed. So
/// what a decent peer does now and then uses nothing up, however old the connection gets.
/// </summary>
/// <param name="max">How often at once.</param>
/// <param name="time">Says how much time has passed.</param>
internal sealed class Allowance(int max, TimeProvider time)
{
    private static readonly TimeSpan Period = TimeSpan.FromMinutes(1);

    private int _used;
    private long _since;

    /// <summary>It came once more.</summary>
    /// <returns>Whether that is within the allowance.</returns>
    /// <exception cref="TlsException">The clock threw.</exception>
    public bool Take()
    {
        var now = OwnFaults.Call(nameof(TimeProvider), time.GetTimestamp);
        if (_used == 0)
        {
            _since = now;
        }
        else if (time.GetElapsedTime(_since, now) is var passed && passed >= Period)
        {
            _used = (int)Math.Max(0, _used - passed.Ticks / Period.Ticks);
            _since = now;
        }

        return ++_used <= max;
    }

    /// <summary>Something else came that brings something: it counts from the beginning.</summary>
    public void Reset() => _used = 0;
}
