namespace TlsFsm.BogoShim.Exchange;

/// <summary>The system's clock, put forward between connections.</summary>
internal sealed class ShiftedTime : TimeProvider
{
    private TimeSpan _shift;

    public void PutForward(TimeSpan by) => _shift += by;

    public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + _shift;
}
