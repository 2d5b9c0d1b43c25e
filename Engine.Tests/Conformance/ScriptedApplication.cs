using System.Text.Json;
using TlsFsm.Tests.Support;

namespace TlsFsm.Tests.Conformance;

/// <summary>The application of a trace: logs each callback, then performs the reactions that the trace gives it.</summary>
internal class ScriptedApplication(TraceWorld world, Dictionary<string, JsonElement[][]> reactions) : IProtocol
{
    private readonly RunningCrc _received = new();

    public TlsTransport? Transport { get; set; }

    public void ConnectionMade(ITransport transport)
    {
        Transport = (TlsTransport)transport;
        Log("connection_made");
    }

    public virtual void DataReceived(ReadOnlySpan<byte> data) => LogData("data_received", data);

    public bool EofReceived()
    {
        Log("eof_received");
        return false;
    }

    public void ConnectionLost(Exception? exception) => Log("connection_lost", $":{TraceWorld.Kind(exception)}");

    public void PauseWriting() => Log("pause_writing");

    public void ResumeWriting() => Log("resume_writing");

    protected void LogData(string name, ReadOnlySpan<byte> data)
    {
        _received.Add(data);
        Log(name, $":{data.Length}:{_received}", "data_received");
    }

    private void Log(string name, string details = "", string? reactsAs = null)
    {
        world.Observe($"app.{name}{details}");
        foreach (var reaction in reactions.GetValueOrDefault(reactsAs ?? name) ?? [])
            world.PerformByApplication(reaction);
    }
}

/// <summary>The same, supplying its own buffers.</summary>
internal sealed class ScriptedBufferedApplication(TraceWorld world, Dictionary<string, JsonElement[][]> reactions, int bufferSize)
    : ScriptedApplication(world, reactions), IBufferedProtocol
{
    private readonly byte[] _buffer = new byte[bufferSize];

    public override void DataReceived(ReadOnlySpan<byte> data) =>
        throw new AssertionException("A buffered application is served through its buffer.");

    public Memory<byte> GetBuffer(int sizeHint) => _buffer;

    public void BufferUpdated(int count) => LogData("buffer_updated", _buffer.AsSpan(0, count));
}
