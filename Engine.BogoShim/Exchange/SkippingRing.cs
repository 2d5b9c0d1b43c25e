namespace TlsFsm.BogoShim.Exchange;

/// <summary>A ticket ring that can decline to seal.</summary>
internal sealed class SkippingRing(ITicketKeyRing ring) : ITicketKeyRing
{
    public byte[] Seal(ReadOnlySpan<byte> state) => throw new NotSupportedException("No ticket this time.");

    public byte[]? Open(ReadOnlySpan<byte> ticket) => ring.Open(ticket);
}
