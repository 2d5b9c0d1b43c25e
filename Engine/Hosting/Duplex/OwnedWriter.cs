using System.IO.Pipelines;

namespace TlsFsm.Hosting.Duplex;

/// <summary>The writer that the application has: as long as it does, or a flush is pending, the pipe is not forgotten.</summary>
internal sealed class OwnedWriter(DuplexProtocol protocol, PipeOwner owner) : PipeWriter
{
    private readonly DuplexWriter _writer = protocol.Writer;

    public override bool CanGetUnflushedBytes => true;

    public override long UnflushedBytes => _writer.UnflushedBytes;

    public override Memory<byte> GetMemory(int sizeHint = 0) => _writer.GetMemory(sizeHint);

    public override Span<byte> GetSpan(int sizeHint = 0) => _writer.GetSpan(sizeHint);

    public override void Advance(int bytes) => _writer.Advance(bytes);

    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
    {
        _writer.PendingFor = owner;
        var flush = _writer.FlushAsync(cancellationToken);
        if (flush.IsCompleted)
            _writer.PendingFor = null;
        return flush;
    }

    public override void CancelPendingFlush() => _writer.CancelPendingFlush();

    public override void Complete(Exception? exception = null) => _writer.Complete(exception);
}
