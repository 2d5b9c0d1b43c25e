namespace TlsFsm.Benchmarks.Peers;

/// <summary>
/// One direction of a connection in memory, the same for every contender: as with a socket, what is written is copied in and what
/// is read is copied out.
/// </summary>
internal sealed class Wire
{
    private byte[] _block = new byte[8 * 1024];
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
        if (_start == _end)
            _start = _end = 0;
        return count;
    }

    private void MakeRoom(int size)
    {
        var pending = Pending;
        var block = pending + size <= _block.Length ? _block : new byte[Math.Max(_block.Length * 2, pending + size)];
        _block.AsSpan(_start, pending).CopyTo(block);
        (_block, _start, _end) = (block, 0, pending);
    }
}
