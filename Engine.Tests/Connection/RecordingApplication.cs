using System.Buffers;
using TlsFsm.Tests.Conformance;

namespace TlsFsm.Tests.Connection;

/// <summary>The application above the connection under test: notes what it is told, then does what the test gave it to do.</summary>
internal class RecordingApplication(List<string> events) : IProtocol
{
    private readonly ArrayBufferWriter<byte> _received = new();

    /// <summary>All bytes so far.</summary>
    public byte[] Received => _received.WrittenSpan.ToArray();

    public int ReceivedCount => _received.WrittenCount;

    public TlsTransport? Transport { get; set; }

    /// <summary>What it was lost with; null before, and for a regular end.</summary>
    public Exception? LostWith { get; private set; }

    /// <summary>Whether it keeps the connection open after the peer's end.</summary>
    public bool KeepsOpen { get; set; }

    public Action<TlsTransport>? OnConnectionMade { get; set; }

    public Action<TlsTransport>? OnData { get; set; }

    public Action<TlsTransport>? OnEof { get; set; }

    public Action<TlsTransport>? OnConnectionLost { get; set; }

    public Action<TlsTransport>? OnPauseWriting { get; set; }

    public Action<TlsTransport>? OnResumeWriting { get; set; }

    public void ConnectionMade(ITransport transport)
    {
        Transport = (TlsTransport)transport;
        events.Add("made");
        OnConnectionMade?.Invoke(Transport);
    }

    public virtual void DataReceived(ReadOnlySpan<byte> data) => Note(data);

    public bool EofReceived()
    {
        events.Add("eof");
        OnEof?.Invoke(Transport!);
        return KeepsOpen;
    }

    public void ConnectionLost(Exception? exception)
    {
        LostWith = exception;
        events.Add($"lost: {TraceWorld.Kind(exception)}");
        OnConnectionLost?.Invoke(Transport!);
    }

    public void PauseWriting()
    {
        events.Add("pause");
        OnPauseWriting?.Invoke(Transport!);
    }

    public void ResumeWriting()
    {
        events.Add("resume");
        OnResumeWriting?.Invoke(Transport!);
    }

    protected void Note(ReadOnlySpan<byte> data)
    {
        _received.Write(data);
        events.Add($"data {Toy.Show(data)}");
        OnData?.Invoke(Transport!);
    }
}

/// <summary>The same, supplying its own buffers.</summary>
internal sealed class RecordingBufferedApplication(List<string> events, int bufferSize) : RecordingApplication(events), IBufferedProtocol
{
    private readonly byte[] _buffer = new byte[bufferSize];

    /// <summary>The hints that came with the requests for a buffer.</summary>
    public List<int> Hints { get; } = [];

    /// <summary>In place of the usual buffer.</summary>
    public Func<int, Memory<byte>>? BufferInstead { get; set; }

    public override void DataReceived(ReadOnlySpan<byte> data) =>
        throw new AssertionException("A buffered application is served through its buffer.");

    public Memory<byte> GetBuffer(int sizeHint)
    {
        Hints.Add(sizeHint);
        return BufferInstead is { } instead ? instead(sizeHint) : _buffer;
    }

    public void BufferUpdated(int count) => Note(_buffer.AsSpan(0, count));
}
