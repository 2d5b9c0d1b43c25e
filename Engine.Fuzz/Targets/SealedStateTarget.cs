using System.Text;
using TlsFsm.Core.Sessions;
using TlsFsm.Fuzz.Handshakes;
using TlsFsm.Fuzz.Running;

namespace TlsFsm.Fuzz.Targets;

/// <summary>
/// What a server has sealed in a ticket, read again after somebody has changed it: as if a key had been stolen, or a ring had none.
/// </summary>
internal sealed class SealedStateTarget : ITarget
{
    private static readonly Lazy<byte[]> Usual = new(() => new TicketState
    {
        Version = 0x0304, CipherSuite = 0x1301, Secret = [.. Enumerable.Repeat((byte)3, 32)], AuthenticatedAt = Identities.Now,
        Origin = new Guid(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11), Lineage = new Guid(2, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11),
        Policy = [.. Enumerable.Repeat((byte)4, 32)], ServerName = Identities.Host, ApplicationProtocol = Encoding.ASCII.GetBytes("h2"),
        Presented = [.. Enumerable.Repeat((byte)5, 32)],
        ClientCertificates = [[.. Identities.Client(KeyKind.Ecdsa).Credential.Certificate.RawData], Identities.Intermediate.RawData],
    }.Write());

    public string Name => "sealed-state";

    public string Oracle =>
        "Reading gives null or a state that reads again as itself; nothing is thrown; a ring opens nothing that it has not sealed.";

    public byte[] Make(Dice dice) => dice.OneIn(10) ? dice.Bytes(dice.Below(300)) : Mutator.Change(Usual.Value, Usual.Value, dice);

    public Outcome Run(ReadOnlySpan<byte> input)
    {
        var bytes = input.ToArray();
        var words = Running.Oracle.Guard(bytes.Length, (64 << 10, 32), () => Read(bytes), static _ => false);

        using var ring = new MemoryTicketKeyRing();
        var ticket = ring.Seal(bytes);
        if (!ring.Open(ticket)!.AsSpan().SequenceEqual(bytes))
            throw new FindException("A ring does not give back what it has sealed.");
        ticket[bytes.Length % ticket.Length] ^= 1;
        if (ring.Open(ticket) is not null || ring.Open(bytes) is not null)
            throw new FindException("A ring opens what it has not sealed.");
        return new Outcome(words);
    }

    private static string Read(byte[] bytes)
    {
        if (TicketState.Read(bytes) is not { } state)
            return "null";

        // A name that is no ASCII is written otherwise, once.
        var written = state.Write();
        return written.Length <= bytes.Length && TicketState.Read(written) is { } again && again.Write().AsSpan().SequenceEqual(written)
            ? $"{state.ClientCertificates.Count} certificates"
            : throw new FindException("What was read is not what is written.");
    }
}
