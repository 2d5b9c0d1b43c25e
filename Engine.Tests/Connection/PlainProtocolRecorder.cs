using System.Buffers;
using TlsFsm.Tests.Conformance;

namespace TlsFsm.Tests.Connection;

/// <summary>What goes on with a transport after TLS: notes what it is told, as "next ...".</summary>
internal sealed class PlainProtocolRecorder(List<string> events) : IProtocol
{
    private readonly ArrayBufferWriter<byte> _received = new();

    public byte[] Received => _received.WrittenSpan.ToArray();

    public ITransport? Transport { get; private set; }

    public Action<ITransport>? OnConnectionMade { get; set; }

    public void ConnectionMade(ITransport transport)
    {
        Transport = transport;
        events.Add("next made");
        OnConnectionMade?.Invoke(transport);
    }

    public void DataReceived(ReadOnlySpan<byte> data)
    {
        _received.Write(data);
        events.Add($"next data {Toy.Show(data)}");
    }

    public bool EofReceived()
    {
        events.Add("next eof");
        return false;
    }

    public void ConnectionLost(Exception? exception) => events.Add($"next lost: {TraceWorld.Kind(exception)}");

    public void PauseWriting() => events.Add("next pause");

    public void ResumeWriting() => events.Add("next resume");
}
