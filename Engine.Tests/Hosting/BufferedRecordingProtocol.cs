namespace TlsFsm.Tests.Hosting;

/// <summary>A <see cref="RecordingProtocol"/> that supplies its buffers.</summary>
internal sealed class BufferedRecordingProtocol : RecordingProtocol, IBufferedProtocol
{
    private byte[] _buffer = [];

    public int BufferSize { get; init; } = 10_000;

    public Action<int>? OnGetBuffer { get; init; }

    public int Updates { get; private set; }

    public Memory<byte> GetBuffer(int sizeHint)
    {
        OnGetBuffer?.Invoke(sizeHint);
        return _buffer = new byte[BufferSize];
    }

    public void BufferUpdated(int count)
    {
        Updates++;
        DataReceived(_buffer.AsSpan(0, count));
    }
}
