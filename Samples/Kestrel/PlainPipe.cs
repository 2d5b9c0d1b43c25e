using System.Buffers;
using System.IO.Pipelines;

namespace TlsFsm.Samples.Kestrel;

/// <summary>What HTTP reads and writes: a TLS stream as a duplex pipe.</summary>
internal sealed class PlainPipe(TlsStream stream, MemoryPool<byte>? pool) : IDuplexPipe
{
    public PipeReader Input { get; } =
        PipeReader.Create(stream, new StreamPipeReaderOptions(pool, leaveOpen: true, useZeroByteReads: true));

    public PipeWriter Output { get; } =
        new ForgivingWriter(PipeWriter.Create(stream, new StreamPipeWriterOptions(pool, leaveOpen: true)));

    /// <summary>
    /// A flush into a connection that is lost says, as a pipe's does, that nobody reads any more: Kestrel takes an exception there for a
    /// defect of the server, and logs it as one. Why the connection was lost is told by the reading side.
    /// </summary>
    private sealed class ForgivingWriter(PipeWriter inner) : PipeWriter
    {
        private bool _isLost;

        public override bool CanGetUnflushedBytes => inner.CanGetUnflushedBytes;

        public override long UnflushedBytes => inner.UnflushedBytes;

        public override void Advance(int bytes) => inner.Advance(bytes);

        public override Memory<byte> GetMemory(int sizeHint = 0) => inner.GetMemory(sizeHint);

        public override Span<byte> GetSpan(int sizeHint = 0) => inner.GetSpan(sizeHint);

        public override void CancelPendingFlush() => inner.CancelPendingFlush();

        // Not without an exception: what is left would be written by a call that blocks.
        public override void Complete(Exception? exception = null) => inner.Complete(exception ?? new OperationCanceledException());

        public override async ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
        {
            if (!_isLost)
            {
                try
                {
                    return await inner.FlushAsync(cancellationToken);
                }
                catch (IOException)
                {
                    _isLost = true;
                }
            }

            return new FlushResult(isCanceled: false, isCompleted: true);
        }
    }
}
