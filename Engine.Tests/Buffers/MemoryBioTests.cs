using System.Buffers;
using CsCheck;

namespace TlsFsm.Tests.Buffers;

public sealed class MemoryBioTests
{
    [Test]
    public void A_new_one_is_empty()
    {
        var bio = new MemoryBio();

        Assert.That(bio.Pending, Is.Zero);
        Assert.That(bio.Readable.IsEmpty);
        Assert.That(bio.Segment, Is.Empty);
    }

    [Test]
    public void Bytes_come_out_in_the_order_in_which_they_went_in()
    {
        var bio = new MemoryBio();

        bio.Write("abc"u8);
        bio.Write([]);
        bio.Write("de"u8);
        bio.Consume(2);
        bio.Write("f"u8);

        Assert.That(bio.Readable.ToArray(), Is.EqualTo("cdef"u8.ToArray()));
        Assert.That(bio.Segment, Is.EqualTo("cdef"u8.ToArray()));
        Assert.That(bio.Pending, Is.EqualTo(4));
    }

    [Test]
    public void Keeps_a_copy_of_what_is_written()
    {
        var bio = new MemoryBio();
        var data = "abc"u8.ToArray();

        bio.Write(data);
        data[0] = (byte)'x';

        Assert.That(bio.Readable.ToArray(), Is.EqualTo("abc"u8.ToArray()));
    }

    [Test]
    public void What_waits_can_be_overwritten_in_place()
    {
        var bio = new MemoryBio();
        bio.Write("abc"u8);
        bio.Consume(1);

        bio.Segment.AsSpan()[0] = (byte)'B';

        Assert.That(bio.Readable.ToArray(), Is.EqualTo("Bc"u8.ToArray()));
    }

    [Test]
    public void Room_is_at_least_as_large_as_asked_for([Values(1, 4095, 4096, 4097, 100_000)] int size)
    {
        var bio = new MemoryBio();
        bio.Write("abc"u8);

        Assert.That(bio.GetWritable(size).Length, Is.GreaterThanOrEqualTo(size));
        Assert.That(bio.Readable.ToArray(), Is.EqualTo("abc"u8.ToArray()));
    }

    [Test]
    public void Only_what_is_committed_is_written()
    {
        var bio = new MemoryBio();

        "abcdef"u8.CopyTo(bio.GetWritable(6).Span);
        bio.Commit(3);

        Assert.That(bio.Readable.ToArray(), Is.EqualTo("abc"u8.ToArray()));
    }

    [Test]
    public void An_empty_one_holds_no_block()
    {
        var consumed = new MemoryBio();
        consumed.Write("abc"u8);
        consumed.Consume(3);
        var cleared = new MemoryBio();
        cleared.Write("abc"u8);
        cleared.Clear();
        var unused = new MemoryBio();
        unused.GetWritable(1);
        unused.Commit(0);

        foreach (var bio in new[] { consumed, cleared, unused })
            Assert.That(bio.Segment.Array, Is.Empty);
    }

    [TestCase("consumed")]
    [TestCase("cleared")]
    [TestCase("taken")]
    [TestCase("outgrown")]
    public void A_block_that_is_not_needed_any_more_goes_back_to_the_pool(string how)
    {
        var bio = new MemoryBio();
        bio.Write("abc"u8);
        var block = bio.Segment.Array!;

        switch (how)
        {
            case "consumed":
                bio.Consume(3);
                break;
            case "cleared":
                bio.Clear();
                break;
            case "taken":
                bio.TakeAll().Dispose();
                break;
            case "outgrown":
                bio.Write(new byte[block.Length]);
                break;
        }

        // What this thread gave back last it gets first.
        var next = ArrayPool<byte>.Shared.Rent(block.Length);
        Assert.That(next, Is.SameAs(block));
        ArrayPool<byte>.Shared.Return(next);
    }

    [TestCase(0, 3000, 16 * 1024, TestName = "Behind_a_long_stream_there_is_room_for_what_comes_behind_the_next_bytes")]
    [TestCase(1, 3000, 8 * 1024, TestName = "Who_has_sent_less_gets_what_was_asked_for")]
    [TestCase(0, 0, 4 * 1024, TestName = "Where_nothing_waits_nothing_would_be_moved")]
    public void Room_is_made_ahead_where_a_stream_goes_on(int missing, int waiting, int size)
    {
        var bio = new MemoryBio();
        bio.Write(new byte[(128 * 1024) - missing]);
        bio.Consume(bio.Pending);
        bio.Write(new byte[waiting]);

        bio.GetWritable(3000);

        Assert.That(bio.Segment.Array, Has.Length.EqualTo(size));
    }

    [Test]
    public void A_stream_that_is_consumed_as_it_comes_stays_in_a_small_block()
    {
        var bio = new MemoryBio();
        bio.Write(new byte[100]);

        for (var turn = 0; turn < 10_000; turn++)
        {
            bio.Write(new byte[1000]);
            bio.Consume(1000);
        }

        Assert.That(bio.Pending, Is.EqualTo(100));
        Assert.That(bio.Segment.Array, Has.Length.LessThanOrEqualTo(4096));
    }

    [Test]
    public void What_is_taken_out_or_forgotten_counts_as_removed()
    {
        var bio = new MemoryBio();
        bio.Write("0123456789"u8);

        bio.Consume(3);
        Assert.That(bio.Removed, Is.EqualTo(3));
        bio.Clear();
        Assert.That(bio.Removed, Is.EqualTo(10));
        bio.Write("ab"u8);
        using (var taken = bio.TakeAll())
            Assert.That(taken.Bytes.ToArray(), Is.EqualTo("ab"u8.ToArray()));

        Assert.That((bio.Removed, bio.Pending), Is.EqualTo((12L, 0)));
    }

    [Test]
    public void More_than_there_is_room_for_behind_what_waits_is_refused()
    {
        var bio = new MemoryBio();
        bio.Write(new byte[1000]);
        var room = bio.GetWritable(10).Length;

        Assert.That(() => bio.Commit(room + 1), Throws.InstanceOf<ArgumentOutOfRangeException>());
        bio.Commit(room);

        Assert.That(bio.Pending, Is.EqualTo(1000 + room));
    }

    [Test]
    public void Where_each_arrival_leaves_a_piece_behind_the_piece_is_seldom_moved()
    {
        const int Arrivals = 100;
        const int Arrival = 16 * 1024;
        const int Piece = Arrival / 2;
        var bio = new MemoryBio();
        bio.Write(new byte[Piece]);
        var moves = 0;

        for (var i = 0; i < Arrivals; i++)
        {
            var before = bio.Segment;
            bio.GetWritable(Arrival);
            var after = bio.Segment;
            if (after.Array != before.Array || after.Offset != before.Offset)
                moves++;
            bio.Commit(Arrival);
            bio.Consume(Arrival);
        }

        Assert.That(bio.Pending, Is.EqualTo(Piece));
        Assert.That(moves, Is.LessThan(Arrivals / 2));
    }

    [Test]
    public void Can_be_cleared_and_used_again_at_any_time()
    {
        var bio = new MemoryBio();
        bio.Clear();
        bio.Write("abc"u8);
        bio.Clear();
        bio.Clear();
        bio.Write("de"u8);

        Assert.That(bio.Readable.ToArray(), Is.EqualTo("de"u8.ToArray()));
    }

    [Test]
    public void Wrong_counts_are_refused_and_change_nothing()
    {
        var bio = new MemoryBio();
        bio.Write("abc"u8);
        var room = bio.GetWritable(1).Length;

        Assert.That(() => bio.GetWritable(0), Throws.TypeOf<ArgumentOutOfRangeException>().With.Property("ParamName").EqualTo("sizeHint"));
        Assert.That(() => bio.GetWritable(-1), Throws.TypeOf<ArgumentOutOfRangeException>());
        Assert.That(() => bio.Commit(-1), Throws.TypeOf<ArgumentOutOfRangeException>().With.Property("ParamName").EqualTo("count"));
        Assert.That(() => bio.Commit(room + 1), Throws.TypeOf<ArgumentOutOfRangeException>());
        Assert.That(() => bio.Consume(-1), Throws.TypeOf<ArgumentOutOfRangeException>().With.Property("ParamName").EqualTo("count"));
        Assert.That(() => bio.Consume(4), Throws.TypeOf<ArgumentOutOfRangeException>());
        Assert.That(() => bio.GetWritable(int.MaxValue), Throws.TypeOf<OverflowException>());
        Assert.That(bio.Readable.ToArray(), Is.EqualTo("abc"u8.ToArray()));
    }

    [Test]
    public void Does_what_a_plain_list_of_bytes_does()
    {
        var step = Gen.Select(Gen.Int[0, 4], Gen.Frequency((5, Gen.Int[0, 50]), (3, Gen.Int[0, 6000]), (1, Gen.Int[0, 70_000])));

        step.Array[1, 60].Sample(
            steps =>
            {
                var bio = new MemoryBio();
                var model = new List<byte>();
                var next = (byte)0;
                foreach (var (kind, size) in steps)
                {
                    Apply(bio, model, kind, size, ref next);
                    if (bio.Pending != model.Count || !bio.Readable.SequenceEqual([.. model]) || !bio.Segment.SequenceEqual(model))
                        return false;
                }

                return true;
            },
            iter: 300);
    }

    private static void Apply(MemoryBio bio, List<byte> model, int kind, int size, ref byte next)
    {
        switch (kind)
        {
            case 0:
                bio.Write(Fresh(size, ref next, model));
                break;
            case 1:
                var room = bio.GetWritable(Math.Max(1, size));
                Fresh(size / 2, ref next, model).CopyTo(room.Span);
                bio.Commit(size / 2);
                break;
            case 2 or 3:
                var count = Math.Min(size, model.Count);
                bio.Consume(count);
                model.RemoveRange(0, count);
                break;
            case 4 when size % 7 == 0:
                bio.Clear();
                model.Clear();
                break;
        }
    }

    /// <summary>Bytes that differ from their neighbours, appended to the model on the way.</summary>
    private static byte[] Fresh(int size, ref byte next, List<byte> model)
    {
        var data = new byte[size];
        foreach (ref var letter in data.AsSpan())
            letter = next++;
        model.AddRange(data);
        return data;
    }
}
