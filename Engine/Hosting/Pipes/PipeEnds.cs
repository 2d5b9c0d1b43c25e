using System.IO.Pipelines;

namespace TlsFsm.Hosting.Pipes;

/// <summary>What a transport runs over: two ends, and the stream behind them if there is one.</summary>
internal sealed record PipeEnds(PipeReader Input, PipeWriter Output, Stream? Stream)
{
    public static PipeEnds Of(IDuplexPipe pipe)
    {
        ArgumentNullException.ThrowIfNull(pipe);
        return new PipeEnds(pipe.Input, pipe.Output, null);
    }

    /// <exception cref="ArgumentException">The stream cannot read or cannot write.</exception>
    public static PipeEnds Of(Stream stream)
    {
        Check(stream);

        // Left open by both, because either would close it under the other.
        var input = PipeReader.Create(
            stream, new StreamPipeReaderOptions(bufferSize: StreamBuffer, leaveOpen: true, useZeroByteReads: true));
        var output = PipeWriter.Create(stream, new StreamPipeWriterOptions(minimumBufferSize: StreamBuffer, leaveOpen: true));
        return new PipeEnds(input, output, stream);
    }

    /// <exception cref="ArgumentException">The stream cannot read or cannot write.</exception>
    public static void Check(Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        if (!stream.CanRead || !stream.CanWrite)
            throw new ArgumentException(
                $"A transport needs a stream that reads and writes; this one can read: {stream.CanRead}, can write: {stream.CanWrite}.",
                nameof(stream));
    }

    /// <summary>Two records, on either way.</summary>
    private const int StreamBuffer = 32 * 1024;
}
