using TlsFsm.Buffers;

namespace TlsFsm.Tests.Buffers;

/// <summary>A BIO whose bytes go straight to where they are to be in the end.</summary>
public sealed class BioTargetTests
{
    private FakeTarget _target = null!;
    private MemoryBio _bio = null!;

    [SetUp]
    public void Connect()
    {
        _target = new FakeTarget();
        _bio = new MemoryBio { Target = _target };
    }

    [Test]
    public void Bytes_go_there_and_count_as_taken_out()
    {
        _bio.Write("abc"u8);
        "de"u8.CopyTo(_bio.GetWritable(10).Span);
        _bio.Commit(2);

        Assert.That(_target.Bytes, Is.EqualTo("abcde"u8.ToArray()));
        Assert.That((_bio.Pending, _bio.Removed), Is.EqualTo((0, 5)));
    }

    [Test]
    public void What_it_does_not_take_waits_here_and_all_behind_it()
    {
        _bio.Write("abc"u8);
        _target.IsFull = true;
        _bio.Write("de"u8);
        _target.IsFull = false;
        _bio.Write("f"u8);

        Assert.That(_target.Bytes, Is.EqualTo("abc"u8.ToArray()));
        Assert.That(_bio.Readable.ToArray(), Is.EqualTo("def"u8.ToArray()));

        _bio.Consume(3);
        _bio.Write("g"u8);
        Assert.That(_target.Bytes, Is.EqualTo("abcg"u8.ToArray()));
    }

    [Test]
    public void More_than_there_was_room_for_is_refused_and_nothing_is_nothing()
    {
        var room = _bio.GetWritable(4).Length;

        Assert.That(() => _bio.Commit(room + 1), Throws.InstanceOf<ArgumentOutOfRangeException>());
        _bio.Commit(0);
        Assert.That((_target.Bytes, _bio.Removed), Is.EqualTo((Array.Empty<byte>(), 0)));
    }

    [Test]
    public void Room_for_a_single_byte_is_room()
    {
        _target.Size = 1;

        _bio.GetWritable(1).Span[0] = (byte)'x';
        Assert.That(() => _bio.Commit(2), Throws.InstanceOf<ArgumentOutOfRangeException>());
        _bio.Commit(1);

        Assert.That((_target.Bytes, _bio.Pending), Is.EqualTo(("x"u8.ToArray(), 0)));
    }

    [Test]
    public void Room_of_its_own_counts_where_it_was_asked_for_last_and_once()
    {
        _bio.GetWritable(4);
        _target.IsFull = true;
        "ab"u8.CopyTo(_bio.GetWritable(2).Span);
        _bio.Commit(2);
        Assert.That((_target.Bytes, _bio.Readable.ToArray()), Is.EqualTo((Array.Empty<byte>(), "ab"u8.ToArray())));

        _bio.Clear();
        _target.IsFull = false;
        _bio.GetWritable(4);
        _bio.Commit(1);
        Assert.That(() => _bio.Commit(1), Throws.InstanceOf<ArgumentOutOfRangeException>());
    }

    private sealed class FakeTarget : IBioTarget
    {
        private readonly byte[] _room = new byte[64];
        private readonly List<byte> _bytes = [];

        public byte[] Bytes => [.. _bytes];

        public bool IsFull { get; set; }

        public int Size { get; set; } = 64;

        public Memory<byte> GetRoom(int size) => IsFull ? default : _room.AsMemory(0, Size);

        public void Commit(int count) => _bytes.AddRange(_room.AsSpan(0, count));

        public void Settle() { }
    }
}
