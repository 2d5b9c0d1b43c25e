using System.Buffers;

namespace TlsFsm.Hosting.Transports;

/// <summary>Bytes that wait to be sent, in pooled blocks. Empty, it holds nothing.</summary>
internal sealed class SendQueue
{
    private Segment? _head;
    private Segment? _tail;

    /// <summary>The last one that was emptied, without its block: under load one comes and one goes.</summary>
    private Segment? _spare;

    /// <summary>How many bytes wait.</summary>
    public long Size { get; private set; }

    public bool IsEmpty => Size == 0;

    /// <summary>
    /// The oldest bytes, as many as lie in one block. Stay where they are until <see cref="Advance"/> or <see cref="Clear"/>.
    /// </summary>
    public Memory<byte> First => _head is { } head ? head.Block.AsMemory(head.Start, head.Length) : default;

    /// <summary>Appends a copy.</summary>
    public void Append(ReadOnlySpan<byte> data)
    {
        Size += data.Length;
        while (!data.IsEmpty)
        {
            if (_tail is null || _tail.Free == 0)
                AddSegment(data.Length);

            var count = Math.Min(_tail!.Free, data.Length);
            data[..count].CopyTo(_tail.Block.AsSpan(_tail.End));
            _tail.End += count;
            data = data[count..];
        }
    }

    /// <summary>Whether all that waits lies in one block.</summary>
    public bool IsSingle => ReferenceEquals(_head, _tail);

    /// <summary>Lists the oldest blocks, for one send.</summary>
    public void GatherInto(List<ArraySegment<byte>> list)
    {
        list.Clear();
        for (var segment = _head; segment is not null && list.Count < MaxGathered; segment = segment.Next)
            list.Add(new ArraySegment<byte>(segment.Block, segment.Start, segment.Length));
    }

    /// <summary>Forgets the oldest bytes: they were sent.</summary>
    public void Advance(int count)
    {
        Size -= count;
        while (count > 0)
        {
            var taken = Math.Min(count, _head!.Length);
            _head.Start += taken;
            count -= taken;
            if (_head.Length == 0)
                DropHead();
        }
    }

    /// <summary>Forgets everything.</summary>
    public void Clear()
    {
        while (_head is not null)
            DropHead();

        Size = 0;
    }

    private void AddSegment(int wanted)
    {
        var segment = _spare ?? new Segment();
        _spare = null;
        segment.Block = ArrayPool<byte>.Shared.Rent(Math.Clamp(wanted, SmallestBlock, LargestBlock));
        if (_tail is null)
            _head = segment;
        else
            _tail.Next = segment;
        _tail = segment;
    }

    private void DropHead()
    {
        var head = _head!;
        _head = head.Next;
        if (_head is null)
            _tail = null;

        ArrayPool<byte>.Shared.Return(head.Block);
        head.Forget();
        _spare = head;
    }

    private const int SmallestBlock = 4 * 1024;

    /// <summary>Below the large object heap's threshold.</summary>
    private const int LargestBlock = 64 * 1024;

    /// <summary>Blocks in one send: a megabyte, more than any socket takes at once.</summary>
    private const int MaxGathered = 16;

    private sealed class Segment
    {
        public byte[] Block = [];
        public int Start;
        public int End;
        public Segment? Next;

        public int Length => End - Start;
        public int Free => Block.Length - End;

        public void Forget() => (Block, Start, End, Next) = ([], 0, 0, null);
    }
}
