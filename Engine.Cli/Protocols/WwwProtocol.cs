using System.Net;
using TlsFsm.Cli.Http;

namespace TlsFsm.Cli.Protocols;

/// <summary>Collects a request head, answers once with the status page, and closes in order.</summary>
/// <param name="headTimeout">How long the head may take, from the handshake on: whoever sends nothing must not stay for ever.</param>
internal sealed class WwwProtocol(TimeSpan headTimeout) : IProtocol
{
    private readonly HeadCollector _head = new();
    private TlsTransport? _transport;
    private IDisposable? _timer;
    private bool _hasAnswered;

    public void ConnectionMade(ITransport transport)
    {
        _transport = (TlsTransport)transport;
        _timer = _transport.Connection.Loop.CallLater(
            headTimeout, static self => ((WwwProtocol)self!).Answer(HttpStatus.RequestTimeout, null), this);
    }

    public void DataReceived(ReadOnlySpan<byte> data)
    {
        if (_hasAnswered)
            return;

        switch (_head.Add(data))
        {
            case HeadStatus.Complete:
                var status = RequestHead.Parse(_head.Bytes, out var request);
                Answer(status, request);
                break;
            case HeadStatus.TooLarge:
                Answer(HttpStatus.HeadTooLarge, null);
                break;
        }
    }

    public bool EofReceived() => false;

    public void PauseWriting()
    {
        // One answer, written whole: it waits in the connection until the peer takes it, or the shutdown's deadline passes.
    }

    public void ResumeWriting()
    {
        // As above.
    }

    public void ConnectionLost(Exception? exception)
    {
        _timer?.Dispose();
        _hasAnswered = true;
        _transport = null;
    }

    private void Answer(HttpStatus status, RequestHead? request)
    {
        if (_hasAnswered)
            return;

        _hasAnswered = true;
        _timer?.Dispose();
        var connection = _transport!.Connection;
        var peer = _transport.GetExtraInfo(ExtraInfo.PeerName) as EndPoint;
        _transport.Write(StatusPage.Answer(status, request, connection.Session!, peer, connection.Transitions));
        _transport.Close();
    }
}
