using TlsFsm.Connection;
using TlsFsm.Hosting.Loops;

namespace TlsFsm.Hosting.Streams;

/// <summary>
/// The application of a <see cref="TlsStream"/>: turns callbacks on the loop into reads and writes that are awaited elsewhere. It knows its
/// stream only while somebody reads or writes: a stream that is forgotten can be collected, and its connection is aborted then.
/// </summary>
internal sealed class StreamProtocol : IRecordReader
{
    private readonly Func<TlsStream, Task>? _serve;
    private readonly TaskCompletionSource<Exception?> _lost = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private StreamEnding _ending = null!;
    private Exception? _failure;
    private Exception? _broken;
    private bool _isLost;

    /// <param name="serve">What a server does with its stream; null where the stream was asked for.</param>
    public StreamProtocol(Func<TlsStream, Task>? serve = null)
    {
        _serve = serve;
        Reads = new StreamReads { Resume = ResumeSoon, Completion = Completion };
        Writes = new StreamWrites(this);
    }

    /// <summary>How readers and writers go on.</summary>
    public StreamCompletion Completion { get; } = new();

    public StreamReads Reads { get; }

    public StreamWrites Writes { get; }

    /// <summary>Completes when the connection is gone, with the reason; null for a regular end.</summary>
    public Task<Exception?> Lost => _lost.Task;

    public bool IsLost => _isLost;

    public bool IsDisposed => Reads.IsDisposed;

    /// <summary>On the loop: whether there is a stream yet.</summary>
    public bool IsConnected => Transport is not null;

    public TlsTransport Transport { get; private set; } = null!;

    public IEventLoop Loop { get; private set; } = null!;

    public void ConnectionMade(ITransport transport)
    {
        Transport = transport as TlsTransport
            ?? throw new InvalidOperationException($"A TLS stream needs a TLS connection below it, not a {transport.GetType().Name}.");

        // Reads takes all that is delivered at once, and keeps it for its reader.
        Transport.Connection.Parts.KeepsReadingAfterLoss = true;
        Loop = Transport.Connection.Loop;
        Completion.Loop = Loop as SerialEventLoop;
        _ending = new StreamEnding(this);
        if (_serve is not null)
            _ = ServeAsync(_serve, new TlsStream(Transport.Connection, this));
    }

    public Memory<byte> GetBuffer(int sizeHint) => Reads.GetBuffer();

    public void BufferUnused() => Reads.GiveBack();

    public void BufferUpdated(int count)
    {
        if (Reads.Deliver(count))
            Transport.PauseReading();
    }

    /// <returns>True: the peer will send no more, and we may still answer; the end is the stream's to say.</returns>
    public bool EofReceived()
    {
        Reads.End();
        return true;
    }

    public void ConnectionLost(Exception? exception)
    {
        (_failure, _isLost) = (exception, true);
        Reads.Lose(exception ?? _broken);
        Writes.Fail(WhyClosed());
        _ending.Over();
        _lost.TrySetResult(exception);
    }

    public void PauseWriting() => Writes.Pause();

    public void ResumeWriting() => Writes.Resume();

    /// <summary>For the application: runs on the loop, in this very call if it rests.</summary>
    public void Call(Action<object?> callback, object? state) => Loop.CallFromApplication(callback, state);

    /// <summary>
    /// Ends the connection in order. A write that is under way cannot be completed any more, so then it is aborted: the peer must not take
    /// a part for the whole.
    /// </summary>
    /// <param name="isBounded">Whether the peer's answer is awaited no longer than a dispose does.</param>
    public void Close(bool isBounded)
    {
        Reads.Dispose();
        Call(
            isBounded
                ? static self => ((StreamProtocol)self!)._ending.Close(isBounded: true)
                : static self => ((StreamProtocol)self!)._ending.Close(isBounded: false),
            this);
    }

    /// <summary>
    /// On the loop. The host wants to end the connection in order: what its handler is writing goes out before, within the time that a
    /// shutdown may take.
    /// </summary>
    public void Stop() => _ending.Stop();

    /// <summary>On the loop: a write has ended, or a read begun.</summary>
    public void CheckStop() => _ending.CheckStop();

    public void Abort(TlsAlert alert, Exception? reason) => Call(state => ((StreamProtocol)state!).Transport.Abort(alert, reason), this);

    public void Abort() => Call(static self => ((StreamProtocol)self!).Transport.Abort(), this);

    /// <summary>On the loop: what was begun cannot be finished, so the peer must see that it was not.</summary>
    public void Break(Exception reason)
    {
        _broken ??= reason;
        Transport.Abort();
    }

    /// <summary>On the finalizer's thread: nobody has the stream any more, and nobody has ended it.</summary>
    public void Forget() => Loop.Run(
        static self => self.Loop.CallSoon(static state => ((StreamProtocol)state!).Transport.Abort(), self),
        this, "A TLS stream that nobody disposed could not be aborted.");

    /// <summary>On the loop: whether what was written is lost.</summary>
    public bool HasFailed => _isLost || Transport.Connection.State == TlsState.Unwrapped;

    /// <summary>On the loop: why nothing more can be written; null when it can.</summary>
    public Exception? WhyNotWritable()
    {
        if (_isLost || Transport.IsClosing)
            return WhyClosed();

        return Transport.IsWriteClosed
            ? new InvalidOperationException(
                $"Our direction was closed by {nameof(TlsTransport.WriteEof)}: nothing more can be written to the TLS stream.")
            : null;
    }

    /// <summary>
    /// On the loop. The connection knows what ended it a turn before <see cref="ConnectionLost"/> tells: a write in between is told the
    /// same.
    /// </summary>
    private Exception WhyClosed() => IsDisposed
        ? new ObjectDisposedException(nameof(TlsStream))
        : (_failure ?? Transport.Connection.Failure ?? _broken) is { } failure
            ? StreamFailure.Again(failure)
            : new IOException("The TLS connection is closed: nothing more can be written.");

    private void ResumeSoon() => Loop.CallSoon(static self => ((StreamProtocol)self!).Transport.ResumeReading(), this);

    /// <summary>Runs a server's stream off the loop, and ends the connection when that is done.</summary>
    private async Task ServeAsync(Func<TlsStream, Task> serve, TlsStream stream)
    {
        try
        {
            await Task.Run(() => serve(stream));
        }
        catch (Exception exception)
        {
            // That the connection has ended is no news: the listener's host is told why, and what waits for the transport still goes out.
            var isEnd = exception is IOException && stream.Connection.Transport.IsClosing;
            if (!isEnd && exception is not OperationCanceledException)
                Loop.Report(exception, "The handler of a TLS stream failed; its connection is aborted.");
            if (!isEnd)
                Abort();
        }

        await stream.DisposeAsync();
    }
}
