namespace TlsFsm.BogoShim.Exchange;

/// <summary>
/// A clock that stands still, and is put forward between connections: the runner looks at the age of tickets to the millisecond.
/// </summary>
internal sealed class ShiftedTime : TimeProvider
{
    private DateTimeOffset _now = DateTimeOffset.UtcNow;

    public void PutForward(TimeSpan by) => _now += by;

    public override DateTimeOffset GetUtcNow() => _now;
}
