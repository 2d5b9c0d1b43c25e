using System.IO.Pipelines;

namespace TlsFsm.Tests.Hosting;

/// <summary>Two pipes, one each way: ours for a transport, and the peer's end, which the test plays.</summary>
internal sealed class PipePair
{
    private readonly Pipe _toUs;
    private readonly Pipe _toPeer;

    /// <param name="threshold">Bytes that a pipe takes before its writer has to wait; small, to have back pressure at once.</param>
    /// <param name="scheduler">Where completions run. Null: on the pool.</param>
    public PipePair(int threshold = 64 * 1024, PipeScheduler? scheduler = null)
    {
        (_toUs, _toPeer) = (Make(threshold, scheduler), Make(threshold, scheduler));
        (Ours, Peer) = (new End(_toUs.Reader, _toPeer.Writer), new End(_toPeer.Reader, _toUs.Writer));
    }

    public IDuplexPipe Ours { get; }

    public IDuplexPipe Peer { get; }

    /// <summary>The peer's end as a stream, for those who take nothing else. Disposing it completes both.</summary>
    public Stream PeerStream => new DuplexStream(Peer.Input.AsStream(), Peer.Output.AsStream());

    /// <summary>Our end as a stream.</summary>
    public Stream OurStream => new DuplexStream(Ours.Input.AsStream(), Ours.Output.AsStream());

    public async Task Send(byte[] data) => await Peer.Output.WriteAsync(data).AsTask().WaitAsync(Wait.Limit);

    /// <summary>Exactly so many bytes.</summary>
    public async Task<byte[]> Read(int count)
    {
        var all = new byte[count];
        for (var done = 0; done < count;)
        {
            var result = await Peer.Input.ReadAsync().AsTask().WaitAsync(Wait.Limit);
            var taken = (int)Math.Min(result.Buffer.Length, count - done);
            Assert.That(taken, Is.Positive, "the peer's input has ended");
            System.Buffers.BuffersExtensions.CopyTo(result.Buffer.Slice(0, taken), all.AsSpan(done));
            Peer.Input.AdvanceTo(result.Buffer.GetPosition(taken));
            done += taken;
        }

        return all;
    }

    /// <summary>All until our end.</summary>
    public async Task<byte[]> ReadToEnd()
    {
        using var all = new MemoryStream();
        await Peer.Input.CopyToAsync(all).WaitAsync(Wait.Limit);
        return all.ToArray();
    }

    private static Pipe Make(int threshold, PipeScheduler? scheduler) => new(new PipeOptions(
        readerScheduler: scheduler,
        writerScheduler: scheduler,
        pauseWriterThreshold: threshold,
        resumeWriterThreshold: Math.Max(1, threshold / 2)));

    private sealed record End(PipeReader Input, PipeWriter Output) : IDuplexPipe;
}
