using System.Threading.Tasks.Sources;

namespace TlsFsm.Benchmarks.Peers;

/// <summary>
/// One end of a connection in memory as a stream that costs next to nothing: reads complete at once when there is something to
/// read, and otherwise in the write that brings it, with no thread in between.
/// </summary>
internal sealed class WireStream(Wire incoming, Wire outgoing) : Stream, IValueTaskSource<int>
{
    private ManualResetValueTaskSourceCore<int> _read;
    private Memory<byte> _destination;
    private bool _isWaiting;

    /// <summary>The other end.</summary>
    public WireStream? Peer { get; set; }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>Two ends that face each other.</summary>
    public static (WireStream Client, WireStream Server) Pair(Wire toServer, Wire toClient)
    {
        var client = new WireStream(toClient, toServer);
        var server = new WireStream(toServer, toClient) { Peer = client };
        client.Peer = server;
        return (client, server);
    }

    public override int Read(Span<byte> buffer)
    {
        var count = incoming.Read(buffer);
        return count > 0 || buffer.IsEmpty ? count : throw new InvalidOperationException("The read would block: nothing was written.");
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (incoming.Pending > 0 || buffer.IsEmpty)
            return new ValueTask<int>(incoming.Read(buffer.Span));

        _read.Reset();
        _destination = buffer;
        _isWaiting = true;
        return new ValueTask<int>(this, _read.Version);
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        outgoing.Write(buffer);
        Peer!.CompleteRead();
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        Write(buffer.Span);
        return default;
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
    {
        Write(buffer.AsSpan(offset, count));
        return Task.CompletedTask;
    }

    public override void Flush() { }

    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    int IValueTaskSource<int>.GetResult(short token) => _read.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<int>.GetStatus(short token) => _read.GetStatus(token);

    void IValueTaskSource<int>.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _read.OnCompleted(continuation, state, token, flags);

    private void CompleteRead()
    {
        if (!_isWaiting)
            return;

        _isWaiting = false;
        _read.SetResult(incoming.Read(_destination.Span));
    }
}
