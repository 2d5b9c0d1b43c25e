namespace TlsFsm.Hosting.Streams;

/// <summary>
/// How a stream's connection is ended from our side: on the loop, and never in order above the head of a write that is under way.
/// </summary>
internal sealed class StreamEnding(StreamProtocol stream)
{
    private bool _isStopping;
    private bool _isBounded;
    private bool _hadUnsent;
    private IDisposable? _timer;

    private TlsConnection Connection => stream.Transport.Connection;

    /// <summary>The stream's owner ends it.</summary>
    /// <param name="isBounded">Whether the peer's answer is awaited no longer than a dispose does.</param>
    public void Close(bool isBounded)
    {
        _isStopping = false;
        if (stream.Writes.IsPending)
        {
            stream.Transport.Abort();
            stream.Writes.Fail(new ObjectDisposedException(nameof(TlsStream)));
            return;
        }

        stream.Transport.Close();
        if (isBounded && !_isBounded && !stream.IsLost)
            AwaitAnswer();
    }

    /// <summary>
    /// The host ends the connection while its handler may be at work: at once where the handler only waits for the peer; else when it has
    /// written what it is writing and waits, or has ended and disposes the stream. Not for ever: then it is an abort.
    /// </summary>
    public void Stop()
    {
        if (_isStopping || stream.IsLost || stream.Transport.IsClosing)
            return;

        _isStopping = true;
        stream.Reads.Waiting = () => stream.Loop.CallSoon(static self => ((StreamEnding)self!).CheckStop(), this);
        Arm(Connection.Parts.Options.ShutdownTimeout, static self => ((StreamEnding)self!).OnStopDeadline());

        // Either the reader sees that it is to be told, or we see the reader.
        Interlocked.MemoryBarrier();
        CheckStop();
    }

    /// <summary>A write has ended, or a read begun.</summary>
    public void CheckStop()
    {
        if (!_isStopping || stream.Writes.IsWriting || !stream.Reads.IsWaiting)
            return;

        EndStop();
        stream.Transport.Close();
    }

    /// <summary>The connection is gone.</summary>
    public void Over() => EndStop();

    private void OnStopDeadline()
    {
        if (!_isStopping)
            return;

        EndStop();
        stream.Break(new IOException(
            "The host has stopped, and this connection's handler had not finished within the time that a shutdown may take."));
    }

    private void EndStop()
    {
        _isStopping = false;
        stream.Reads.Waiting = null;
        Disarm();
    }

    private void AwaitAnswer()
    {
        _isBounded = true;
        _hadUnsent = HasUnsent;
        Arm(Connection.Parts.Options.StreamDisposeTimeout, static self => ((StreamEnding)self!).OnAnswerDeadline());
    }

    /// <summary>Output that had not left at the beginning of the period does not count against the peer's answer.</summary>
    private void OnAnswerDeadline()
    {
        if (stream.IsLost)
            return;

        if (_hadUnsent)
            AwaitAnswer();
        else
            Connection.Parts.GiveUpAnswer();
    }

    private bool HasUnsent =>
        stream.Transport.WriteBufferSize > 0 || Connection.Parts.Down.Transport is IDrainingTransport { UnsentBytes: > 0 };

    private void Arm(TimeSpan time, Action<object?> elapsed)
    {
        Disarm();
        _timer = stream.Loop.CallLater(time, elapsed, this);
    }

    private void Disarm()
    {
        _timer?.Dispose();
        _timer = null;
    }
}
