using System.Buffers;

namespace TlsFsm.Benchmarks.Peers;

/// <summary>
/// One direction of a connection in memory, the same for every contender: as with a socket, what is written is copied in and what
/// is read is copied out, through memory that belongs to nobody while nothing is on its way.
/// </summary>
internal sealed class Wire
{
    private byte[] _block = [];
    private int _start;
    private int _end;

    public int Pending => _end - _start;

    /// <summary>All that was ever written.</summary>
    public long Total { get; private set; }

    public void Write(ReadOnlySpan<byte> data)
    {
        if (_block.Length - _end < data.Length)
            MakeRoom(data.Length);

        data.CopyTo(_block.AsSpan(_end));
        _end += data.Length;
        Total += data.Length;
    }

    public int Read(Span<byte> destination)
    {
        var count = Math.Min(destination.Length, Pending);
        _block.AsSpan(_start, count).CopyTo(destination);
        _start += count;
        if (_start == _end && _block.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_block);
            (_block, _start, _end) = ([], 0, 0);
        }

        return count;
    }

    private void MakeRoom(int size)
    {
        var pending = Pending;
        if (pending + size <= _block.Length)
        {
            _block.AsSpan(_start, pending).CopyTo(_block);
        }
        else
        {
            var block = ArrayPool<byte>.Shared.Rent(pending + size);
            _block.AsSpan(_start, pending).CopyTo(block);
            if (_block.Length > 0)
                ArrayPool<byte>.Shared.Return(_block);
            _block = block;
        }

        (_start, _end) = (0, pending);
    }
}
