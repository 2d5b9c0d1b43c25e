using System.IO.Pipelines;

namespace TlsFsm.Hosting.Duplex;

/// <summary>The reader that the application has: as long as it does, or a read is pending, the pipe is not forgotten.</summary>
internal sealed class OwnedReader(DuplexProtocol protocol, PipeOwner owner) : PipeReader
{
    private readonly DuplexReader _reader = protocol.Reader;

    public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
    {
        _reader.PendingFor = owner;
        var read = _reader.ReadAsync(cancellationToken);
        if (read.IsCompleted)
            _reader.PendingFor = null;
        return read;
    }

    public override bool TryRead(out ReadResult result) => _reader.TryRead(out result);

    public override void AdvanceTo(SequencePosition consumed) => _reader.AdvanceTo(consumed);

    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined) => _reader.AdvanceTo(consumed, examined);

    public override void CancelPendingRead() => _reader.CancelPendingRead();

    public override void Complete(Exception? exception = null) => _reader.Complete(exception);
}
