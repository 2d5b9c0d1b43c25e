using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using TlsFsm.Hosting.Loops;

namespace TlsFsm.Hosting.Duplex;

/// <summary>
/// The way up, on the loop: records are opened into a pipe, whose reader goes on behind the loop's slice. Over the pipe's mark the
/// connection pauses.
/// </summary>
internal sealed class DuplexInput
{
    private readonly DuplexProtocol _owner;
    private readonly Pipe _pipe;
    private readonly Action _roomMade;
    private ConfiguredValueTaskAwaitable<FlushResult>.ConfiguredValueTaskAwaiter _flush;
    private bool _isFull;

    public DuplexInput(DuplexProtocol owner)
    {
        _owner = owner;
        _pipe = new Pipe(new PipeOptions(
            RecordMemory.Instance, new BehindTheSlice(owner), PipeScheduler.Inline, HighMark, LowMark, useSynchronizationContext: false));
        _roomMade = () => _owner.Loop.CallFromApplication(static self => ((DuplexInput)self!).OnRoom(), this);
    }

    /// <summary>The end that the application is given.</summary>
    public PipeReader Reader => _pipe.Reader;

    /// <summary>The peer sends no more.</summary>
    public bool IsEnded { get; private set; }

    public Memory<byte> GetBuffer(int sizeHint) => _pipe.Writer.GetMemory(Math.Min(sizeHint, RecordBlock.Size));

    public void Take(int count)
    {
        _pipe.Writer.Advance(count);

        // After a loss all that had arrived comes at once. What is not flushed is seen with the end.
        if (_isFull)
            return;

#pragma warning disable CA2012 // Taken once: here, or in OnRoom.
        _flush = _pipe.Writer.FlushAsync().ConfigureAwait(false).GetAwaiter();
#pragma warning restore CA2012
        if (_flush.IsCompleted)
        {
            Go(_flush.GetResult());
            return;
        }

        _isFull = true;
        _owner.Transport.PauseReading();
        _flush.UnsafeOnCompleted(_roomMade);
    }

    /// <param name="failure">Told to the reader behind all that has arrived; null for the peer's orderly end.</param>
    public void End(Exception? failure)
    {
        if (IsEnded)
            return;

        IsEnded = true;
        if (failure is not null)
            _owner.Reader.Fail(failure);
        _pipe.Writer.Complete();
    }

    private void OnRoom()
    {
        _isFull = false;
        if (Go(_flush.GetResult()) && !_owner.IsLost)
            _owner.Transport.ResumeReading();
    }

    /// <returns>Whether somebody reads.</returns>
    private bool Go(FlushResult result)
    {
        // Nobody reads any more: as below any pipe, the other end is not read either.
        if (result.IsCompleted && !_owner.IsLost)
            _owner.Transport.PauseReading();

        return !result.IsCompleted;
    }

    /// <summary>Bytes that wait for a reader, above which the connection pauses: four full records, as with a stream.</summary>
    private const int HighMark = 64 * 1024;

    private const int LowMark = HighMark / 2;

    /// <summary>Where the reader goes on.</summary>
    private sealed class BehindTheSlice(DuplexProtocol owner) : PipeScheduler
    {
        public override void Schedule(Action<object?> action, object? state) => owner.Loop.CallBehind(action, state);
    }
}
