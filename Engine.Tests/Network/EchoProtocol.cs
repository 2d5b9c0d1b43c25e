namespace TlsFsm.Tests.Network;

/// <summary>Sends back what comes.</summary>
internal sealed class EchoProtocol : IProtocol
{
    private ITransport? _transport;

    public void ConnectionMade(ITransport transport) => _transport = transport;

    public void DataReceived(ReadOnlySpan<byte> data) => _transport!.Write(data);

    public bool EofReceived() => false;

    public void ConnectionLost(Exception? exception) { }

    public void PauseWriting() { }

    public void ResumeWriting() { }
}
