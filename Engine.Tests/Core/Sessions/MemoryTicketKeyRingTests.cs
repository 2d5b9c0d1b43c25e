using Microsoft.Extensions.Time.Testing;

namespace TlsFsm.Tests.Core.Sessions;

public sealed class MemoryTicketKeyRingTests
{
    private readonly FakeTimeProvider _time = new();

    [Test]
    public void What_is_sealed_opens_and_says_nothing_meanwhile()
    {
        using var ring = new MemoryTicketKeyRing();
        var state = "a secret state"u8.ToArray();

        var ticket = ring.Seal(state);

        Assert.That(ring.Open(ticket), Is.EqualTo(state));
        Assert.That(ticket.AsSpan().IndexOf("secret"u8), Is.Negative);
        Assert.That(ring.Seal(state), Is.Not.EqualTo(ticket), "no nonce twice");
    }

    [Test]
    public void A_ticket_with_any_bit_turned_does_not_open()
    {
        using var ring = new MemoryTicketKeyRing();
        var ticket = ring.Seal("state"u8);

        for (var bit = 0; bit < ticket.Length * 8; bit++)
        {
            ticket[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.That(ring.Open(ticket), Is.Null, $"bit {bit}");
            ticket[bit / 8] ^= (byte)(1 << (bit % 8));
        }
    }

    [Test]
    public void What_is_too_short_or_of_another_ring_does_not_open()
    {
        using var ring = new MemoryTicketKeyRing();
        using var other = new MemoryTicketKeyRing();
        var ticket = ring.Seal([]);

        Assert.That(ring.Open(ticket), Is.Empty);
        Assert.That(ring.Open(ticket.AsSpan(0, ticket.Length - 1)), Is.Null);
        Assert.That(other.Open(ticket), Is.Null);
        Assert.That(ring.Open([]), Is.Null);
    }

    [Test]
    public void A_key_opens_until_its_overlap_is_over()
    {
        using var ring = new MemoryTicketKeyRing(TimeSpan.FromHours(2), TimeSpan.FromHours(3), _time);
        var ticket = ring.Seal("state"u8);

        _time.Advance(TimeSpan.FromHours(5) - TimeSpan.FromTicks(1));
        Assert.That(ring.Open(ticket), Is.Not.Null);
        _time.Advance(TimeSpan.FromTicks(1));
        Assert.That(ring.Open(ticket), Is.Null);
    }

    [Test]
    public void A_new_key_seals_after_each_period_and_no_more_are_held_than_needed()
    {
        using var ring = new MemoryTicketKeyRing(TimeSpan.FromHours(2), TimeSpan.FromHours(3), _time);
        var names = new HashSet<string>();
        for (var hour = 0; hour < 20; hour++)
        {
            names.Add(Convert.ToHexString(ring.Seal([]).AsSpan(0, 16)));
            Assert.That(ring.Count, Is.LessThanOrEqualTo(3));
            _time.Advance(TimeSpan.FromHours(1));
        }

        Assert.That(names, Has.Count.EqualTo(10));
    }

    [Test]
    public void Many_threads_may_use_it_at_once()
    {
        using var ring = new MemoryTicketKeyRing(TimeSpan.FromTicks(1), TimeSpan.FromTicks(1000), _time);

        Parallel.For(0, 2000, i =>
        {
            var state = BitConverter.GetBytes(i);
            Assert.That(ring.Open(ring.Seal(state)), Is.EqualTo(state));
            if (i % 100 == 0)
                _time.Advance(TimeSpan.FromTicks(1));
        });

        Assert.That(ring.Count, Is.InRange(2, 21));
    }

    [Test]
    public void A_ring_may_be_disposed_while_others_use_it()
    {
        for (var i = 0; i < 50; i++)
        {
            var ring = new MemoryTicketKeyRing(TimeSpan.FromTicks(1), TimeSpan.FromTicks(10), _time);
            Parallel.For(0, 8, worker =>
            {
                try
                {
                    for (var n = 0; n < 20; n++)
                    {
                        if (worker == 0 && n == 10)
                            ring.Dispose();
                        _time.Advance(TimeSpan.FromTicks(1));

                        // Its key may have grown too old meanwhile.
                        Assert.That(ring.Open(ring.Seal([(byte)worker])), Is.Null.Or.EqualTo(new[] { (byte)worker }));
                    }
                }
                catch (ObjectDisposedException exception)
                {
                    Assert.That(exception.ObjectName, Does.Contain(nameof(MemoryTicketKeyRing)), "the ring, not what computes in it");
                }
            });
        }
    }

    [Test]
    public void A_disposed_ring_neither_seals_nor_opens()
    {
        var ring = new MemoryTicketKeyRing();
        var ticket = ring.Seal([]);
        ring.Dispose();

        Assert.That(() => ring.Seal([]), Throws.InstanceOf<ObjectDisposedException>());
        Assert.That(() => ring.Open(ticket), Throws.InstanceOf<ObjectDisposedException>());
    }

    [Test]
    public void Times_that_make_no_sense_are_refused()
    {
        Assert.That(() => new MemoryTicketKeyRing(TimeSpan.Zero), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => new MemoryTicketKeyRing(overlap: TimeSpan.FromTicks(-1)), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(
            () => new MemoryTicketKeyRing(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1001)),
            Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => new MemoryTicketKeyRing(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1000)), Throws.Nothing);
    }
}
