using TlsFsm.Abstractions;

namespace TlsFsm.BogoShim.Exchange;

/// <summary>What the connections of one run of the shim have in common: sessions, and the clock by which these grow old.</summary>
internal sealed class Shared
{
    public Shared()
    {
        Sessions = new CountingCache(Time);
        Tickets = new MemoryTicketKeyRing(timeProvider: Time);
    }

    public ShiftedTime Time { get; } = new();

    public CountingCache Sessions { get; }

    public MemoryTicketKeyRing Tickets { get; }

    public MemorySessionIds SessionIds { get; } = new();
}
