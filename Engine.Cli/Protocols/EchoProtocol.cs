namespace TlsFsm.Cli.Protocols;

/// <summary>Gives back every byte. A peer that does not read what comes back is not read from either.</summary>
internal sealed class EchoProtocol : IProtocol
{
    private ITransport? _transport;

    public void ConnectionMade(ITransport transport) => _transport = transport;

    public void DataReceived(ReadOnlySpan<byte> data) => _transport!.Write(data);

    public bool EofReceived() => false;

    public void PauseWriting() => _transport!.PauseReading();

    public void ResumeWriting() => _transport!.ResumeReading();

    public void ConnectionLost(Exception? exception) => _transport = null;
}
