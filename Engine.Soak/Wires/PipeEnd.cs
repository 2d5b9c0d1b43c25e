using System.Buffers;
using System.IO.Pipelines;

namespace TlsFsm.Soak.Wires;

/// <summary>One of the two is over pipes in memory.</summary>
internal sealed class PipeEnd : IWireEnd
{
    private readonly Pipe _fromThem;
    private readonly Pipe _toThem;

    public PipeEnd()
    {
        var options = new PipeOptions(pauseWriterThreshold: 64 * 1024, resumeWriterThreshold: 32 * 1024, useSynchronizationContext: false);
        (_fromThem, _toThem) = (new Pipe(options), new Pipe(options));
        Theirs = new Duplex(_toThem.Reader, _fromThem.Writer);
    }

    /// <summary>What they read and write.</summary>
    public IDuplexPipe Theirs { get; }

    public async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        try
        {
            var result = await _fromThem.Reader.ReadAsync(cancellationToken);
            var count = (int)Math.Min(result.Buffer.Length, buffer.Length);
            var taken = result.Buffer.Slice(0, count);
            taken.CopyTo(buffer.Span);
            _fromThem.Reader.AdvanceTo(taken.End);
            return count;
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            // With what they have completed their end, or because the wire was reset by the other direction meanwhile.
            throw new IOException("The pipe is gone.", exception);
        }
    }

    public async ValueTask WriteAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        FlushResult result;
        try
        {
            result = await _toThem.Writer.WriteAsync(data, cancellationToken);
        }
        catch (InvalidOperationException exception)
        {
            throw new IOException("The wire was reset meanwhile.", exception);
        }

        if (result.IsCompleted)
            throw new IOException("Nobody reads any more.");
    }

    public void End() => _toThem.Writer.Complete();

    public void Reset()
    {
        var reset = new IOException("The wire was reset.");
        _toThem.Writer.Complete(reset);
        _fromThem.Reader.Complete(reset);
    }

    public void Dispose()
    {
        _toThem.Writer.Complete();
        _fromThem.Reader.Complete();
    }

    private sealed record Duplex(PipeReader Input, PipeWriter Output) : IDuplexPipe;
}
