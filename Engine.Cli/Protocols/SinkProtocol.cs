namespace TlsFsm.Cli.Protocols;

/// <summary>Takes every byte and counts it.</summary>
internal sealed class SinkProtocol : IProtocol
{
    private long _received;

    /// <summary>Bytes so far. May be read from any thread.</summary>
    public long Received => Interlocked.Read(ref _received);

    public void ConnectionMade(ITransport transport)
    {
        // Never says anything.
    }

    public void DataReceived(ReadOnlySpan<byte> data) => Interlocked.Add(ref _received, data.Length);

    public bool EofReceived() => false;

    public void PauseWriting()
    {
        // Nothing is written.
    }

    public void ResumeWriting()
    {
        // As above.
    }

    public void ConnectionLost(Exception? exception)
    {
        // The listener tells how the connection ended.
    }
}
