using System.Buffers;
using TlsFsm.Buffers;

namespace TlsFsm;

/// <summary>
/// Bytes in order of arrival in one contiguous block (<c>ssl.MemoryBIO</c>): written at the end, read and consumed at the front.
/// The block comes from a pool and goes back when the last byte is consumed, so an empty one holds nothing.
/// </summary>
public sealed class MemoryBio
{
    private const int MinimumBlock = 4096;

    /// <summary>A block is made larger than it must be up to here: beyond, the processor's caches lose more than is won.</summary>
    private const int MostAhead = 128 * 1024;

    private byte[] _block = [];
    private int _start;
    private int _end;

    /// <summary>Where the room that was given last is not our own: how many bytes it has.</summary>
    private int _targetRoom;

    /// <summary>How many bytes wait.</summary>
    public int Pending => _end - _start;

    /// <summary>
    /// How many bytes have been taken out, or forgotten, since it was made: what was written at a time has left when this has reached what
    /// had been written by then.
    /// </summary>
    internal long Removed { get; private set; }

    /// <summary>
    /// Where bytes are put straight away while none wait here; null for nowhere. They count as taken out then.
    /// </summary>
    internal IBioTarget? Target { get; set; }

    /// <summary>All that waits, oldest first. Valid until the next call that writes, consumes or clears.</summary>
    public ReadOnlySpan<byte> Readable => _block.AsSpan(_start, Pending);

    /// <summary>All that waits, to be read or overwritten in place (a core decrypts here). Valid as <see cref="Readable"/>.</summary>
    public ArraySegment<byte> Segment => new(_block, _start, Pending);

    /// <summary>Appends a copy of <paramref name="data"/>.</summary>
    public void Write(ReadOnlySpan<byte> data)
    {
        if (data.IsEmpty)
            return;

        data.CopyTo(GetWritable(data.Length).Span);
        Commit(data.Length);
    }

    /// <summary>
    /// Room for at least <paramref name="sizeHint"/> bytes after the last one. <see cref="Commit"/> says how many were put there, once,
    /// zero included; until then an empty one keeps a block.
    /// </summary>
    /// <param name="sizeHint">At least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="sizeHint"/> is less than 1.</exception>
    /// <exception cref="OverflowException">What waits and the room together pass 2 GiB.</exception>
    public Memory<byte> GetWritable(int sizeHint)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(sizeHint, 1);
        if (Target is { } target && Pending == 0 && target.GetRoom(sizeHint) is { IsEmpty: false } room)
        {
            _targetRoom = room.Length;
            return room;
        }

        _targetRoom = 0;
        if (_block.Length - _end < sizeHint)
            MakeRoom(sizeHint);

        return _block.AsMemory(_end);
    }

    /// <summary>
    /// Counts bytes that were put into <see cref="GetWritable"/> as written. Zero: nothing came of it, and an unused block goes back.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">Negative, or more than there was room for.</exception>
    public void Commit(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, _targetRoom > 0 ? _targetRoom : _block.Length - _end);
        if (_targetRoom > 0)
        {
            _targetRoom = 0;
            Removed += count;
            Target!.Commit(count);
            return;
        }

        _end += count;
        if (_start == _end)
            Clear();
    }

    /// <summary>Removes the oldest <paramref name="count"/> bytes.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Negative, or more than <see cref="Pending"/>.</exception>
    public void Consume(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, Pending);
        _start += count;
        Removed += count;
        if (_start == _end)
            Clear();
    }

    /// <summary>
    /// Takes all that waits out, for a reader that may come back and write here while it still reads. What is written in the
    /// meantime goes to another block.
    /// </summary>
    internal Taken TakeAll()
    {
        var taken = new Taken(_block, _start, Pending);
        Removed += Pending;
        _block = [];
        _start = _end = 0;
        return taken;
    }

    /// <summary>Forgets all that waits and gives the block back.</summary>
    public void Clear()
    {
        if (_block.Length > 0)
            ArrayPool<byte>.Shared.Return(_block);

        Removed += Pending;
        _block = [];
        _start = _end = 0;
    }

    private void MakeRoom(int sizeHint)
    {
        var pending = Pending;
        var needed = checked(pending + sizeHint);
        if (needed <= _block.Length / 2)
        {
            // Half the block has been consumed: moving what waits is cheaper than a larger block.
            _block.AsSpan(_start, pending).CopyTo(_block);
        }
        else
        {
            // A stream goes on: with room for what comes behind the next bytes, those that wait are moved less often. Whoever has sent
            // little yet is given no more than was asked for.
            var ahead = pending > 0 && Removed >= MostAhead ? Math.Min((long)needed + sizeHint, MostAhead) : 0;
            var larger = ArrayPool<byte>.Shared.Rent(Math.Max(MinimumBlock, (int)Math.Max(needed, ahead)));
            Readable.CopyTo(larger);
            if (_block.Length > 0)
                ArrayPool<byte>.Shared.Return(_block);
            _block = larger;
        }

        _start = 0;
        _end = pending;
    }

    /// <summary>Bytes that were taken out; disposing gives their block back.</summary>
    internal readonly ref struct Taken(byte[] block, int start, int count)
    {
        public ReadOnlySpan<byte> Bytes => block.AsSpan(start, count);

        public void Dispose()
        {
            if (block.Length > 0)
                ArrayPool<byte>.Shared.Return(block);
        }
    }
}
