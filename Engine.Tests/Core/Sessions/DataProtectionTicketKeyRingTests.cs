using System.Security.Authentication;
using Microsoft.AspNetCore.DataProtection;
using TlsFsm.DataProtection;

namespace TlsFsm.Tests.Core.Sessions;

public sealed class DataProtectionTicketKeyRingTests
{
    [Test]
    public void Rings_over_the_same_keys_open_each_others_tickets()
    {
        var keys = new EphemeralDataProtectionProvider();
        var ticket = new DataProtectionTicketKeyRing(keys).Seal("state"u8);

        Assert.That(new DataProtectionTicketKeyRing(keys).Open(ticket), Is.EqualTo("state"u8.ToArray()));
        Assert.That(new DataProtectionTicketKeyRing(new EphemeralDataProtectionProvider()).Open(ticket), Is.Null);
    }

    [Test]
    public void What_was_protected_for_another_purpose_or_is_cut_does_not_open()
    {
        var keys = new EphemeralDataProtectionProvider();
        var ring = new DataProtectionTicketKeyRing(keys);
        var ticket = ring.Seal("state"u8);

        Assert.That(ring.Open(keys.CreateProtector("cookies").Protect([1, 2, 3])), Is.Null);
        Assert.That(ring.Open([]), Is.Null);
        for (var length = 0; length < ticket.Length; length += 7)
            Assert.That(ring.Open(ticket.AsSpan(0, length)), Is.Null, $"{length} bytes");
    }

    [Test]
    public void Sessions_are_resumed_by_its_tickets([Values(SslProtocols.Tls12, SslProtocols.Tls13)] SslProtocols version)
    {
        var keys = new EphemeralDataProtectionProvider();
        var pair = new SessionPair(version) { Keys = new DataProtectionTicketKeyRing(keys) };
        pair.Visit();
        pair.Keys = new DataProtectionTicketKeyRing(keys);

        Assert.That(pair.Visit().Client.IsResumed, Is.True);
    }
}
