namespace TlsFsm.Benchmarks.Peers;

/// <summary>One end of a connection in memory as a transport: reads on a turn of the loop, as a socket does.</summary>
internal sealed class WireTransport(PairLoop loop, Wire incoming, Wire outgoing) : ITransport
{
    private bool _isScheduled;
    private bool _isPaused;
    private bool _isClosed;

    /// <summary>The other end.</summary>
    public WireTransport? Peer { get; set; }

    /// <summary>Who reads at this end.</summary>
    public IBufferedProtocol? Protocol { get; set; }

    public void Write(ReadOnlySpan<byte> data)
    {
        outgoing.Write(data);
        Peer!.Schedule();
    }

    public void PauseReading() => _isPaused = true;

    public void ResumeReading()
    {
        _isPaused = false;
        Schedule();
    }

    public void Close() => _isClosed = true;

    public void Abort(Exception? reason = null)
    {
        _isClosed = true;
        if (reason is not null)
            throw new InvalidOperationException("The connection failed.", reason);
    }

    private void Schedule()
    {
        if (_isScheduled)
            return;

        _isScheduled = true;
        loop.CallSoon(static self => ((WireTransport)self!).Read(), this);
    }

    private void Read()
    {
        _isScheduled = false;
        while (incoming.Pending > 0 && !_isPaused && !_isClosed)
        {
            var buffer = Protocol!.GetBuffer(incoming.Pending).Span;
            Protocol.BufferUpdated(incoming.Read(buffer));
        }
    }
}
