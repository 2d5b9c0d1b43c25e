using System.IO.Pipelines;

namespace TlsFsm.Tests.Core;

/// <summary>Drives a core over a stream, for talks with other TLS libraries.</summary>
internal sealed class CoreOverStream : IDisposable
{
    private readonly ITlsCore _core;
    private readonly Stream _stream;
    private readonly MemoryBio _incoming = new();
    private readonly MemoryBio _outgoing = new();

    public CoreOverStream(ITlsCore core, Stream stream)
    {
        _core = core;
        _stream = stream;
        core.Attach(_incoming, _outgoing);
    }

    /// <summary>Two ends of a stream in memory.</summary>
    public static (Stream Ours, Stream Theirs) Duplex()
    {
        var there = new Pipe();
        var back = new Pipe();
        return (new Ends(back.Reader.AsStream(), there.Writer.AsStream()), new Ends(there.Reader.AsStream(), back.Writer.AsStream()));
    }

    public Task HandshakeAsync(CancellationToken cancellation) => RunAsync(_core.StepHandshake, cancellation);

    public Task ShutdownAsync(CancellationToken cancellation) => RunAsync(_core.StepShutdown, cancellation);

    public async Task WriteAsync(byte[] data, CancellationToken cancellation)
    {
        _core.Write(data);
        await FlushAsync(cancellation);
    }

    /// <summary>Reads exactly so many bytes; fewer only at the end.</summary>
    public async Task<byte[]> ReadAsync(int size, CancellationToken cancellation)
    {
        var data = new byte[size];
        var at = 0;
        var status = CoreStatus.Done;
        while (at < size && status != CoreStatus.EndOfStream)
        {
            await RunAsync(
                () =>
                {
                    status = _core.Read(data.AsSpan(at), out var count);
                    at += count;
                    return status;
                },
                cancellation);
        }

        return data[..at];
    }

    public void Dispose() => _core.Dispose();

    private async Task RunAsync(Func<CoreStatus> step, CancellationToken cancellation)
    {
        while (true)
        {
            CoreStatus status;
            try
            {
                status = step();
            }
            finally
            {
                await FlushAsync(cancellation);
            }

            if (status != CoreStatus.WantRead)
                return;

            var count = await _stream.ReadAsync(_incoming.GetWritable(4096), cancellation);
            if (count == 0)
                throw new EndOfStreamException("The other end closed the stream.");
            _incoming.Commit(count);
        }
    }

    private async Task FlushAsync(CancellationToken cancellation)
    {
        if (_outgoing.Pending == 0)
            return;

        var bytes = _outgoing.Readable.ToArray();
        _outgoing.Clear();
        await _stream.WriteAsync(bytes, cancellation);
        await _stream.FlushAsync(cancellation);
    }

    private sealed class Ends(Stream reader, Stream writer) : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            reader.ReadAsync(buffer, cancellationToken);

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
            writer.WriteAsync(buffer, cancellationToken);

        public override Task FlushAsync(CancellationToken cancellationToken) => writer.FlushAsync(cancellationToken);

        public override void Flush() => writer.Flush();

        public override int Read(byte[] buffer, int offset, int count) => reader.Read(buffer, offset, count);

        public override void Write(byte[] buffer, int offset, int count) => writer.Write(buffer, offset, count);

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                reader.Dispose();
                writer.Dispose();
            }

            base.Dispose(disposing);
        }
    }
}
