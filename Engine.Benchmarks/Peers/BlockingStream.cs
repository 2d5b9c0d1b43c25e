namespace TlsFsm.Benchmarks.Peers;

/// <summary>One end of a connection in memory for contenders that block until there is something to read.</summary>
internal sealed class BlockingStream(Wire incoming, Wire outgoing) : Stream
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override int Read(Span<byte> buffer)
    {
        lock (incoming)
        {
            while (incoming.Pending == 0)
            {
                if (!Monitor.Wait(incoming, Patience))
                    throw new TimeoutException("The other end does not write.");
            }

            return incoming.Read(buffer);
        }
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        lock (outgoing)
        {
            outgoing.Write(buffer);
            Monitor.PulseAll(outgoing);
        }
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Flush() { }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}
